/** Makes a Pass by hand: say what matters to the test, the rest has defaults. */

import {
  type ControlFrame,
  type DirectionIndex,
  type FlowTable,
  type FrameSample,
  GAP_BINS,
  INGRESS,
  type InputSummary,
  IP,
  type Losses,
  type MoverTable,
  NO_IP_HEADER,
  NO_LOSSES,
  NO_VLAN,
  NONE,
  NOT_FOLLOWED,
  type Pass,
  type Run,
  type Silence,
  SYN_NOT_SEEN,
  type Totals,
  TUNNEL,
} from '../../src/engine/pass.js';
import { ip32 } from '../../src/policies/bytes.js';
import { referenceJoins } from './reference-joins.js';

export const SECOND = 1e9;
export const SERVER = 0x90e2ba7b0b38;
export const CLIENT = 0x3c7c3f000010;

export interface InnerSpec {
  readonly srcIp: string;
  readonly dstIp: string;
  readonly ipProto: number;
  readonly srcPort: number;
  readonly dstPort: number;
}

export interface FlowSpec {
  readonly srcMac?: number;
  readonly dstMac?: number;
  readonly etherType?: number;
  readonly vlan?: number;
  readonly srcIp?: string | null; // null: no IP
  readonly dstIp?: string | null;
  readonly ipProto?: number;
  readonly srcPort?: number;
  readonly dstPort?: number;
  readonly id?: number;
  readonly flowLabel?: number;
  readonly hasPorts?: boolean;
  readonly frames?: number;
  readonly octets?: number;
  readonly wholeFrames?: number;
  readonly firstFragments?: number;
  readonly laterFragments?: number;
  readonly firstNs?: number;
  readonly lastNs?: number;
  readonly port?: number;
  readonly direction?: DirectionIndex;
  readonly input?: number;
  readonly firstFrame?: number;
  readonly gapBins?: readonly number[];
  readonly pairs?: number;
  readonly holes?: number;
  readonly repeats?: number;
  readonly losses?: Partial<Losses>;
  readonly superFrames?: number;
  readonly truncated?: number;
  readonly inner?: InnerSpec;
  readonly notFollowed?: boolean; // on several ports, without a row that says which
  /** Makes the flow a mover. Counters that are not given follow from the runs. */
  readonly mover?: MoverSpec;
}

export interface MoverSpec {
  readonly runs: readonly Run[];
  readonly truncatedRuns?: boolean;
  /** Per port, where runs do not say it (fragments, copies, counters of a vector). */
  readonly wholeFrames?: readonly number[];
  readonly firstFragments?: readonly number[];
  readonly laterFragments?: readonly number[];
  readonly octets?: readonly number[];
  readonly duplicates?: readonly number[];
  readonly duplicateOctets?: readonly number[];
  readonly firstNs?: readonly number[];
  readonly lastNs?: readonly number[];
  readonly firstFrame?: readonly number[];
  readonly input?: readonly number[];
  readonly switches?: number;
  readonly transitions?: readonly (readonly number[])[];
  readonly longestRun?: number;
  readonly gapFrames?: readonly number[];
  readonly gapSwitches?: readonly number[];
  readonly pairs?: number;
  readonly holes?: number;
  readonly filledHoles?: number;
  readonly freshOctets?: number;
  readonly sequenceSpan?: number;
  readonly ackAdvances?: number;
  readonly ackSwitches?: number;
  readonly ackOwnAdvances?: number;
  readonly committedSwitches?: number;
  readonly mixedFrames?: number;
  readonly reordered?: number;
  readonly extentMax?: number;
  readonly nReordered3?: number;
  readonly sample?: FrameSample;
}

export interface PassSpec {
  readonly ports?: readonly string[];
  readonly flows?: readonly FlowSpec[];
  readonly control?: readonly ControlFrame[];
  readonly silences?: readonly Silence[];
  readonly durationNs?: number;
  readonly originNs?: bigint;
  readonly skewBound?: number;
  readonly skewCounted?: number;
  readonly turnarounds?: Pass['turnarounds'];
  readonly closures?: Pass['closures'];
  readonly intervalSeconds?: number;
  readonly interfaceSpeed?: readonly (number | null)[];
  readonly totals?: Partial<Totals>;
  /** `[direction][port][bucket]`; else everything of a flow falls into the bucket of its first frame. */
  readonly seriesOctets?: readonly (readonly (readonly number[])[])[];
  readonly seriesFrames?: readonly (readonly (readonly number[])[])[];
}

