/** Ports that are captured, written to files until a limit is reached or somebody stops it. */
import { setImmediate, setTimeout as wait } from 'node:timers/promises';
import type { WrittenStatistics } from '../capture-file/pcapng-writer.js';
import { CaptureError } from '../errors.js';
import type { Drops } from '../sources/source.js';
import type { Stream } from '../sources/spool.js';
import { InOrder, type Run } from './in-order.js';
import { Output, type Ring } from './output.js';
import { type PacketHeader, PacketStream } from './packets.js';

export interface RecordedPort {
  readonly name: string;
  readonly stream: Stream;
  readonly bitsPerSecond?: number | null;
  /** As it stands while it is captured; null where only the end tells. */
  readonly drops?: () => Drops;
  readonly received?: () => number;
  readonly events?: () => readonly { readonly timeMs: number; readonly detail: string }[];
}

export interface RecordingOptions {
  readonly ports: readonly RecordedPort[];
  /** One file for all, or one for each port. */
  readonly pathOf: (port: string) => string;
  readonly ring?: Ring | null;
  readonly filter?: string;
  readonly limits?: { readonly seconds?: number; readonly octets?: number; readonly frames?: number };
  readonly stop?: AbortSignal;
  /** Called once, when all ports are captured. */
  readonly onStart?: () => void;
  /** Told at once of what happens to a port, a sentence each. */
  readonly onEvent?: (sentence: string) => void;
  readonly onTick?: (state: RecordingState) => void;
}

export interface RecordingState {
  readonly frames: number;
  readonly octets: number;
  readonly dropped: number | null;
}

export interface Recording extends RecordingState {
  readonly files: readonly { readonly port: string | null; readonly paths: readonly string[] }[];
  /** What ended it early: a full disk. */
  readonly unwritten: { readonly path: string; readonly error: unknown } | null;
  /** A sentence for each port whose capture ended by itself. */
  readonly failures: readonly string[];
  /** A sentence for each change of a port's link. */
  readonly events: readonly string[];
}

const TURN = 1024 * 1024; // octets of a port that always has some, until the others and Ctrl-C have their turn
const HOLD_MS = 1000;
const TICK_MS = 250;
const ASSUMED = { linkType: 1, snapLength: 0, nanoseconds: true } as const;

export async function record(options: RecordingOptions): Promise<Recording> {
  return new Recorder(options).run();
}

/** One file, and the ports in it. */
interface Kept {
  readonly path: string;
  readonly ports: readonly number[];
  readonly output: Output;
  readonly order: InOrder;
}

class Recorder {
  readonly #options: RecordingOptions;
  readonly #kept: Kept[] = [];
  readonly #events: string[] = [];
  readonly #failures: string[] = [];
  #unwritten: Recording['unwritten'] = null;
  #frames = 0;
  #enough = false;
  #running: number;
  #described = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #headers: (PacketHeader | null)[];

  constructor(options: RecordingOptions) {
    this.#options = options;
    this.#running = options.ports.length;
    this.#headers = options.ports.map(() => null);
  }

  async run(): Promise<Recording> {
    const { ports, stop } = this.#options;
    try {
      this.#open();
    } catch (error) {
      for (const { stream } of ports) stream.close();
      throw error;
    }
    const end = () => this.#end();
    this.#countDown();
    stop?.addEventListener('abort', end);
    if (stop?.aborted) end();
    const ticking = this.#tick();
    try {
      await Promise.all(ports.map((port, index) => this.#read(port, index)));
      await ticking;
      this.#look();
      this.#describeAll();
      for (const kept of this.#kept) this.#release(kept, Number.POSITIVE_INFINITY);
      for (const { path, output } of this.#kept) this.#guarded(path, () => output.close());
    } finally {
      clearTimeout(this.#timer);
      stop?.removeEventListener('abort', end);
      for (const { stream } of ports) stream.close();
    }
    return this.#result();
  }

  /** Anew once all ports are captured: the others wait for the slowest. */
  #countDown(): void {
    const { limits } = this.#options;
    clearTimeout(this.#timer);
    if (limits?.seconds !== undefined) this.#timer = setTimeout(() => this.#end(), limits.seconds * 1000);
  }

  #end(): void {
    for (const { stream } of this.#options.ports) stream.stop();
  }

  async #read({ name, stream }: RecordedPort, index: number): Promise<void> {
    const packets = new PacketStream(stream.name);
    const kept = this.#kept.find(({ ports }) => ports.includes(index))!;
    const lane = kept.ports.indexOf(index);
    try {
      for (let sinceTurn = 0; ; ) {
        const octets = await stream.read(packets.room);
        if (octets === 0) break;
        sinceTurn += octets;
        const whole = packets.took(octets);
        if (packets.header !== null) this.#began(index, packets.header);
        if (whole !== null) kept.order.add(lane, packets.header!, whole, performance.now());
        if (whole !== null && kept.ports.length === 1) this.#release(kept, performance.now());
        if (sinceTurn < TURN) continue;
        sinceTurn = 0;
        this.#release(kept, performance.now());
        await setImmediate();
      }
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      stream.stop();
      this.#failed(`${name}: ${error.problem}`);
    }
    if (stream.failure) this.#failed(`${name}: ${stream.failure}`);
    if (packets.header === null && !stream.stopped) await this.#nothingOf(stream);
    kept.order.end(lane);
    this.#running--;
  }

  #failed(sentence: string): void {
    this.#failures.push(sentence);
    this.#options.onEvent?.(sentence);
  }

  /** A port that gives nothing at all ends the capture: without it every claim about the others would be wrong. */
  async #nothingOf({ name, failure }: Stream): Promise<never> {
    this.#end();
    const forbidden = /permission|not permitted|password is required/i.test(failure ?? '');
    throw new CaptureError(
      forbidden ? 'capture-permission' : 'capture-nothing',
      { source: name },
      failure ?? 'gave nothing',
      forbidden
        ? 'Capturing takes root over there: --ssh root@…, or --become sudo where sudo asks for no password.'
        : 'Without this port the others would be misread. Mend it, or leave it out.',
    );
  }

  async #tick(): Promise<void> {
    while (this.#running > 0) {
      await wait(TICK_MS);
      this.#look();
      for (const kept of this.#kept) {
        this.#release(kept, performance.now());
        this.#guarded(kept.path, () => kept.output.flush());
      }
      this.#options.onTick?.(this.#state());
    }
  }

  #look(): void {
    for (const { name, events } of this.#options.ports) {
      for (const { timeMs, detail } of events?.() ?? []) {
        const sentence = `${name}: ${detail} at ${new Date(timeMs).toISOString()}`;
        this.#events.push(sentence);
        this.#options.onEvent?.(sentence);
      }
    }
  }

