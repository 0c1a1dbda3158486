/** The rows that inference learns from, one direction. inference.md 0.3. */

import { fieldBits, type Groups, MARK_PORT, MARK_TELLING, MARKED, type PairsOfFlows } from '../engine/joins.js';
import {
  type DirectionIndex,
  EGRESS,
  type FlowId,
  type FlowTable,
  NOT_A_MOVER,
  type Pass,
  type Run,
} from '../engine/pass.js';
import { NumberIndex } from '../stats/number-index.js';
import { Smallest } from '../stats/smallest.js';
import { pairOf } from './address-index.js';
import type { CopiedPort } from './copies.js';
import type { Epoch } from './epochs.js';
import { flowSums } from './flow-sums.js';
import { isIcmp } from './icmp.js';
import type { FlowVerdicts } from './judge-flows.js';
import { certainlyIn, isCut, isTunnel, isUnicast, portCounts } from './port-counts.js';
import {
  type HashRow,
  type HashRows,
  ICMP,
  type InnerHeader,
  MAIN,
  NO_IP,
  type RowKind,
  type WholeRows,
} from './rows.js';
import { rankOfFlow, rankOfSource } from './sample.js';
import { macOrUnseen } from './unseen-macs.js';
import type { Verdict } from './verdict.js';

type Evidence = Pick<Pass, 'ports' | 'flows' | 'movers' | 'joins'>;

/** TCP, UDP, UDP-Lite, DCCP, SCTP, ESP, AH, IP-in-IP, 6in4, GRE. */
const MAIN_PROTOCOLS = new Set([6, 17, 136, 33, 132, 50, 51, 4, 41, 47]);
const TELLING: readonly Verdict[] = ['pinned', 'insufficient', 'stray', 'moved', 'fragment-split'];
const SUPPLEMENTARY_SHARE = 0.9;
/** Snap lengths that cut port numbers off must not make ports look unused. */
const WITHOUT_PORTS = 0.05;

/** What all rows are made from. */
interface Source {
  readonly pass: Evidence;
  readonly direction: DirectionIndex;
  readonly epochs: readonly Epoch[];
  readonly verdicts: FlowVerdicts;
  readonly copies: readonly CopiedPort[];
  readonly isUntold: (flow: number) => boolean;
}

/** Of so many flows all rows are made; of more, of these. inference.md A.4 needs 2000 for its hypotheses. */
const UNIFORM = 4000;
const BY_SOURCE = 1000;

export function buildRows(
  pass: Evidence,
  direction: DirectionIndex,
  epochs: readonly Epoch[],
  verdicts: FlowVerdicts,
  copies: readonly CopiedPort[] = [],
): HashRows {
  // Where one port alone was really captured, what it did not carry was not seen: nothing follows from what it carried.
  if (copies.length > 0 && pass.ports.length - copies.length < 2) epochs = [];
  const source: Source = { pass, direction, epochs, verdicts, copies, isUntold: cutFlows(pass, direction) };
  const whole = new AllRows(source);
  const rows: HashRow[] = [];
  for (const flow of whole.chosen) {
    for (const epoch of epochs.keys()) {
      const row = mainRow(source, flow, epoch);
      if (row !== null) rows.push(row);
    }
  }
  for (const row of supplementaryRows(source, whole)) rows.push(row);
  return {
    portNames: pass.ports,
    egress: direction === EGRESS,
    epochs: epochs.map(({ startNs, endNs, ports }) => ({ startNs, endNs, ports })),
    rows,
    whole,
    portsSeen: sawPorts(source),
  };
}

const isMain = (flows: FlowTable, flow: number) =>
  flows.ipVersion(flow) !== 0 && MAIN_PROTOCOLS.has(flows.ipProto(flow));
const isIn = (flows: FlowTable, flow: number, direction: DirectionIndex) =>
  flows.direction(flow) === direction && isUnicast(flows, flow);

const TELLING_FRAMES = 3; // fewer are not enough for evidence of their own

/** All main rows, without an object for each: marks of the flows, set for one epoch at a time. */
class AllRows implements WholeRows {
  readonly portCounts: readonly number[][];
  /** Flows that rows are made of, in order. */
  readonly chosen: readonly number[];
  readonly #source: Source;
  readonly #groupCounts = new Map<string, number>();

