/** What is often taken for ping-pong and is normal: answers on another port (P1), and several connections (P2). */

import { ipText } from '../control/addresses.js';
import type { Analysis } from '../document/schema.js';
import { type Connections, fieldBits, MARK_ONE_PORT, MARK_TALKS, MARK_TCP, MARKED } from '../engine/joins.js';
import { type DirectionIndex, EGRESS, type FlowTable, INGRESS, NOT_A_MOVER, type Pass } from '../engine/pass.js';
import { firstInOrder } from '../stats/first-in-order.js';
import { NumberIndex } from '../stats/number-index.js';
import { AddressIndex, pairOf } from './address-index.js';
import { commonTime, livesIn } from './common-time.js';
import { flowDocument } from './flow-name.js';
import { moverSums } from './mover-sums.js';
import { isCounted, isUnicast } from './port-counts.js';

type Facts = Pick<Pass, 'ports' | 'flows' | 'movers' | 'joins'>;
type CapturedFacts = Facts & Pick<Pass, 'inputs' | 'originNs'>;

const EXAMPLES = 10;
const TCP = 6;

const TALKING = 5; // frames of a TCP flow that somebody answers

export function joinConnections(pass: Facts): Connections {
  const { onlyPort } = moverSums(pass).each;
  pass.joins.markFlows({ of: 'ends', onlyPort }, (flow) => markOfEnd(pass, flow));
  return pass.joins.connections();
}

function markOfEnd(pass: Facts, flow: number): number {
  const { flows } = pass;
  if (!isConnection(flows, flow)) return 0;
  const port = onlyPort(pass, flow);
  const isTcp = flows.ipProto(flow) === TCP;
  return (
    MARKED |
    (port < 0 ? 0 : MARK_ONE_PORT | port) |
    (isTcp ? MARK_TCP : 0) |
    (isTcp && flows.frames(flow) >= TALKING ? MARK_TALKS : 0)
  );
}

function isConnection(flows: FlowTable, flow: number): boolean {
  return flows.hasPorts(flow) === 1 && isUnicast(flows, flow) && isCounted(flows, flow);
}

/** Biflows whose two directions stay on one port each, and how many of those use two different ones. */
export function directionSplit(
  pass: Facts,
  { biflows, split, examples }: Connections,
  members: { readonly ingress: readonly number[]; readonly egress: readonly number[] },
): Analysis['directionSplit'] {
  return {
    biflows: split,
    of: biflows,
    expectedShare: expectedShare(members.ingress, members.egress),
    examples: examples.map(({ flow, out }) => ({
      flow: flowDocument(pass.flows, flow),
      in: pass.ports[onlyPort(pass, flow)],
      out: pass.ports[out],
    })),
  };
}

export interface OneSided {
  readonly connections: number; // of which one direction alone is in the capture
  readonly of: number;
}

const FEWEST = 5;
const SHARE = 0.1;

/**
 * TCP connections of which only one direction was captured: the other half took a member port that was not. Null where
 * there are too few to say so, or the capture holds one direction altogether.
 */
export function oneSidedConnections(pass: CapturedFacts, connections: Connections): OneSided | null {
  return tooMany(connections) && tooMany(connectionsInCommonTime(pass));
}

function tooMany({ answered, oneSided }: Connections): OneSided | null {
  const of = oneSided + answered;
  return answered > 0 && oneSided >= FEWEST && oneSided >= SHARE * of ? { connections: oneSided, of } : null;
}

/** Of flows that reach beyond it nobody is expected to see the answers: the capture of their port had not begun, or was over. */
function connectionsInCommonTime(pass: CapturedFacts): Connections {
  const { flows, joins } = pass;
  const together = commonTime(pass);
  const { onlyPort } = moverSums(pass).each;
  joins.markFlows({ of: 'ends', onlyPort }, (flow) => markOfEnd(pass, flow));
  joins.marks.forEach((mark, flow) => {
    if ((mark & MARK_TALKS) !== 0 && !livesIn(together, flows, flow)) joins.marks[flow] = mark & ~MARK_TALKS;
  });
  return joins.connections();
}

/** Two ends that choose independently meet on one port by luck: (m - 1) / m where both have the same m ports. */
function expectedShare(ingress: readonly number[], egress: readonly number[]): number | null {
  if (ingress.length === 0 || egress.length === 0) return null;
  const common = ingress.filter((port) => egress.includes(port)).length;
  return 1 - common / (ingress.length * egress.length);
}

/** Host pairs whose connections, each on one port, are on several ports of one direction. */
export function severalConnections(pass: Facts): Analysis['severalConnections'] {
  const addresses = new AddressIndex();
  const pairs = new NumberIndex();
  // By pair, in whichever direction it has most ports: its first flow there, its flows, their ports.
  const firsts: number[] = [];
  const flows: number[] = [];
  const ports: number[] = []; // one bit each
  const { onlyPort } = moverSums(pass).each;
  for (const direction of [INGRESS, EGRESS] as const) {
    pass.joins.markFlows({ of: 'one-port', direction, onlyPort }, (flow) => markOnPort(pass, direction, flow));
    const groups = pass.joins.groups(fieldBits('ip.src', 'ip.dst'));
    for (let group = 0; group < groups.count; group++) {
      const used = groups.ports(group);
      if ((used & (used - 1)) === 0) continue;
      const first = groups.first(group);
      const a = addresses.idOf(pass.flows.srcIp(first));
      const b = addresses.idOf(pass.flows.dstIp(first));
      const pair = pairs.idOf(pairOf(Math.min(a, b), Math.max(a, b)));
      if (pair < firsts.length && bitCount(used) <= bitCount(ports[pair])) continue;
      firsts[pair] = first;
      flows[pair] = groups.flows(group);
      ports[pair] = used;
    }
  }
  const examples = firstInOrder(firsts.keys(), EXAMPLES, (x, y) => flows[y] - flows[x] || x - y).map((pair) => ({
    a: ipText(pass.flows.srcIp(firsts[pair])) ?? '',
    b: ipText(pass.flows.dstIp(firsts[pair])) ?? '',
    flows: flows[pair],
    ports: pass.ports.filter((_, port) => (ports[pair] >> port) & 1),
  }));
  return { hostPairs: pairs.size, examples };
}

function markOnPort(pass: Facts, direction: DirectionIndex, flow: number): number {
  const { flows } = pass;
  if (flows.direction(flow) !== direction || !isConnection(flows, flow)) return 0;
  const port = onlyPort(pass, flow);
  return port < 0 ? 0 : MARKED | port;
}

function bitCount(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}

/** The one port of a flow; -1 for flows on several. */
function onlyPort(pass: Facts, flow: number): number {
  const { flows } = pass;
  const mover = flows.mover(flow);
  if (mover === NOT_A_MOVER) return flows.frames(flow) > 0 ? flows.port(flow) : -1;
  return mover < NOT_A_MOVER ? -1 : moverSums(pass).each.onlyPort[mover]; // below: on several ports, not followed
}
