/** One pass over all inputs: the engine runs, inputs are refilled as it asks, and what it counted becomes a Pass. */
import { setImmediate } from 'node:timers/promises';
import type { Source } from '../sources/source.js';
import { closuresOf } from './closures.js';
import { Core, type CoreOptions } from './core.js';
import { EngineJoins } from './engine-joins.js';
import { FlowRows } from './flow-rows.js';
import type { FrameSums } from './joins.js';
import { LaneReader } from './lane.js';
import { BUCKETS, CONTROL, LANES, PORTS, STATUS, TURNAROUND } from './layout.js';
import { MoverRows } from './mover-rows.js';
import type { ControlFrame, ControlKind, InputSummary, Pass, Series, Totals, Turnaround } from './pass.js';
import { PortRegistry } from './ports.js';
import { silences } from './silences.js';
import { earliest, latest } from './times.js';

export interface PassInput {
  readonly portName: string | null;
  readonly source: Source;
  readonly partial: boolean;
  /** What the document calls it; else the name of the source. */
  readonly label?: string;
}

export interface PassOptions {
  readonly inputs: readonly PassInput[];
  /** MAC addresses of the local station, as 48-bit numbers: their frames are egress. */
  readonly localMacs: Iterable<number>;
  /** Its IP addresses as numbers, for frames without MAC addresses. */
  readonly localIps?: Iterable<bigint>;
  /** Ports whose frames are counted and not read: the aggregate, beside its members. */
  readonly ignoredPorts?: ReadonlySet<string>;
  readonly maxFlows: number;
  readonly skewSeconds: number;
  readonly onProgress?: (bytesRead: number, frames: number) => void;
  readonly signal?: AbortSignal;
  /** Ends reading: what was read until then is the pass. */
  readonly enough?: AbortSignal;
  readonly digestSeed?: number;
  readonly instantiate?: CoreOptions['instantiate'];
  /** Scheduling must not change a result; tests vary it. */
  readonly scheduling?: {
    readonly batch: number;
    readonly orderEverything: boolean;
    readonly dissectEverything?: boolean;
  };
}

const USUAL_PORTS = 4;
const CONTROL_KEPT = 1 << 16; // frames; a LACPDU a second on 16 ports both ways fills it in half an hour
const TURN_BLOCKS = 64; // blocks of 256 KiB between two looks at signals and progress
const CONTROL_KINDS: readonly ControlKind[] = ['slow', 'slow', 'lldp', 'cdp'];

export async function runPass(options: PassOptions): Promise<Pass> {
  const { inputs } = options;
  const core = new Core({
    maxFlows: options.maxFlows,
    ports: USUAL_PORTS,
    lanes: Math.min(inputs.length, LANES),
    ...(options.digestSeed === undefined ? {} : { digestSeed: options.digestSeed }),
    ...(options.instantiate === undefined ? {} : { instantiate: options.instantiate }),
  });
  core.setLocal(options.localMacs, options.localIps);
  core.exports.set_skew(BigInt(Math.round(options.skewSeconds * 1e9)));
  if (options.scheduling) {
    const { batch, orderEverything, dissectEverything } = options.scheduling;
    core.exports.set_scheduling(batch, orderEverything ? 1 : 0, dissectEverything ? 1 : 0);
  }
  // A capture may bring ports that nobody named before: rows per port grow by a few at a time.
  const makeRoom = (n: number) => core.exports.set_ports(Math.ceil(n / USUAL_PORTS) * USUAL_PORTS);
  const ports = new PortRegistry(PORTS, makeRoom, options.ignoredPorts);
  const lanes = inputs.map(
    (input, i) => new LaneReader(core, i, { ...input, label: input.label ?? input.source.name }, ports),
  );
  for (const lane of lanes) await lane.start();

  const control: RawControl[] = [];
  let controlDropped = 0;
  for (let turn = 1; ; turn++) {
    const asked = core.exports.run() >>> 0;
    if (asked === 0) break;
    const status = asked >>> 8;
    if (status === STATUS.controlFull) {
      controlDropped += drainControl(core, control);
      for (const lane of lanes) lane.resume();
      continue;
    }
    const pending = lanes[asked & 0xff]!.answer(status);
    if (pending !== undefined) await pending;
    if (turn % TURN_BLOCKS === 0) {
      await setImmediate();
      options.signal?.throwIfAborted();
      options.onProgress?.(
        lanes.reduce((sum, lane) => sum + lane.bytesRead, 0),
        lanes.reduce((sum, lane) => sum + lane.frames, 0),
      );
      if (options.enough?.aborted) for (const lane of lanes) lane.stop();
    }
  }
  core.exports.finish();
  controlDropped += drainControl(core, control);
  return collect(core, lanes, ports, control, controlDropped, options.skewSeconds);
}

interface RawControl {
  readonly kind: ControlKind;
  readonly port: number;
  readonly lane: number;
  readonly frame: number;
  readonly time: bigint;
  readonly payloadAt: number;
  readonly bytes: Uint8Array;
}