export function buildPass(spec: PassSpec = {}): Pass {
  const ports = spec.ports ?? ['igb0', 'igb1', 'igb2', 'igb3'];
  const durationNs = spec.durationNs ?? 10 * SECOND;
  const flows = (spec.flows ?? []).map((flow) => complete(flow, durationNs));
  const table = flowTable(flows);
  return {
    ports,
    inputs: ports.map((port, input) => inputSummary(port, spec.interfaceSpeed?.[input] ?? null)),
    originNs: spec.originNs ?? 1_407_782_400_000_000_000n,
    durationNs,
    totals: { ...NO_TOTALS, ...spec.totals },
    flows: table,
    movers: moverTable(flows, ports.length),
    joins: referenceJoins(table, table, ports.length),
    series: series(spec, flows, ports.length, durationNs),
    silences: spec.silences ?? [],
    control: spec.control ?? [],
    turnarounds: spec.turnarounds ?? [],
    closures: spec.closures ?? [],
    excerpts: () => [],
    lossesRefused: 0,
    skewBound: spec.skewBound ?? 0.001,
    skewCounted: spec.skewCounted ?? spec.skewBound ?? 0.001,
  };
}

export function ipBytes(text: string | null): Uint8Array {
  if (text === null) return new Uint8Array(0);
  if (!text.includes(':')) return Uint8Array.from(text.split('.').map(Number));
  const [head, tail] = text.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const groups = tail === undefined ? head : [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail];
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]),
  );
}

type Complete = Required<Omit<FlowSpec, 'inner' | 'mover'>> & Pick<FlowSpec, 'inner' | 'mover'>;

function complete(flow: FlowSpec, durationNs: number): Complete {
  const isIp = flow.srcIp !== null;
  const v6 = isIp && (flow.srcIp ?? '').includes(':');
  const runs = flow.mover?.runs ?? [];
  const runFrames = runs.reduce((sum, run) => sum + run.frames, 0);
  const fragments = (flow.firstFragments ?? 0) + (flow.laterFragments ?? 0);
  const frames = flow.frames ?? (runs.length > 0 ? runFrames + fragments : 10 + fragments);
  const ipProto = flow.ipProto ?? (isIp ? 6 : 0);
  return {
    srcMac: CLIENT,
    dstMac: SERVER,
    etherType: isIp ? (v6 ? 0x86dd : 0x0800) : 0x0806,
    vlan: NO_VLAN,
    srcIp: isIp ? '192.0.2.20' : null,
    dstIp: isIp ? '192.0.2.10' : null,
    srcPort: 0,
    dstPort: 0,
    id: 0,
    flowLabel: 0,
    hasPorts: [6, 17, 132].includes(ipProto),
    octets: frames * 100,
    wholeFrames: frames - fragments,
    firstFragments: 0,
    laterFragments: 0,
    firstNs: runs[0]?.firstNs ?? 0,
    lastNs: runs.at(-1)?.lastNs ?? durationNs,
    port: runs[0]?.port ?? 0,
    direction: INGRESS,
    input: flow.port ?? runs[0]?.port ?? 0,
    firstFrame: 1,
    gapBins: [],
    pairs: 0,
    holes: 0,
    repeats: 0,
    losses: NO_LOSSES,
    superFrames: 0,
    truncated: 0,
    notFollowed: false,
    ...flow,
    frames,
    ipProto,
  };
}

const tunnelOf = (protocol: number) => (protocol === 17 ? TUNNEL.vxlan : protocol === 47 ? TUNNEL.gre : TUNNEL.ipInIp);

