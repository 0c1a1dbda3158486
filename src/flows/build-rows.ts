/** The rows that inference learns from, one direction. inference.md 0.3. */

import { type DirectionIndex, EGRESS, type FlowId, NOT_A_MOVER, type Pass, type Run } from '../engine/pass.js';
import { NumberIndex } from '../stats/number-index.js';
import { pairOf } from './address-index.js';
import type { CopiedPort } from './copies.js';
import type { Epoch } from './epochs.js';
import { addressesOf, type FlowAddresses } from './flow-addresses.js';
import { unicastIn } from './flow-lists.js';
import { isIcmp } from './icmp.js';
import type { FlowVerdicts } from './judge-flows.js';
import { certainlyIn, isCut, isTunnel, portCounts } from './port-counts.js';
import { type HashRow, type HashRows, ICMP, type InnerHeader, MAIN, NO_IP, type RowKind } from './rows.js';
import type { Verdict } from './verdict.js';

type Evidence = Pick<Pass, 'ports' | 'flows' | 'movers'>;

/** TCP, UDP, UDP-Lite, DCCP, SCTP, ESP, AH, IP-in-IP, 6in4, GRE. */
const MAIN_PROTOCOLS = new Set([6, 17, 136, 33, 132, 50, 51, 4, 41, 47]);
const TELLING: readonly Verdict[] = ['pinned', 'insufficient', 'stray', 'moved', 'fragment-split'];
const SUPPLEMENTARY_SHARE = 0.9;
/** Snap lengths that cut port numbers off must not make ports look unused. */
const WITHOUT_PORTS = 0.05;

/** What all rows are made from. */
interface Source {
  readonly pass: Evidence;
  readonly epochs: readonly Epoch[];
  readonly verdicts: FlowVerdicts;
  readonly copies: readonly CopiedPort[];
  readonly addresses: FlowAddresses;
}

export function buildRows(
  pass: Evidence,
  direction: DirectionIndex,
  epochs: readonly Epoch[],
  verdicts: FlowVerdicts,
  copies: readonly CopiedPort[] = [],
): HashRows {
  // Where one port alone was really captured, what it did not carry was not seen: nothing follows from what it carried.
  if (copies.length > 0 && pass.ports.length - copies.length < 2) epochs = [];
  const source: Source = { pass, epochs, verdicts, copies, addresses: addressesOf(pass.flows) };
  const flows = unicastIn(pass.flows, direction);
  const { ipProto, ipVersion } = pass.flows;
  const main = flows.filter((flow) => ipVersion[flow] !== 0 && MAIN_PROTOCOLS.has(ipProto[flow]));
  const rows: HashRow[] = [];
  const pairs = new MacPairs();
  const isUntold = cutFlows(pass, main);
  for (const flow of main) {
    if (!TELLING.includes(verdicts.of(flow)) || isUntold(flow)) continue;
    for (const epoch of epochs.keys()) {
      const row = mainRow(source, flow, epoch);
      if (row === null) continue;
      rows.push(row);
      pairs.add(row.srcMac, row.dstMac);
    }
  }
  for (const row of supplementaryRows(source, flows, pairs)) rows.push(row);
  return {
    portNames: pass.ports,
    egress: direction === EGRESS,
    epochs: epochs.map(({ startNs, endNs, ports }) => ({ startNs, endNs, ports })),
    rows,
    portsSeen: sawPorts(
      pass,
      main.filter((flow) => !isUntold(flow)),
    ),
  };
}

function mainRow(source: Source, flow: number, epoch: number): HashRow | null {
  const { pass, epochs, verdicts, addresses } = source;
  const most = isOnOnePort(source, flow)
    ? onePortIn(source, flow, epoch)
    : dominant(wholeFramesIn(source, flow, epoch));
  if (most === null || most.frames <= most.of / 2) return null;
  const port = epochs[epoch].ports.indexOf(most.port);
  if (port < 0) return null;
  const { flows } = pass;
  return {
    kind: MAIN,
    epoch,
    port,
    srcMac: flows.srcMac[flow],
    dstMac: flows.dstMac[flow],
    etherType: flows.etherType[flow],
    vlan: Math.max(0, flows.vlan[flow]), // a missing field is 0
    srcIp: addresses.bytes(addresses.src[flow]),
    dstIp: addresses.bytes(addresses.dst[flow]),
    protocol: flows.ipProto[flow],
    srcPort: flows.srcPort[flow],
    dstPort: flows.dstPort[flow],
    flowLabel: flows.flowLabel[flow],
    inner: flows.hasInner[flow] === 1 ? innerHeader(source, flow) : null,
    flow: flow as FlowId,
    frames: most.frames,
    stray: verdicts.of(flow) === 'stray',
  };
}