  #began(index: number, header: PacketHeader): void {
    if (this.#headers[index] !== null) return;
    this.#headers[index] = header;
    if (this.#headers.includes(null)) return;
    this.#describeAll();
    this.#countDown();
    this.#options.onStart?.();
  }

  /** In the order in which the ports were given; frames wait until all of them have begun, unless they have become too many. */
  #release(kept: Kept, now: number): void {
    if (!this.#described && !kept.order.isFull) return;
    this.#describeAll();
    // What ends at a number of frames or octets ends at the frame.
    const { limits, ring } = this.#options;
    const isCounted = Boolean(ring) || limits?.frames !== undefined || limits?.octets !== undefined;
    kept.order.release(now, (run) => this.#put(kept, run), isCounted ? 1 : undefined);
  }

  #put(kept: Kept, run: Run): void {
    if (this.#enough) return;
    run.port = kept.ports[run.port]!;
    this.#guarded(kept.path, () => kept.output.add(run));
    this.#frames += run.frames;
    const { limits } = this.#options;
    const octets = limits?.octets !== undefined && this.#octets() >= limits.octets;
    if (!octets && !(limits?.frames !== undefined && this.#frames >= limits.frames)) return;
    this.#enough = true;
    this.#end();
  }

  #octets(): number {
    return this.#kept.reduce((sum, { output }) => sum + output.octets, 0);
  }

  /** A disk that is full ends the writing; what is on it stays. */
  #guarded(path: string, write: () => void): void {
    if (this.#unwritten !== null && this.#unwritten.path === path) return;
    try {
      write();
    } catch (error) {
      this.#unwritten ??= { path, error };
      this.#enough = true;
      this.#end();
    }
  }

  /** A port that gave no header is described too: its file says that it was captured, and silent. */
  #describeAll(): void {
    if (this.#described) return;
    this.#described = true;
    const { ports, filter } = this.#options;
    for (const [index, { name, bitsPerSecond = null }] of ports.entries()) {
      const { linkType, snapLength, nanoseconds } = this.#headers[index] ?? ASSUMED;
      const about = { name, linkType, snapLength, nanoseconds, bitsPerSecond };
      const description = { ...about, ...(filter ? { filter } : {}) };
      const { path, output } = this.#kept.find(({ ports }) => ports.includes(index))!;
      this.#guarded(path, () => output.describe(index, description));
    }
  }

  #open(): void {
    const { ports, pathOf, ring = null } = this.#options;
    const byPath = new Map<string, number[]>();
    for (const [index, { name }] of ports.entries()) {
      byPath.set(pathOf(name), [...(byPath.get(pathOf(name)) ?? []), index]);
    }
    for (const [path, indexes] of byPath) {
      const output = new Output(path, ring, (index) => this.#statistics(index));
      this.#kept.push({ path, ports: indexes, output, order: new InOrder(indexes.length, HOLD_MS) });
    }
  }

  #dropsOf({ drops, stream }: RecordedPort): Drops | null {
    return drops?.() ?? stream.drops ?? null;
  }

  #statistics(index: number): WrittenStatistics {
    const port = this.#options.ports[index]!;
    const drops = this.#dropsOf(port);
    return {
      received: port.received?.() ?? null,
      droppedByKernel: drops?.kernel ?? null,
      droppedByInterface: drops?.interface ?? null,
    };
  }

  #state(): RecordingState {
    const known = this.#options.ports.flatMap((port) => this.#dropsOf(port) ?? []);
    const dropped = known.reduce((sum, drops) => sum + (drops.kernel ?? 0) + (drops.interface ?? 0), 0);
    return { frames: this.#frames, octets: this.#octets(), dropped: known.length === 0 ? null : dropped };
  }

  #result(): Recording {
    const { ports } = this.#options;
    const files = this.#kept.map(({ ports: indexes, output: { paths } }) => ({
      port: indexes.length === 1 ? ports[indexes[0]!]!.name : null,
      paths,
    }));
    const state = this.#state();
    return { ...state, files, unwritten: this.#unwritten, failures: this.#failures, events: this.#events };
  }
}
