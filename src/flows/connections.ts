/** What is often taken for ping-pong and is normal: answers on another port (P1), and several connections (P2). */

import { ipText } from '../control/addresses.js';
import type { Analysis } from '../document/schema.js';
import { type DirectionIndex, EGRESS, INGRESS, type Pass } from '../engine/pass.js';
import { flowDocument } from './flow-name.js';
import { flowsOf, isCounted, isUnicast, portCounts } from './port-counts.js';

type Facts = Pick<Pass, 'ports' | 'flows' | 'movers'>;

const EXAMPLES = 10;

/** Biflows whose two directions stay on one port each, and how many of those use two different ones. */
export function directionSplit(
  pass: Facts,
  members: { readonly ingress: readonly number[]; readonly egress: readonly number[] },
): Analysis['directionSplit'] {
  const outPorts = new Map<string, number>();
  for (const flow of connections(pass, EGRESS)) {
    const port = onlyPort(pass, flow);
    if (port !== null) outPorts.set(connectionKey(pass, flow, true), port);
  }
  const examples: Analysis['directionSplit']['examples'] = [];
  let of = 0;
  let biflows = 0;
  for (const flow of connections(pass, INGRESS)) {
    const inPort = onlyPort(pass, flow);
    const outPort = outPorts.get(connectionKey(pass, flow, false));
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
  const found = new Map<string, { a: string; b: string; flows: number; ports: Set<number> }>();
  for (const direction of [INGRESS, EGRESS] as const) {
    const pairs = new Map<string, { a: string; b: string; flows: number; ports: Set<number> }>();
    for (const flow of connections(pass, direction)) {
      const port = onlyPort(pass, flow);
      const [a, b] = [ipText(pass.flows.srcIp(flow)), ipText(pass.flows.dstIp(flow))];
      if (port === null || a === null || b === null) continue;
      const pair = pairs.get(`${a} ${b}`) ?? { a, b, flows: 0, ports: new Set<number>() };
      pairs.set(`${a} ${b}`, pair);
      pair.flows++;
      pair.ports.add(port);
    }
    for (const pair of pairs.values()) {
      if (pair.ports.size < 2) continue;
      const key = [pair.a, pair.b].sort().join(' ');
      const known = found.get(key);
      if (known === undefined || pair.ports.size > known.ports.size) found.set(key, pair);
    }
  }
  const examples = [...found.values()]
    .sort((x, y) => y.flows - x.flows)
    .slice(0, EXAMPLES)
    .map(({ a, b, flows, ports }) => ({
      a,
      b,
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

/** Without MACs: the two directions of a routed connection may use different ones. */
function connectionKey({ flows }: Facts, flow: number, reversed: boolean): string {
  const src = `${flows.srcIp(flow).join()}#${flows.srcPort[flow]}`;
  const dst = `${flows.dstIp(flow).join()}#${flows.dstPort[flow]}`;
  const ends = reversed ? `${dst} ${src}` : `${src} ${dst}`;
  return `${flows.vlan[flow]} ${flows.ipProto[flow]} ${ends}`;
}