function innerHeader({ pass: { flows }, addresses }: Source, flow: number): InnerHeader {
  return {
    tunnel: flows.tunnel[flow],
    srcIp: addresses.bytes(addresses.innerSrc[flow]),
    dstIp: addresses.bytes(addresses.innerDst[flow]),
    protocol: flows.innerIpProto[flow],
    srcPort: flows.innerSrcPort[flow],
    dstPort: flows.innerDstPort[flow],
  };
}

/** ARP and ICMP between MACs that also have main rows: few policies say what they do with them, so they count apart. */
function supplementaryRows(source: Source, flows: Uint32Array, pairs: MacPairs): HashRow[] {
  const { pass, epochs, addresses } = source;
  const groups = new Map<string, { kind: RowKind; flows: number[] }>();
  const { ipVersion, ipProto, vlan, etherType, srcMac, dstMac } = pass.flows;
  for (const flow of flows) {
    const isIp = ipVersion[flow] !== 0;
    if (isIp && !isIcmp(pass.flows, flow)) continue;
    if (!pairs.has(srcMac[flow], dstMac[flow])) continue;
    const ips = isIp ? `${addresses.src[flow]} ${addresses.dst[flow]}` : '';
    const key = `${srcMac[flow]} ${dstMac[flow]} ${vlan[flow]} ${etherType[flow]} ${ipProto[flow]} ${ips}`;
    const group = groups.get(key) ?? { kind: isIp ? ICMP : NO_IP, flows: [] };
    groups.set(key, group);
    group.flows.push(flow);
  }

  const rows: HashRow[] = [];
  for (const { kind, flows: members } of groups.values()) {
    for (const epoch of epochs.keys()) {
      const most = dominant(members.flatMap((flow) => wholeFramesIn(source, flow, epoch)));
      if (most === null || most.frames < SUPPLEMENTARY_SHARE * most.of) continue;
      const port = epochs[epoch].ports.indexOf(most.port);
      if (port < 0) continue;
      const [first] = members;
      rows.push({
        kind,
        epoch,
        port,
        srcMac: pass.flows.srcMac[first],
        dstMac: pass.flows.dstMac[first],
        etherType: pass.flows.etherType[first],
        vlan: Math.max(0, pass.flows.vlan[first]),
        srcIp: addresses.bytes(addresses.src[first]),
        dstIp: addresses.bytes(addresses.dst[first]),
        protocol: pass.flows.ipProto[first],
        srcPort: 0,
        dstPort: 0,
        flowLabel: 0,
        inner: null,
        flow: null,
        frames: most.frames,
        stray: false,
      });
    }
  }
  return rows;
}

/**
 * Where a row that the snap length made of several flows is on several ports, those that happen to be on one would speak for
 * fields that the sender does not use. Of a tunnel the headers that were cut off may be all that it uses.
 */
function cutFlows({ flows }: Evidence, main: Uint32Array): (flow: number) => boolean {
  const isSplit = main.some((flow) => isCut(flows, flow) && flows.mover[flow] !== NOT_A_MOVER);
  return (flow) => isCut(flows, flow) && (isSplit || isTunnel(flows, flow));
}

/** Ordered pairs of MACs, without a string for each flow. */
class MacPairs {
  readonly #macs = new NumberIndex();
  readonly #pairs = new NumberIndex();

  add(src: number, dst: number): void {
    this.#pairs.idOf(pairOf(this.#macs.idOf(src), this.#macs.idOf(dst)));
  }

