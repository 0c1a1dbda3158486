/** What is often taken for ping-pong and is normal: answers on another port (P1), and several connections (P2). */

import { ipText } from '../control/addresses.js';
import type { Analysis } from '../document/schema.js';
import { type DirectionIndex, EGRESS, type FlowTable, INGRESS, NOT_A_MOVER, type Pass } from '../engine/pass.js';
import { NumberIndex } from '../stats/number-index.js';
import { pairOf } from './address-index.js';
import { addressesOf, type FlowAddresses } from './flow-addresses.js';
import { unicastIn } from './flow-lists.js';
import { flowDocument } from './flow-name.js';
import { isCounted, portCounts } from './port-counts.js';

type Facts = Pick<Pass, 'ports' | 'flows' | 'movers'>;

const EXAMPLES = 10;

/** Biflows whose two directions stay on one port each, and how many of those use two different ones. */
export function directionSplit(
  pass: Facts,
  members: { readonly ingress: readonly number[]; readonly egress: readonly number[] },
): Analysis['directionSplit'] {
  const keys = new ConnectionKeys(pass.flows);
  const outgoing = new NumberIndex();
  const outPorts: number[] = []; // by connection
  for (const flow of connections(pass, EGRESS)) {
    const port = onlyPort(pass, flow);
    if (port !== null) outPorts[outgoing.idOf(keys.of(flow, true))] = port;
  }
  const examples: Analysis['directionSplit']['examples'] = [];
  let of = 0;
  let biflows = 0;
  for (const flow of connections(pass, INGRESS)) {
    const inPort = onlyPort(pass, flow);
    const connection = outgoing.find(keys.of(flow, false));
    if (inPort === null || connection < 0) continue;
    of++;
    const outPort = outPorts[connection];
    if (inPort === outPort) continue;
    biflows++;
    if (examples.length < EXAMPLES) {
      examples.push({ flow: flowDocument(pass.flows, flow), in: pass.ports[inPort], out: pass.ports[outPort] });
    }
  }
  return { biflows, of, expectedShare: expectedShare(members.ingress, members.egress), examples };
}

export interface OneSided {
  readonly connections: number; // of which one direction alone is in the capture
  readonly of: number;
}

const TALKING = 5; // frames of a TCP flow that somebody answers
const FEWEST = 5;
const SHARE = 0.1;

/**
 * TCP connections of which only one direction was captured: the other half took a member port that was not. Null where
 * there are too few to say so, or the capture holds one direction altogether.
 */
export function oneSidedConnections(pass: Facts): OneSided | null {
  const keys = new ConnectionKeys(pass.flows);
  const seen = new NumberIndex();
  const directions: number[] = []; // by connection: 1 ingress, 2 egress, 3 both
  let both = 0;
  for (const direction of [INGRESS, EGRESS] as const) {
    for (const flow of connections(pass, direction)) {
      if (pass.flows.ipProto[flow] !== 6) continue;
      const connection = seen.idOf(keys.of(flow, direction === EGRESS));
      const talks = pass.flows.frames[flow] >= TALKING;
      const before = directions[connection] ?? 0;
      if (before === 0 && !talks) {
        directions[connection] = -(direction + 1); // too short to expect an answer
        continue;
      }
      directions[connection] = before === 0 ? direction + 1 : 3;
      if (before !== 0) both++;
    }
  }
  const oneSided = directions.filter((side) => side === 1 || side === 2).length;
  const of = oneSided + both;
  return both > 0 && oneSided >= FEWEST && oneSided >= SHARE * of ? { connections: oneSided, of } : null;
}

/** Two ends that choose independently meet on one port by luck: (m - 1) / m where both have the same m ports. */
function expectedShare(ingress: readonly number[], egress: readonly number[]): number | null {
  if (ingress.length === 0 || egress.length === 0) return null;
  const common = ingress.filter((port) => egress.includes(port)).length;
  return 1 - common / (ingress.length * egress.length);
}

interface HostPair {
  readonly a: number; // numbers of addresses
  readonly b: number;
  readonly flows: number;
  readonly ports: readonly number[];
}

