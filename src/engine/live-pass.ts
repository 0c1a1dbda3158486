/**
 * A pass over inputs that go on: whichever brings something is served, one that is quiet holds nobody back for long, and what was
 * counted can be looked at between two turns.
 */
import { setImmediate } from 'node:timers/promises';
import { collect } from './collect.js';
import { ControlFrames } from './control-frames.js';
import { Core } from './core.js';
import { imageOf, type Layout, type PassImage } from './image.js';
import { LaneReader } from './lane.js';
import { COUNT, LANES, PORTS, STATUS } from './layout.js';
import type { InputSummary, Pass } from './pass.js';
import { PortRegistry } from './ports.js';
import { Promises } from './promises.js';
import type { PassInput } from './run-pass.js';

export interface LivePassInput extends Omit<PassInput, 'partial'> {
  /** What the program that captures it says it lost until now; null where it does not say. */
  readonly drops?: () => InputSummary['drops'] | null;
  /** Of the link, bits per second; null where it is not known. */
  readonly speed?: number | null;
}

export interface LivePassOptions {
  readonly inputs: readonly LivePassInput[];
  readonly localMacs: Iterable<number>;
  readonly localIps?: Iterable<bigint>;
  readonly maxFlows: number;
  readonly skewSeconds: number;
  /** How long a frame may be on its way to us: for so long others wait for a port that brings nothing. */
  readonly holdMs: number;
  readonly now?: () => number; // milliseconds since the epoch
  readonly digestSeed?: number;
}

const MOVERS_MOST = 8192;
const CONTROL_KEPT = 16_384;
/** Time of frames keeps going on at this pace even if one port brings nothing. */
const LOOK_MS = 50;
const TURN_MS = 10;

export class LivePass {
  readonly core: Core;
  readonly lanes: readonly LaneReader[];
  readonly #options: LivePassOptions;
  readonly #layout: Layout;
  readonly #ports: PortRegistry;
  readonly #control = new ControlFrames('last', CONTROL_KEPT);
  readonly #pending = new Map<number, number>(); // lanes that wait for bytes, since when
  readonly #promises: Promises;
  readonly #now: () => number;
  #failed: { readonly error: unknown } | null = null;
  #wake: () => void = () => undefined;

  constructor(options: LivePassOptions) {
    const { inputs, skewSeconds, holdMs } = options;
    this.#options = options;
    const laid = {
      maxFlows: options.maxFlows,
      maxMovers: Math.min(MOVERS_MOST, options.maxFlows),
      ports: PORTS,
      lanes: Math.min(inputs.length, LANES),
    };
    this.core = new Core({ ...laid, ...(options.digestSeed === undefined ? {} : { digestSeed: options.digestSeed }) });
    this.#layout = { ...laid, maxFlows: this.core.maxFlows };
    this.core.setLocal(options.localMacs, options.localIps);
    this.core.exports.set_skew(BigInt(Math.round(skewSeconds * 1e9)));
    this.#ports = new PortRegistry(PORTS);
    this.lanes = inputs.map((input, lane) => {
      const spec = { ...input, label: input.label ?? input.source.name, partial: false, goesOn: true };
      return new LaneReader(this.core, lane, spec, this.#ports);
    });
    for (const { portName } of inputs) if (portName !== null) this.#ports.indexOf(portName);
    this.#now = options.now ?? Date.now;
    this.#promises = new Promises(this.core, this.lanes, holdMs, this.#now);
  }

  get ports(): readonly string[] {
    return this.#ports.names;
  }

  /** Flows on several ports that can be followed at a time. */
  get maxMovers(): number {
    return this.#layout.maxMovers;
  }

  hasEnded(input: number): boolean {
    return this.lanes[input]!.status === STATUS.ended;
  }

  /** Until all inputs have ended. @throws CaptureError for one that is no capture */
  async run(): Promise<void> {
    this.lanes.forEach((lane, number) => {
      this.#await(number, lane.start());
    });
    for (let since = performance.now(); ; ) {
      const asked = this.core.exports.run() >>> 0;
      if (this.#failed !== null) throw this.#failed.error;
      if (asked === 0) break;
      if (!this.#serve()) await this.#news();
      if (performance.now() - since < TURN_MS) continue;
      await setImmediate();
      since = performance.now();
      this.#promises.renew(this.#pending);
    }
    this.#control.drain(this.core);
  }

  /** Answers whatever can be answered. @returns whether there is anything to run for */
  #serve(): boolean {
    let served = this.#promises.haveMoved();
    for (const [number, lane] of this.lanes.entries()) {
      const { status } = lane;
      if (status === STATUS.ready || status === STATUS.ended || this.#pending.has(number)) continue;
      if (status === STATUS.controlFull) {
        this.#control.drain(this.core);
        lane.resume();
        served = true;
        continue;
      }
      const pending = lane.answer(status);
      if (pending === undefined) served = true;
      else this.#await(number, pending);
    }
    return served;
  }

  #await(lane: number, pending: Promise<void>): void {
    this.#pending.set(lane, this.#now());
    pending
      .catch((error) => {
        this.#failed ??= { error };
      })
      .finally(() => {
        this.#pending.delete(lane);
        this.#wake();
      });
  }

  /** Bytes of any port; or it is time to look whether others still have to wait for a quiet one. */
  async #news(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, LOOK_MS);
    });
    clearTimeout(timer);
    this.#wake = () => undefined;
    this.#promises.renew(this.#pending);
  }

  /** Nanoseconds since the epoch up to which all is counted; null before the first frame, and when all inputs have ended. */
  get horizonNs(): bigint | null {
    const ns = BigInt.asUintN(64, this.core.exports.count(COUNT.horizon)); // the module has signed ones
    return ns === 0n || ns === 2n ** 64n - 1n ? null : ns;
  }

  /** What stands now, for another thread to judge. */
  image(): PassImage {
    this.#control.drain(this.core);
    for (const lane of this.lanes) lane.resume();
    return imageOf(this.core, this.#layout, this.#beside());
  }

  /** When `run` has returned, and once. */
  pass(): Pass {
    return collect(this.core, this.#beside());
  }

  #beside() {
    const inputs = this.lanes.map((lane, number) => {
      const { drops, speed } = this.#options.inputs[number]!;
      return lane.summaries().map((summary) => ({
        ...summary,
        drops: drops?.() ?? summary.drops,
        interfaceSpeed: speed ?? summary.interfaceSpeed,
      }));
    });
    const { frames, dropped } = this.#control;
    return {
      ports: [...this.#ports.names],
      inputs,
      control: [...frames],
      controlDropped: dropped,
      skewSeconds: this.#options.skewSeconds,
    };
  }
}
