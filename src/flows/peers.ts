/** Who talks over which port: the matrix of clients and links, and the largest flows. */

import { ipText, macText } from '../control/addresses.js';
import type { Direction } from '../document/schema.js';
import { type DirectionIndex, EGRESS, type Pass } from '../engine/pass.js';
import { AddressIndex } from './address-index.js';
import { flowDocument } from './flow-name.js';
import { flowsOf, isCounted, isUnicast, mainPort, portCounts } from './port-counts.js';

type Evidence = Pick<Pass, 'ports' | 'flows' | 'movers'>;
type Peer = Direction['peers'][number];
type TopFlow = Direction['topFlows'][number];

const PEERS_LISTED = 64;

/** The far ends of unicast flows by MAC and IP address, most octets first; those beyond 64 are one row without address. */
export function peersOf(pass: Evidence, direction: DirectionIndex): Peer[] {
  const { flows } = pass;
  const isEgress = direction === EGRESS;
  const addresses = new AddressIndex();
  const peers = new Map<number, Map<number, PeerCount>>(); // by IP address, then by MAC
  for (const flow of flowsOf(flows, direction)) {
    if (!isUnicast(flows, flow)) continue;
    const mac = isEgress ? flows.dstMac[flow] : flows.srcMac[flow];
    const ip = addresses.idOf(isEgress ? flows.dstIp(flow) : flows.srcIp(flow));
    const byMac = peers.get(ip) ?? new Map<number, PeerCount>();
    if (byMac.size === 0) peers.set(ip, byMac);
    const peer = byMac.get(mac) ?? {
      mac: mac === 0 ? null : macText(mac),
      ip: ipText(addresses.bytes(ip)),
      ports: new Map(),
    };
    if (peer.ports.size === 0) byMac.set(mac, peer);
    count(pass, flow, peer);
  }

  const sorted = [...peers.values()]
    .flatMap((byMac) => [...byMac.values()])
    .sort((a, b) => octetsOf(b) - octetsOf(a) || compare(a, b));
  const listed = sorted.slice(0, PEERS_LISTED);
  const rest = sorted.slice(PEERS_LISTED);
  if (rest.length > 0) listed.push(rest.reduce(add, { mac: null, ip: null, ports: new Map() }));
  return listed.map((peer) => ({
    mac: peer.mac,
    ip: peer.ip,
    flows: [...peer.ports.values()].reduce((sum, port) => sum + port.flows, 0),
    ports: [...peer.ports].sort(([a], [b]) => a - b).map(([port, counts]) => ({ port: pass.ports[port], ...counts })),
  }));
}

interface PeerCount {
  readonly mac: string | null;
  readonly ip: string | null;
  readonly ports: Map<number, { flows: number; frames: number; octets: number }>;
}

function count(pass: Evidence, flow: number, peer: PeerCount): void {
  const counts = portCounts(pass, flow);
  const home = mainPort(counts).port;
  for (const { port, frames, octets, duplicates, duplicateOctets } of counts) {
    const on = peer.ports.get(port) ?? { flows: 0, frames: 0, octets: 0 };
    peer.ports.set(port, on);
    on.frames += frames + duplicates;
    on.octets += octets + duplicateOctets;
    if (port === home && isCounted(pass.flows, flow)) on.flows++;
  }
}

function add(sum: PeerCount, peer: PeerCount): PeerCount {
  for (const [port, { flows, frames, octets }] of peer.ports) {
    const on = sum.ports.get(port) ?? { flows: 0, frames: 0, octets: 0 };
    sum.ports.set(port, { flows: on.flows + flows, frames: on.frames + frames, octets: on.octets + octets });
  }
  return sum;
}

const octetsOf = (peer: PeerCount) => [...peer.ports.values()].reduce((sum, port) => sum + port.octets, 0);

function compare(a: PeerCount, b: PeerCount): number {
  const [left, right] = [`${a.mac} ${a.ip}`, `${b.mac} ${b.ip}`];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The `listed` flows with most octets, ties in order of first frame. */
export function topFlowsOf(
  pass: Evidence,
  direction: DirectionIndex,
  directionOctets: number,
  listed: number,
): TopFlow[] {
  const { flows } = pass;
  const byOctets = (a: number, b: number) => flows.octets[b] - flows.octets[a] || a - b;
  // Sorting what is kept now and then costs less than sorting a million rows once.
  let kept: number[] = [];
  for (const flow of flowsOf(flows, direction)) {
    kept.push(flow);
    if (kept.length >= 4 * listed + 1024) kept = kept.sort(byOctets).slice(0, listed);
  }
  return kept
    .sort(byOctets)
    .slice(0, listed)
    .map((flow) => ({
      flow: flowDocument(flows, flow),
      port: pass.ports[mainPort(portCounts(pass, flow)).port],
      frames: flows.frames[flow],
      octets: flows.octets[flow],
      share: directionOctets > 0 ? Math.min(1, flows.octets[flow] / directionOctets) : 0,
    }));
}