function flowTable(flows: readonly Complete[]): FlowTable {
  const of = (pick: (flow: Complete) => number) => (flow: number) => pick(flows[flow]);
  const inner = (pick: (spec: InnerSpec) => number) => of((flow) => (flow.inner ? pick(flow.inner) : 0));
  const movers = flows.flatMap((flow, id) => (flow.mover ? [id] : []));
  const srcIp = (flow: number) => ipBytes(flows[flow].srcIp);
  return {
    count: flows.length,
    srcMac: of((f) => f.srcMac),
    dstMac: of((f) => f.dstMac),
    etherType: of((f) => f.etherType),
    vlan: of((f) => f.vlan),
    tagType: of((f) => (f.vlan === NO_VLAN ? 0 : 0x8100)),
    kind: of((f) => (f.srcIp === null ? NO_IP_HEADER : IP)),
    ipVersion: of((f) => (f.srcIp === null ? 0 : f.srcIp.includes(':') ? 6 : 4)),
    ipProto: of((f) => f.ipProto),
    srcPort: of((f) => f.srcPort),
    dstPort: of((f) => f.dstPort),
    id: of((f) => f.id),
    flowLabel: of((f) => f.flowLabel),
    hasPorts: of((f) => (f.hasPorts ? 1 : 0)),
    frames: of((f) => f.frames),
    octets: of((f) => f.octets),
    wholeFrames: of((f) => f.wholeFrames),
    firstFragments: of((f) => f.firstFragments),
    laterFragments: of((f) => f.laterFragments),
    firstNs: of((f) => f.firstNs),
    lastNs: of((f) => f.lastNs),
    port: of((f) => f.port),
    direction: of((f) => f.direction),
    input: of((f) => f.input),
    firstFrame: of((f) => f.firstFrame),
    gapBin: (flow, bin) => flows[flow].gapBins[bin] ?? 0,
    pairs: of((f) => f.pairs),
    holes: of((f) => f.holes),
    repeats: of((f) => f.repeats),
    dupAckRuns: () => 0,
    losses: (flow) => ({ ...NO_LOSSES, ...flows[flow].losses }),
    superFrames: of((f) => f.superFrames),
    truncated: of((f) => f.truncated),
    mover: (flow) => (flows[flow].notFollowed ? NOT_FOLLOWED : movers.indexOf(flow)),
    toldDirection: () => 0,
    windowScale: () => SYN_NOT_SEEN,
    isGroup: of((f) => Math.floor(f.dstMac / 2 ** 40) & 1),
    mplsLabel: () => NONE,
    pppoeSession: () => NONE,
    labelled: () => 0,
    tunnel: of((f) => (f.inner ? tunnelOf(f.ipProto) : 0)),
    tunnelId: () => 0,
    hasInner: of((f) => (f.inner ? 1 : 0)),
    hasInnerPorts: inner((i) => (i.srcPort + i.dstPort > 0 ? 1 : 0)),
    innerSrcMac: () => 0,
    innerDstMac: () => 0,
    innerIpProto: inner((i) => i.ipProto),
    innerSrcPort: inner((i) => i.srcPort),
    innerDstPort: inner((i) => i.dstPort),
    srcIp32: (flow) => ip32(srcIp(flow)),
    srcIp,
    dstIp: (flow) => ipBytes(flows[flow].dstIp),
    innerSrcIp: (flow) => ipBytes(flows[flow].inner?.srcIp ?? null),
    innerDstIp: (flow) => ipBytes(flows[flow].inner?.dstIp ?? null),
  };
}

