/** The flows of one direction as other policies would see them: headers, and the octets each stands for. */

import type { DirectionIndex, Pass } from '../engine/pass.js';
import { type Header, headerOf, isIn, isLabelled } from '../flows/main-row.js';
import { rankOfFlow } from '../flows/sample.js';
import { Smallest } from '../stats/smallest.js';

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
export function flowsToLay({ flows, joins }: Pick<Pass, 'flows' | 'joins'>, direction: DirectionIndex): LaidFlows {
  const anyLabelled = flows.labelled() > 0;
  const isLaid = (flow: number) => isIn(flows, flow, direction) && !(anyLabelled && isLabelled(flows, flow));
  const largest = new Set(joins.first({ by: 'octets', direction }, LARGEST).filter(isLaid));
  const sampled = new Smallest(LAID - largest.size);
  let [count, totalOctets, restOctets, leftOut] = [0, 0, 0, 0];
  for (let flow = 0; flow < flows.count; flow++) {
    if (!isIn(flows, flow, direction)) continue;
    if (anyLabelled && isLabelled(flows, flow)) {
      leftOut++;
      continue;
    }
    const octets = flows.octets(flow);
    count++;
    totalOctets += octets;
    if (largest.has(flow)) continue;
    restOctets += octets;
    sampled.offer(rankOfFlow(flow), flow);
  }
  const rest = sampled.items();
  const sampledOctets = rest.reduce((sum, flow) => sum + flows.octets(flow), 0);
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
    leftOut,
  };
}
