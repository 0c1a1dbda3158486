/** The flows of one direction as other policies would see them: headers, and the octets each stands for. */

import { JOIN_SUM_OCTETS, MARKED } from '../engine/joins.js';
import type { DirectionIndex, Pass } from '../engine/pass.js';
import { type Header, headerOf, isIn, isLabelled } from '../flows/main-row.js';
import { rankOfFlow } from '../flows/sample.js';

/** So many flows are laid: all, or so many of the largest, and others that stand for the rest. */
const LARGEST = 300;
const LAID = 600;
/** Flows that a sampled one stands for, from where on its own weight says less than what it is one of. */
const MANY = 4;

export interface LaidFlows {
  readonly keys: readonly Header[];
  readonly octets: Float64Array; // by key; a sampled flow stands for its share of the rest
  readonly isSampled: Uint8Array; // by key: it stands for many others as well
  readonly flows: number; // of the direction
  readonly totalOctets: number;
  readonly sampledShare: number; // of the octets: those that a sample stands for; 0 where every flow is laid
  readonly leftOut: number; // flows behind MPLS labels or in PPPoE sessions, which a sender may read and no policy here does
}

/** Unicast flows of the direction, read in place. Of a million the largest, and a uniform sample with the octets of the rest. */
export function flowsToLay(pass: Pick<Pass, 'flows' | 'joins'>, direction: DirectionIndex): LaidFlows {
  const { flows, joins } = pass;
  const leftOut = new Set(flows.labelled() > 0 ? labelledFlows(flows, direction) : []);
  const isLaid = (flow: number) => isIn(flows, flow, direction) && !leftOut.has(flow);
  const largest = new Set(joins.first({ by: 'octets', direction }, LARGEST).filter(isLaid));
  joins.markFlows({ of: 'unicast', direction }, (flow) => (isIn(flows, flow, direction) ? MARKED : 0));
  for (const flow of leftOut) joins.marks[flow] = 0;
  // So many come first that enough are left without the largest.
  const rest = joins
    .first({ by: 'number' }, LAID)
    .filter((flow) => !largest.has(flow))
    .sort((a, b) => rankOfFlow(a) - rankOfFlow(b))
    .slice(0, LAID - largest.size);
  const together = joins.groups(JOIN_SUM_OCTETS);
  const [count, totalOctets] = together.count === 0 ? [0, 0] : [together.flows(0), together.sum(0)];
  const octetsOf = (some: Iterable<number>) => [...some].reduce((sum, flow) => sum + flows.octets(flow), 0);
  const restOctets = totalOctets - octetsOf(largest);
  const sampledOctets = octetsOf(rest);
  const all = [...largest, ...rest].sort((a, b) => a - b);
  const scale = sampledOctets > 0 ? restOctets / sampledOctets : 0;
  const standForMany = count - largest.size >= MANY * rest.length;
  return {
    keys: all.map((flow) => headerOf(flows, flow)),
    octets: Float64Array.from(all, (flow) => flows.octets(flow) * (largest.has(flow) ? 1 : scale)),
    isSampled: Uint8Array.from(all, (flow) => (standForMany && !largest.has(flow) ? 1 : 0)),
    flows: count,
    totalOctets,
    sampledShare: all.length === count || totalOctets === 0 ? 0 : restOctets / totalOctets,
    leftOut: leftOut.size,
  };
}

function* labelledFlows(flows: Pass['flows'], direction: DirectionIndex): Iterable<number> {
  for (let flow = 0; flow < flows.count; flow++) {
    if (isIn(flows, flow, direction) && isLabelled(flows, flow)) yield flow;
  }
}