function moverTable(flows: readonly Complete[], ports: number): MoverTable {
  const rows = flows.flatMap((flow, id) => (flow.mover ? [moverRow(flow, flow.mover, id, ports)] : []));
  const of = (pick: (row: MoverRow) => number) => (mover: number) => pick(rows[mover]);
  const per = (pick: (row: MoverRow) => readonly number[]) => (mover: number, i: number) => pick(rows[mover])[i];
  const columns = {
    wholeFrames: per((r) => r.wholeFrames),
    firstFragments: per((r) => r.firstFragments),
    laterFragments: per((r) => r.laterFragments),
    duplicates: per((r) => r.duplicates),
    firstNs: per((r) => r.firstNs),
    lastNs: per((r) => r.lastNs),
    transitions: (mover: number, from: number, to: number) => rows[mover].transitions[from * ports + to],
    gapFrames: per((r) => r.gapFrames),
    gapSwitches: per((r) => r.gapSwitches),
  };
  return {
    ...columns,
    count: rows.length,
    ports,
    readFrames(mover, into) {
      for (let port = 0; port < ports; port++) {
        into.whole[port] = columns.wholeFrames(mover, port);
        into.firstFragments[port] = columns.firstFragments(mover, port);
        into.laterFragments[port] = columns.laterFragments(mover, port);
        into.copies[port] = columns.duplicates(mover, port);
      }
    },
    readOrder(mover, into) {
      for (let port = 0; port < ports; port++) {
        into.firstNs[port] = columns.firstNs(mover, port);
        into.lastNs[port] = columns.lastNs(mover, port);
        for (let to = 0; to < ports; to++) {
          if (to !== port) into.transitions[port][to] = columns.transitions(mover, port, to);
        }
      }
      for (let bin = 0; bin < GAP_BINS; bin++) {
        into.gapFrames[bin] = columns.gapFrames(mover, bin);
        into.gapSwitches[bin] = columns.gapSwitches(mover, bin);
      }
    },
    flow: of((r) => r.flow),
    octets: per((r) => r.octets),
    duplicateOctets: per((r) => r.duplicateOctets),
    input: per((r) => r.input),
    firstFrame: per((r) => r.firstFrame),
    switches: of((r) => r.switches),
    longestRun: of((r) => r.longestRun),
    pairs: of((r) => r.pairs),
    holes: of((r) => r.holes),
    filledHoles: of((r) => r.filledHoles),
    freshOctets: of((r) => r.freshOctets),
    sequenceSpan: of((r) => r.sequenceSpan),
    ackAdvances: of((r) => r.ackAdvances),
    ackSwitches: of((r) => r.ackSwitches),
    ackOwnAdvances: of((r) => r.ackOwnAdvances),
    committedSwitches: of((r) => r.committedSwitches),
    mixedFrames: of((r) => r.mixedFrames),
    reordered: of((r) => r.reordered),
    extentMax: of((r) => r.extentMax),
    nReordered3: of((r) => r.nReordered3),
    repeated: () => 0,
    alikeOnPort: () => 0,
    alikeElsewhere: () => 0,
    answeredBy: () => -1,
    sample: (mover) => rows[mover].sample,
    truncatedRuns: of((r) => (r.truncatedRuns ? 1 : 0)),
    runs: (mover) => [...rows[mover].runs],
  };
}

const NO_SAMPLE: FrameSample = {
  ...{ count: 0, port: new Uint8Array(0), isFull: false },
  ...{ numbers: () => new Uint32Array(0), values: () => new Uint32Array(0) },
};

type MoverRow = ReturnType<typeof moverRow>;

