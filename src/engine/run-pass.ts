/** One pass over all inputs: the engine runs, inputs are refilled as it asks, and what it counted becomes a Pass. */
import { setImmediate } from 'node:timers/promises';
import type { Source } from '../sources/source.js';
import { collect } from './collect.js';
import { ControlFrames } from './control-frames.js';
import { Core, type CoreOptions } from './core.js';
import { LaneReader } from './lane.js';
import { LANES, PORTS, STATUS } from './layout.js';
import type { Pass } from './pass.js';
import { PortRegistry } from './ports.js';

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
const TURN_BLOCKS = 64; // blocks of 256 KiB between two looks at signals and progress

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

  const control = new ControlFrames();
  for (let turn = 1; ; turn++) {
    const asked = core.exports.run() >>> 0;
    if (asked === 0) break;
    const status = asked >>> 8;
    if (status === STATUS.controlFull) {
      control.drain(core);
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
  control.drain(core);
  return collect(core, {
    ports: ports.names,
    inputs: lanes.map((lane) => lane.summaries()),
    control: control.frames,
    controlDropped: control.dropped,
    skewSeconds: options.skewSeconds,
  });
}