  constructor(source: Source) {
    this.#source = source;
    const { flows, joins } = source.pass;
    const bySource = new Smallest(BY_SOURCE);
    const uniform = new Smallest(UNIFORM);
    this.portCounts = source.epochs.map(({ ports }) => ports.map(() => 0));
    this.portCounts.forEach((counts, epoch) => {
      this.#mark(epoch);
      for (let flow = 0; flow < flows.count; flow++) {
        const mark = joins.marks[flow];
        if (mark === 0) continue;
        counts[mark & MARK_PORT]++;
        bySource.offer(rankOfSource(flows.srcIp32(flow)), flow);
        uniform.offer(rankOfFlow(flow), flow);
      }
    });
    this.chosen = [...new Set([...bySource.items(), ...uniform.items()])].sort((a, b) => a - b);
  }

  groups(epoch: number, fields: number): Groups {
    this.#mark(epoch);
    const groups = this.#source.pass.joins.groups(fields);
    this.#groupCounts.set(`${epoch} ${fields}`, groups.count);
    return groups;
  }

  groupCount(epoch: number, fields: number): number {
    return this.#groupCounts.get(`${epoch} ${fields}`) ?? this.groups(epoch, fields).count;
  }

  pairs(epoch: number, fields: number): readonly PairsOfFlows[] {
    this.#mark(epoch);
    return this.#source.pass.joins.pairs(fields);
  }

  row(flow: number, epoch: number): HashRow {
    const row = mainRow(this.#source, flow, epoch);
    if (row === null) throw new RangeError(`flow ${flow} has no row in epoch ${epoch}`);
    return row;
  }

  #mark(epoch: number): void {
    this.#source.pass.joins.mark((marks) => this.#writeMarks(marks, epoch), this.portCounts[epoch]);
  }