/** @returns how many frames were beyond what is kept. */
function drainControl(core: Core, into: RawControl[]): number {
  const { view, bytes } = core;
  const area = core.area('control');
  const end = area + core.count('controlUsed');
  let dropped = 0;
  for (let at = area; at < end; ) {
    const octets = view.getUint32(at + CONTROL.octets, true);
    if (into.length >= CONTROL_KEPT) {
      dropped++;
    } else {
      into.push({
        kind: CONTROL_KINDS[view.getUint32(at + CONTROL.kind, true)]!,
        port: view.getUint32(at + CONTROL.port, true),
        lane: view.getUint32(at + CONTROL.lane, true),
        frame: view.getUint32(at + CONTROL.frame, true),
        time: view.getBigUint64(at + CONTROL.time, true),
        payloadAt: view.getUint32(at + CONTROL.payloadAt, true),
        bytes: bytes.slice(at + CONTROL.header, at + CONTROL.header + octets),
      });
    }
    at += (CONTROL.header + octets + 7) & ~7;
  }
  core.exports.clear_control();
  return dropped;
}

function collect(
  core: Core,
  lanes: readonly LaneReader[],
  ports: PortRegistry,
  rawControl: readonly RawControl[],
  controlDropped: number,
  skewBound: number,
): Pass {
  const inputs: InputSummary[] = [];
  const inputIndex: number[][] = []; // by lane and port
  for (const lane of lanes) {
    const ofPort: number[] = [];
    for (const summary of lane.summaries()) {
      ofPort[ports.names.indexOf(summary.port)] = inputs.length;
      inputs.push(summary);
    }
    inputIndex.push(ofPort);
  }
  const inputOf = (lane: number, port: number) => inputIndex[lane]?.[port] ?? 0;
  const originNs = earliest(inputs.map((input) => input.firstNs)) ?? 0n;
  const endNs = latest(inputs.map((input) => input.lastNs)) ?? 0n;
  const durationNs = Number(endNs - originNs);

  const flows = new FlowRows(core, originNs, inputOf);
  const joins = new EngineJoins(core, ports.names.length);
  const control = rawControl
    .map(
      ({ time, lane, ...frame }): ControlFrame => ({
        ...frame,
        input: inputOf(lane, frame.port),
        timeNs: Number(time - originNs),
      }),
    )
    .sort((a, b) => a.timeNs - b.timeNs || a.input - b.input || a.frame - b.frame);
  return {
    ports: ports.names,
    inputs,
    originNs,
    durationNs,
    totals: totals(core, inputs, joins, control, controlDropped),
    flows,
    movers: new MoverRows(core, originNs, ports.names.length, inputOf),
    joins,
    series: series(core, originNs, ports.names.length),
    silences: silences(core, originNs, durationNs, ports.names.length, lanes.length),
    control,
    turnarounds: turnarounds(core, ports.names.length),
    closures: closuresOf(core),
    lossesRefused: core.count('lossesRefused'),
    skewBound,
    skewCounted: skewBound,
  };
}

function totals(
  core: Core,
  inputs: readonly InputSummary[],
  joins: Pass['joins'],
  control: readonly ControlFrame[],
  controlDropped: number,
): Totals {
  const [ingress, egress] = joins.sums();
  const all = (of: keyof FrameSums) => ingress!.frames[of] + egress!.frames[of];
  const lldp = control.filter((frame) => frame.kind === 'lldp').length;
  const cdp = control.filter((frame) => frame.kind === 'cdp').length;
  return {
    frames: inputs.reduce((sum, input) => sum + input.frames, 0),
    octets: inputs.reduce((sum, input) => sum + input.octets, 0),
    ipv4: all('ipv4'),
    ipv6: all('ipv6'),
    tcp: all('tcp'),
    udp: all('udp'),
    fragments: core.count('atomicFragments') + all('fragments'),
    slow: inputs.reduce((sum, input) => sum + input.slowFrames, 0),
    lldp,
    cdp,
    otherL2: all('noIp') - lldp - cdp,
    undecodable: all('undecodable'),
    truncated: all('truncated'),
    overflowFrames: core.count('overflowFrames'),
    controlDropped,
  };
}

function turnarounds(core: Core, ports: number): Turnaround[] {
  const all: Turnaround[] = [];
  for (let from = 0; from < ports; from++) {
    for (let to = 0; to < ports; to++) {
      const at = core.area('turnarounds') + TURNAROUND.stride * (from * PORTS + to);
      const count = core.view.getUint32(at + TURNAROUND.count, true);
      if (count === 0) continue;
      const leastNs = Array.from({ length: Math.min(count, TURNAROUND.kept) }, (_, i) =>
        Number(core.view.getBigInt64(at + TURNAROUND.least + 8 * i, true)),
      );
      all.push({ from, to, count, leastNs });
    }
  }
  return all;
}

function series(core: Core, originNs: bigint, ports: number): Series {
  const used = core.count('seriesUsed');
  const strip = (area: 'seriesOctets' | 'seriesFrames', direction: number, port: number) =>
    Float64Array.from({ length: used }, (_, bucket) =>
      Number(core.view.getBigUint64(core.area(area) + 8 * ((direction * PORTS + port) * BUCKETS + bucket), true)),
    );
  const both = (area: 'seriesOctets' | 'seriesFrames') =>
    [0, 1].map((direction) => Array.from({ length: ports }, (_, port) => strip(area, direction, port)));
  return {
    startNs: used === 0 ? 0 : Number(core.exports.count(9) - originNs),
    intervalSeconds: core.count('seriesWidth') / 1e9,
    octets: both('seriesOctets'),
    frames: both('seriesFrames'),
  };
}