  has(src: number, dst: number): boolean {
    const [a, b] = [this.#macs.find(src), this.#macs.find(dst)];
    return a >= 0 && b >= 0 && this.#pairs.find(pairOf(a, b)) >= 0;
  }
}

interface Frames {
  readonly port: number;
  readonly frames: number;
}

/**
 * Whole datagrams of a flow on its ports inside an epoch; a copied port counts as its twin, and copies are in no count. Where
 * only the times of first and last frame are known, frames are shared out by time, at least one where there certainly is one,
 * and none where there may be none.
 */
function wholeFramesIn({ pass, epochs, copies }: Source, flow: number, epoch: number): Frames[] {
  const seen = portCounts(pass, flow);
  const home = homes(seen, copies);
  const counts = seen
    .map(({ port, wholeFrames }) => ({ port: home(port), frames: wholeFrames }))
    .filter(({ port }) => port !== NOWHERE);
  if (counts.length === 0 || epochs.length === 1) return counts;

  const { startNs, endNs } = epochs[epoch];
  if (counts.some(({ port }) => port !== counts[0].port)) {
    const runs = pass.movers.runs(pass.flows.mover[flow]);
    return runs.map((run) => ({ port: home(run.port), frames: runIn(run, startNs, endNs) }));
  }
  if (!certainlyIn(pass.flows, flow, startNs, endNs)) return [];
  const [firstNs, lastNs] = [pass.flows.firstNs[flow], pass.flows.lastNs[flow]];
  const whole = counts.reduce((sum, { frames }) => sum + frames, 0);
  return [{ port: counts[0].port, frames: runIn({ frames: whole, firstNs, lastNs }, startNs, endNs) }];
}

function isOnOnePort({ pass: { flows }, copies }: Source, flow: number): boolean {
  return flows.mover[flow] < 0 && copies.length === 0;
}

/** The same for nearly all flows of a capture, without lists. */
function onePortIn({ pass: { flows }, epochs }: Source, flow: number, epoch: number): Dominant | null {
  let frames = flows.wholeFrames[flow];
  if (epochs.length > 1) {
    const { startNs, endNs } = epochs[epoch];
    if (!certainlyIn(flows, flow, startNs, endNs)) return null;
    frames = runIn({ frames, firstNs: flows.firstNs[flow], lastNs: flows.lastNs[flow] }, startNs, endNs);
  }
  return frames === 0 ? null : { port: flows.port[flow], frames, of: frames };
}

const NOWHERE = -1;

/** A copied port counts as its twin; the aggregate beside its members as the one member that repeats the flow. */
function homes(seen: readonly { readonly port: number }[], copies: readonly CopiedPort[]): (port: number) => number {
  if (copies.length === 0) return (port) => port;
  return (port) => {
    const copy = copies.find((each) => each.port === port);
    if (copy === undefined) return port;
    const members = copy.of.filter((member) => seen.some((count) => count.port === member));
    if (members.length === 1) return members[0];
    return copy.of.length === 1 ? copy.of[0] : NOWHERE;
  };
}

function runIn({ frames, firstNs, lastNs }: Omit<Run, 'port'>, startNs: number, endNs: number): number {
  if (frames === 0 || firstNs >= endNs || lastNs < startNs) return 0;
  const length = lastNs - firstNs;
  const inside = Math.min(lastNs, endNs) - Math.max(firstNs, startNs);
  return Math.max(1, Math.round(length > 0 ? (frames * inside) / length : frames));
}

interface Dominant extends Frames {
  readonly of: number; // all ports together
}

function dominant(counts: readonly Frames[]): Dominant | null {
  if (counts.length === 1) return counts[0].frames === 0 ? null : { ...counts[0], of: counts[0].frames };
  const perPort = new Map<number, number>();
  for (const { port, frames } of counts) perPort.set(port, (perPort.get(port) ?? 0) + frames);
  const [most] = [...perPort].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  if (most === undefined || most[1] === 0) return null;
  return { port: most[0], frames: most[1], of: [...perPort.values()].reduce((sum, n) => sum + n, 0) };
}

function sawPorts({ flows }: Evidence, main: Uint32Array): boolean {
  const { ipProto, hasPorts, truncated } = flows;
  let [withPorts, cut] = [0, 0];
  for (const flow of main) {
    if (ipProto[flow] !== 6 && ipProto[flow] !== 17) continue;
    withPorts++;
    if (hasPorts[flow] === 0 && truncated[flow] > 0) cut++;
  }
  return cut <= WITHOUT_PORTS * withPorts;
}