function moverRow(flow: Complete, spec: MoverSpec, id: number, ports: number) {
  const { runs } = spec;
  const zeros = () => new Array<number>(ports).fill(0);
  const whole = zeros();
  const first = zeros().fill(Number.NaN);
  const last = zeros().fill(Number.NaN);
  const transitions = Array.from({ length: ports }, zeros);
  for (const [i, run] of runs.entries()) {
    whole[run.port] += run.frames;
    if (Number.isNaN(first[run.port])) first[run.port] = run.firstNs;
    last[run.port] = run.lastNs;
    transitions[run.port][run.port] += run.frames - 1;
    if (i > 0) transitions[runs[i - 1].port][run.port]++;
  }
  const firstFragments = padded(spec.firstFragments, ports);
  const laterFragments = padded(spec.laterFragments, ports);
  const wholeFrames = spec.wholeFrames ?? whole;
  const framesOf = (port: number) => wholeFrames[port] + firstFragments[port] + laterFragments[port];
  const octetsAFrame = flow.frames > 0 ? flow.octets / flow.frames : 0;
  const duplicates = padded(spec.duplicates, ports);
  return {
    flow: id,
    sample: spec.sample ?? NO_SAMPLE,
    runs,
    truncatedRuns: spec.truncatedRuns ?? false,
    wholeFrames,
    firstFragments,
    laterFragments,
    octets: spec.octets ?? zeros().map((_, port) => framesOf(port) * octetsAFrame),
    duplicates,
    duplicateOctets: spec.duplicateOctets ?? duplicates.map((n) => n * octetsAFrame),
    firstNs: spec.firstNs ?? first,
    lastNs: spec.lastNs ?? last,
    input: spec.input ?? zeros().map((_, port) => port),
    firstFrame: spec.firstFrame ?? zeros().map(() => 1),
    switches: spec.switches ?? runs.slice(1).filter((run, i) => run.port !== runs[i].port).length,
    transitions: (spec.transitions ?? transitions).flat(),
    longestRun: spec.longestRun ?? Math.max(0, ...runs.map((run) => run.frames)),
    gapFrames: padded(spec.gapFrames, GAP_BINS),
    gapSwitches: padded(spec.gapSwitches, GAP_BINS),
    pairs: spec.pairs ?? 0,
    holes: spec.holes ?? 0,
    filledHoles: spec.filledHoles ?? 0,
    freshOctets: spec.freshOctets ?? 0,
    sequenceSpan: spec.sequenceSpan ?? 0,
    ackAdvances: spec.ackAdvances ?? 0,
    ackSwitches: spec.ackSwitches ?? 0,
    ackOwnAdvances: spec.ackOwnAdvances ?? spec.ackAdvances ?? 0,
    committedSwitches: spec.committedSwitches ?? 0,
    mixedFrames: spec.mixedFrames ?? 0,
    reordered: spec.reordered ?? 0,
    extentMax: spec.extentMax ?? 0,
    nReordered3: spec.nReordered3 ?? 0,
  };
}

function series(spec: PassSpec, flows: readonly Complete[], ports: number, durationNs: number): Pass['series'] {
  const intervalSeconds = spec.intervalSeconds ?? 1;
  const buckets = Math.max(1, Math.ceil(durationNs / SECOND / intervalSeconds));
  const empty = () => [0, 1].map(() => Array.from({ length: ports }, () => new Float64Array(buckets)));
  const octets = spec.seriesOctets?.map((d) => d.map((p) => Float64Array.from(p))) ?? empty();
  const frames = spec.seriesFrames?.map((d) => d.map((p) => Float64Array.from(p))) ?? empty();
  if (spec.seriesOctets !== undefined) return { startNs: 0, intervalSeconds, octets, frames, busiest: null };
  for (const [id, flow] of flows.entries()) {
    const bucket = Math.min(buckets - 1, Math.floor(flow.firstNs / SECOND / intervalSeconds));
    const row = flow.mover ? moverRow(flow, flow.mover, id, ports) : null;
    for (let port = 0; port < ports; port++) {
      const here = row
        ? {
            frames: row.wholeFrames[port] + row.firstFragments[port] + row.laterFragments[port] + row.duplicates[port],
            octets: row.octets[port] + row.duplicateOctets[port],
          }
        : port === flow.port
          ? flow
          : { frames: 0, octets: 0 };
      octets[flow.direction][port][bucket] += here.octets;
      frames[flow.direction][port][bucket] += here.frames;
    }
  }
  return { startNs: 0, intervalSeconds, octets, frames, busiest: null };
}

function padded(values: readonly number[] | undefined, length: number): number[] {
  return Array.from({ length }, (_, i) => values?.[i] ?? 0);
}

function inputSummary(port: string, interfaceSpeed: number | null): InputSummary {
  return {
    source: `${port}.pcap`,
    port,
    format: 'pcap',
    compression: null,
    linkType: 'EN10MB',
    frames: 0,
    octets: 0,
    capturedOctets: 0,
    snapLength: 128,
    firstNs: null,
    lastNs: null,
    timestampResolution: 1e-6,
    drops: { kernel: null, interface: null },
    interfaceSpeed,
    damage: null,
    slowFrames: 0,
    backwards: 0,
  };
}

const NO_TOTALS: Totals = {
  frames: 0,
  octets: 0,
  ipv4: 0,
  ipv6: 0,
  tcp: 0,
  udp: 0,
  fragments: 0,
  slow: 0,
  lldp: 0,
  cdp: 0,
  otherL2: 0,
  undecodable: 0,
  truncated: 0,
  overflowFrames: 0,
  controlDropped: 0,
};
