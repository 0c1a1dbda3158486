/** What is often taken for ping-pong and is normal: answers on another port (P1), and several connections (P2). */

import { ipText } from '../control/addresses.js';
import type { Analysis } from '../document/schema.js';
import { type DirectionIndex, EGRESS, INGRESS, type Pass } from '../engine/pass.js';
import { AddressIndex, pairOf } from './address-index.js';
import { flowDocument } from './flow-name.js';
import { flowsOf, isCounted, isUnicast, portCounts } from './port-counts.js';

type Facts = Pick<Pass, 'ports' | 'flows' | 'movers'>;

const EXAMPLES = 10;

interface HostPair {
  readonly a: number; // of the address index
  readonly b: number;
  flows: number;
  readonly ports: Set<number>;
}

/** Biflows whose two directions stay on one port each, and how many of those use two different ones. */
export function directionSplit(
  pass: Facts,
  members: { readonly ingress: readonly number[]; readonly egress: readonly number[] },
): Analysis['directionSplit'] {
  const addresses = new AddressIndex();
  const outPorts = new Map<number, Map<number, number>>(); // by addresses, then by protocol, VLAN and ports
  for (const flow of connections(pass, EGRESS)) {
    const port = onlyPort(pass, flow);
    if (port === null) continue;
    const pair = pairOf(addresses.idOf(pass.flows.dstIp(flow)), addresses.idOf(pass.flows.srcIp(flow)));
    const known = outPorts.get(pair) ?? new Map<number, number>();
    if (known.size === 0) outPorts.set(pair, known);
    known.set(portKey(pass, flow, true), port);
  }
  const examples: Analysis['directionSplit']['examples'] = [];
  let of = 0;
  let biflows = 0;
  for (const flow of connections(pass, INGRESS)) {
    const inPort = onlyPort(pass, flow);
    const pair = pairOf(addresses.idOf(pass.flows.srcIp(flow)), addresses.idOf(pass.flows.dstIp(flow)));
    const outPort = outPorts.get(pair)?.get(portKey(pass, flow, false));
    if (inPort === null || outPort === undefined) continue;
    of++;
    if (inPort === outPort) continue;
    biflows++;
    if (examples.length < EXAMPLES) {
      examples.push({ flow: flowDocument(pass.flows, flow), in: pass.ports[inPort], out: pass.ports[outPort] });
    }
  }
  return { biflows, of, expectedShare: expectedShare(members.ingress, members.egress), examples };
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
  const found = new Map<number, HostPair>();
  for (const direction of [INGRESS, EGRESS] as const) {
    const pairs = new Map<number, HostPair>();
    for (const flow of connections(pass, direction)) {
      const port = onlyPort(pass, flow);
      if (port === null) continue;
      const [a, b] = [addresses.idOf(pass.flows.srcIp(flow)), addresses.idOf(pass.flows.dstIp(flow))];
      const pair = pairs.get(pairOf(a, b)) ?? { a, b, flows: 0, ports: new Set<number>() };
      if (pair.flows++ === 0) pairs.set(pairOf(a, b), pair);
      pair.ports.add(port);
    }
    for (const pair of pairs.values()) {
      if (pair.ports.size < 2) continue;
      const key = pairOf(Math.min(pair.a, pair.b), Math.max(pair.a, pair.b));
      const known = found.get(key);
      if (known === undefined || pair.ports.size > known.ports.size) found.set(key, pair);
    }
  }
  const examples = [...found.values()]
    .sort((x, y) => y.flows - x.flows)
    .slice(0, EXAMPLES)
    .map(({ a, b, flows, ports }) => ({
      a: ipText(addresses.bytes(a)) ?? '',
      b: ipText(addresses.bytes(b)) ?? '',
      flows,
      ports: [...ports].sort((x, y) => x - y).map((port) => pass.ports[port]),
    }));
  return { hostPairs: found.size, examples };
}

function* connections(pass: Facts, direction: DirectionIndex): Iterable<number> {
  const { flows } = pass;
  for (const flow of flowsOf(flows, direction)) {
    if (isCounted(flows, flow) && flows.hasPorts[flow] === 1 && isUnicast(flows, flow)) yield flow;
  }
}

/** The one port of a flow; null for flows on several. */
function onlyPort(pass: Facts, flow: number): number | null {
  if (pass.flows.mover[flow] < -1) return null; // on several ports, not followed
  const used = portCounts(pass, flow).filter(({ frames }) => frames > 0);
  return used.length === 1 ? used[0].port : null;
}

/** Ports, protocol and VLAN in one number below 2^52. Without MACs: the two directions of a routed connection may use different ones. */
function portKey({ flows }: Facts, flow: number, reversed: boolean): number {
  const [src, dst] = [flows.srcPort[flow], flows.dstPort[flow]];
  const ports = reversed ? dst * 65536 + src : src * 65536 + dst;
  return ((flows.vlan[flow] + 1) * 256 + flows.ipProto[flow]) * 2 ** 32 + ports;
}
