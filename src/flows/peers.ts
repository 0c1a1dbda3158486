/** Who talks over which port: the matrix of clients and links, and the largest flows. */

import { ipText, macText } from '../control/addresses.js';
import type { Direction } from '../document/schema.js';
import { type DirectionIndex, EGRESS, type Pass } from '../engine/pass.js';
import { firstInOrder } from '../stats/first-in-order.js';
import { NumberIndex } from '../stats/number-index.js';
import { pairOf } from './address-index.js';
import { addressesOf } from './flow-addresses.js';
import { flowsIn, homePorts, unicastIn } from './flow-lists.js';
import { flowDocument } from './flow-name.js';
import { isCounted, portCounts } from './port-counts.js';

type Evidence = Pick<Pass, 'ports' | 'flows' | 'movers'>;
type Peer = Direction['peers'][number];
type TopFlow = Direction['topFlows'][number];

const PEERS_LISTED = 64;

/** The far ends of unicast flows by MAC and IP address, most octets first; those beyond 64 are one row without address. */
export function peersOf(pass: Evidence, direction: DirectionIndex): Peer[] {
  const { flows } = pass;
  const isEgress = direction === EGRESS;
  const addresses = addressesOf(flows);
  const mac = isEgress ? flows.dstMac : flows.srcMac;
  const ip = isEgress ? addresses.dst : addresses.src;
  const macs = new NumberIndex();
  const peers = new NumberIndex();
  const firstFlow: number[] = []; // by peer
  const unicast = unicastIn(flows, direction);
  const peerOf = unicast.map((flow) => {
    const peer = peers.idOf(pairOf(ip[flow], macs.idOf(mac[flow])));
    if (peer === firstFlow.length) firstFlow.push(flow);
    return peer;
  });

  const loads = new PeerLoads(peers.size, pass.ports.length);
  addLoads(pass, unicast, peerOf, loads);
  const octets = loads.octetsByPeer();
  const macOf = (peer: number) => (mac[firstFlow[peer]] === 0 ? null : macText(mac[firstFlow[peer]]));
  const ipOf = (peer: number) => ipText(addresses.bytes(ip[firstFlow[peer]]));
  const listed = firstInOrder(
    firstFlow.keys(),
    PEERS_LISTED,
    (a, b) => octets[b] - octets[a] || compare(`${macOf(a)} ${ipOf(a)}`, `${macOf(b)} ${ipOf(b)}`),
  );
  const rows = listed.map((peer): Peer => ({ mac: macOf(peer), ip: ipOf(peer), ...loads.of([peer], pass.ports) }));
  const isListed = new Set(listed);
  const rest = [...firstFlow.keys()].filter((peer) => !isListed.has(peer));
  if (rest.length > 0) rows.push({ mac: null, ip: null, ...loads.of(rest, pass.ports) });
  return rows;
}

function addLoads(pass: Evidence, flows: Uint32Array, peerOf: Uint32Array, loads: PeerLoads): void {
  const { mover, port: portOf, frames: framesOf, octets: octetsOf } = pass.flows;
  const homes = homePorts(pass);
  for (let i = 0; i < flows.length; i++) {
    const flow = flows[i];
    if (isCounted(pass.flows, flow)) loads.addFlow(peerOf[i], homes[flow]);
    if (mover[flow] < 0) loads.add(peerOf[i], portOf[flow], framesOf[flow], octetsOf[flow]);
    else {
      for (const { port, frames, octets, duplicates, duplicateOctets } of portCounts(pass, flow)) {
        loads.add(peerOf[i], port, frames + duplicates, octets + duplicateOctets);
      }
    }
  }
}

/** What each peer has on each port. */
class PeerLoads {
  readonly #isUsed: Uint8Array;
  readonly #flows: Uint32Array;
  readonly #frames: Float64Array;
  readonly #octets: Float64Array;

  constructor(
    readonly peers: number,
    readonly ports: number,
  ) {
    this.#isUsed = new Uint8Array(peers * ports);
    this.#flows = new Uint32Array(peers * ports);
    this.#frames = new Float64Array(peers * ports);
    this.#octets = new Float64Array(peers * ports);
  }

  addFlow(peer: number, port: number): void {
    this.#flows[peer * this.ports + port]++;
  }

  add(peer: number, port: number, frames: number, octets: number): void {
    const at = peer * this.ports + port;
    this.#isUsed[at] = 1;
    this.#frames[at] += frames;
    this.#octets[at] += octets;
  }

  octetsByPeer(): Float64Array {
    const sums = new Float64Array(this.peers);
    for (let at = 0; at < this.#octets.length; at++) sums[Math.floor(at / this.ports)] += this.#octets[at];
    return sums;
  }

  /** The peers together. */
  of(peers: readonly number[], names: readonly string[]): Pick<Peer, 'flows' | 'ports'> {
    let all = 0;
    const ports = names.flatMap((name, port) => {
      const cells = peers.map((peer) => peer * this.ports + port).filter((at) => this.#isUsed[at] === 1);
      if (cells.length === 0) return [];
      const sum = (column: ArrayLike<number>) => cells.reduce((total, at) => total + column[at], 0);
      const flows = sum(this.#flows);
      all += flows;
      return [{ port: name, flows, frames: sum(this.#frames), octets: sum(this.#octets) }];
    });
    return { flows: all, ports };
  }
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** The `listed` flows with most octets, ties in order of first frame. */
export function topFlowsOf(
  pass: Evidence,
  direction: DirectionIndex,
  directionOctets: number,
  listed: number,
): TopFlow[] {
  const { flows } = pass;
  const { octets, frames } = flows;
  const homes = homePorts(pass);
  const byOctets = (a: number, b: number) => octets[b] - octets[a] || a - b;
  return firstInOrder(flowsIn(flows, direction), listed, byOctets).map((flow) => ({
    flow: flowDocument(flows, flow),
    port: pass.ports[homes[flow]],
    frames: frames[flow],
    octets: octets[flow],
    share: directionOctets > 0 ? Math.min(1, octets[flow] / directionOctets) : 0,
  }));
}