/** Host pairs whose connections, each on one port, are on several ports of one direction. */
export function severalConnections(pass: Facts): Analysis['severalConnections'] {
  const addresses = addressesOf(pass.flows);
  const found = new Map<number, HostPair>();
  for (const direction of [INGRESS, EGRESS] as const) {
    for (const pair of pairsOnSeveralPorts(pass, direction)) {
      const key = pairOf(Math.min(pair.a, pair.b), Math.max(pair.a, pair.b));
      const known = found.get(key);
      if (known === undefined || pair.ports.length > known.ports.length) found.set(key, pair);
    }
  }
  const examples = [...found.values()]
    .sort((x, y) => y.flows - x.flows)
    .slice(0, EXAMPLES)
    .map(({ a, b, flows, ports }) => ({
      a: ipText(addresses.bytes(a)) ?? '',
      b: ipText(addresses.bytes(b)) ?? '',
      flows,
      ports: ports.map((port) => pass.ports[port]),
    }));
  return { hostPairs: found.size, examples };
}

/** In order of their first flow. */
function pairsOnSeveralPorts(pass: Facts, direction: DirectionIndex): HostPair[] {
  const { src, dst } = addressesOf(pass.flows);
  const K = pass.ports.length;
  const pairs = new NumberIndex();
  const firstFlow: number[] = []; // by pair
  const cells: number[] = []; // pair and port of each flow
  for (const flow of connections(pass, direction)) {
    const port = onlyPort(pass, flow);
    if (port === null) continue;
    const pair = pairs.idOf(pairOf(src[flow], dst[flow]));
    if (pair === firstFlow.length) firstFlow.push(flow);
    cells.push(pair * K + port);
  }
  const flowsOn = new Uint32Array(pairs.size * K);
  for (const cell of cells) flowsOn[cell]++;

  const found: HostPair[] = [];
  for (const [pair, flow] of firstFlow.entries()) {
    let flows = 0;
    const ports: number[] = [];
    for (let port = 0; port < K; port++) {
      const n = flowsOn[pair * K + port];
      flows += n;
      if (n > 0) ports.push(port);
    }
    if (ports.length > 1) found.push({ a: src[flow], b: dst[flow], flows, ports });
  }
  return found;
}

function connections(pass: Facts, direction: DirectionIndex): Uint32Array {
  const { flows } = pass;
  const { hasPorts } = flows;
  return unicastIn(flows, direction).filter((flow) => hasPorts[flow] === 1 && isCounted(flows, flow));
}

/** The one port of a flow; null for flows on several. */
function onlyPort(pass: Facts, flow: number): number | null {
  const { flows } = pass;
  const mover = flows.mover[flow];
  if (mover === NOT_A_MOVER) return flows.frames[flow] > 0 ? flows.port[flow] : null;
  if (mover < NOT_A_MOVER) return null; // on several ports, not followed
  const used = portCounts(pass, flow).filter(({ frames }) => frames > 0);
  return used.length === 1 ? used[0].port : null;
}

/**
 * Numbers for connections, equal for both directions: addresses, protocol, VLAN and ports. Without MACs: the two directions
 * of a routed connection may use different ones.
 */
class ConnectionKeys {
  readonly #addresses: FlowAddresses;
  readonly #hosts = new NumberIndex();
  readonly #services = new NumberIndex();

  constructor(readonly flows: FlowTable) {
    this.#addresses = addressesOf(flows);
  }

  of(flow: number, reversed: boolean): number {
    const { vlan, ipProto, srcPort, dstPort } = this.flows;
    const { src, dst } = this.#addresses;
    const hosts = reversed ? pairOf(dst[flow], src[flow]) : pairOf(src[flow], dst[flow]);
    const ports = reversed ? dstPort[flow] * 65536 + srcPort[flow] : srcPort[flow] * 65536 + dstPort[flow];
    const service = ((vlan[flow] + 1) * 256 + ipProto[flow]) * 2 ** 32 + ports; // below 2^52
    return pairOf(this.#hosts.idOf(hosts), this.#services.idOf(service));
  }
}