  #writeMarks(marks: Uint8Array, epoch: number): void {
    const { pass, direction, epochs, verdicts, isUntold } = this.#source;
    const { flows } = pass;
    for (let flow = 0; flow < flows.count; flow++) {
      marks[flow] = 0;
      if (!isIn(flows, flow, direction) || !isMain(flows, flow) || isUntold(flow)) continue;
      if (isOnOnePort(this.#source, flow)) {
        const frames = framesIn(this.#source, flow, epoch);
        const port = epochs[epoch].ports.indexOf(flows.port(flow));
        if (frames > 0 && port >= 0 && isTelling(verdicts, flow)) {
          marks[flow] = MARKED | port | (frames >= TELLING_FRAMES ? MARK_TELLING : 0);
        }
        continue;
      }
      const row = mainRow(this.#source, flow, epoch);
      if (row === null) continue;
      marks[flow] = MARKED | row.port | (row.frames >= TELLING_FRAMES && !row.stray ? MARK_TELLING : 0);
    }
  }
}

const isTelling = (verdicts: FlowVerdicts, flow: number) => TELLING.includes(verdicts.of(flow));

function mainRow(source: Source, flow: number, epoch: number): HashRow | null {
  const { pass, epochs, verdicts } = source;
  if (source.isUntold(flow) || !isTelling(verdicts, flow)) return null;
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
    srcMac: macOrUnseen(flows.srcMac(flow), flows.srcIp(flow)),
    dstMac: macOrUnseen(flows.dstMac(flow), flows.dstIp(flow)),
    etherType: flows.etherType(flow),
    vlan: Math.max(0, flows.vlan(flow)), // a missing field is 0
    srcIp: flows.srcIp(flow).slice(),
    dstIp: flows.dstIp(flow).slice(),
    protocol: flows.ipProto(flow),
    srcPort: flows.srcPort(flow),
    dstPort: flows.dstPort(flow),
    flowLabel: flows.flowLabel(flow),
    inner: flows.hasInner(flow) === 1 ? innerHeader(flows, flow) : null,
    flow: flow as FlowId,
    frames: most.frames,
    stray: verdicts.of(flow) === 'stray',
  };
}

function innerHeader(flows: FlowTable, flow: number): InnerHeader {
  return {
    tunnel: flows.tunnel(flow),
    srcIp: flows.innerSrcIp(flow).slice(),
    dstIp: flows.innerDstIp(flow).slice(),
    protocol: flows.innerIpProto(flow),
    srcPort: flows.innerSrcPort(flow),
    dstPort: flows.innerDstPort(flow),
  };
}

/** ARP and ICMP between MACs that also have main rows: few policies say what they do with them, so they count apart. */
function supplementaryRows(source: Source, whole: AllRows): HashRow[] {
  const { pass, direction, epochs } = source;
  const { flows } = pass;
  if (flowSums(pass)[direction].withoutMainProtocol === 0) return [];
  const candidates: number[] = [];
  for (let flow = 0; flow < flows.count; flow++) {
    if (!isIn(flows, flow, direction)) continue;
    if (flows.ipVersion(flow) === 0 || isIcmp(flows, flow)) candidates.push(flow);
  }
  if (candidates.length === 0) return [];

  const pairs = new MacPairs(flows, epochs, whole);
  const groups = new Map<string, { kind: RowKind; flows: number[] }>();
  for (const flow of candidates) {
    if (!pairs.has(flow)) continue;
    const isIp = flows.ipVersion(flow) !== 0;
    const ips = isIp ? `${flows.srcIp(flow)} ${flows.dstIp(flow)}` : '';
    const macs = `${flows.srcMac(flow)} ${flows.dstMac(flow)}`;
    const key = `${macs} ${flows.vlan(flow)} ${flows.etherType(flow)} ${flows.ipProto(flow)} ${ips}`;
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
        srcMac: pass.flows.srcMac(first),
        dstMac: pass.flows.dstMac(first),
        etherType: pass.flows.etherType(first),
        vlan: Math.max(0, pass.flows.vlan(first)),
        srcIp: flows.srcIp(first).slice(),
        dstIp: flows.dstIp(first).slice(),
        protocol: pass.flows.ipProto(first),
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
function cutFlows({ flows }: Evidence, direction: DirectionIndex): (flow: number) => boolean {
  const isSplit = (flow: number) =>
    flows.mover(flow) !== NOT_A_MOVER && isCut(flows, flow) && isIn(flows, flow, direction) && isMain(flows, flow);
  let anySplit: boolean | null = null; // looked for when the first flow is cut: in most captures none is
  return (flow) => {
    if (!isCut(flows, flow)) return false;
    if (isTunnel(flows, flow)) return true;
    if (anySplit === null) {
      anySplit = false;
      for (let other = 0; other < flows.count && !anySplit; other++) anySplit = isSplit(other);
    }
    return anySplit;
  };
}

/** Ordered pairs of MACs that have main rows. */
class MacPairs {
  readonly #macs = new NumberIndex();
  readonly #pairs = new NumberIndex();

  constructor(
    readonly flows: FlowTable,
    epochs: readonly Epoch[],
    whole: AllRows,
  ) {
    for (const epoch of epochs.keys()) {
      const groups = whole.groups(epoch, fieldBits('eth.src', 'eth.dst'));
      for (let group = 0; group < groups.count; group++) {
        const flow = groups.first(group);
        this.#pairs.idOf(pairOf(this.#macs.idOf(flows.srcMac(flow)), this.#macs.idOf(flows.dstMac(flow))));
      }
    }
  }

  has(flow: number): boolean {
    const [a, b] = [this.#macs.find(this.flows.srcMac(flow)), this.#macs.find(this.flows.dstMac(flow))];
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
    const runs = pass.movers.runs(pass.flows.mover(flow));
    return runs.map((run) => ({ port: home(run.port), frames: runIn(run, startNs, endNs) }));
  }
  if (!certainlyIn(pass.flows, flow, startNs, endNs)) return [];
  const [firstNs, lastNs] = [pass.flows.firstNs(flow), pass.flows.lastNs(flow)];
  const whole = counts.reduce((sum, { frames }) => sum + frames, 0);
  return [{ port: counts[0].port, frames: runIn({ frames: whole, firstNs, lastNs }, startNs, endNs) }];
}

function isOnOnePort({ pass: { flows }, copies }: Source, flow: number): boolean {
  return flows.mover(flow) < 0 && copies.length === 0;
}

/** The same for nearly all flows of a capture, without lists. */
function onePortIn(source: Source, flow: number, epoch: number): Dominant | null {
  const frames = framesIn(source, flow, epoch);
  return frames === 0 ? null : { port: source.pass.flows.port(flow), frames, of: frames };
}

function framesIn({ pass: { flows }, epochs }: Source, flow: number, epoch: number): number {
  const frames = flows.wholeFrames(flow);
  if (epochs.length === 1) return frames;
  const { startNs, endNs } = epochs[epoch];
  if (!certainlyIn(flows, flow, startNs, endNs)) return 0;
  return runIn({ frames, firstNs: flows.firstNs(flow), lastNs: flows.lastNs(flow) }, startNs, endNs);
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

function sawPorts({ pass, direction, isUntold }: Source): boolean {
  if (flowSums(pass)[direction].cut === 0) return true;
  const { flows } = pass;
  let [withPorts, cut] = [0, 0];
  for (let flow = 0; flow < flows.count; flow++) {
    if (flows.ipProto(flow) !== 6 && flows.ipProto(flow) !== 17) continue;
    if (!isIn(flows, flow, direction) || isUntold(flow)) continue;
    withPorts++;
    if (flows.hasPorts(flow) === 0 && flows.truncated(flow) > 0) cut++;
  }
  return cut <= WITHOUT_PORTS * withPorts;
}
