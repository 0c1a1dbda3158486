/** Ports that are captured, written to files until a limit is reached or somebody stops it. */
import { setImmediate, setTimeout as wait } from 'node:timers/promises';
import type { PcapHeader } from '../capture-file/pcap.js';
import type { WrittenStatistics } from '../capture-file/pcapng-writer.js';
import { CaptureError } from '../errors.js';
import type { Drops } from '../sources/source.js';
import type { Stream } from '../sources/spool.js';
import { type Frame, InOrder } from './in-order.js';
import { Output, type Ring } from './output.js';
import { RecordStream } from './records.js';

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

const BLOCK = 256 * 1024;
const TURN = 1024 * 1024; // octets of a port that always has some, until the others and Ctrl-C have their turn
const HOLD_MS = 1000;
const TICK_MS = 250;
const ASSUMED = { linkType: 1, snapLength: 0, nanoseconds: true } as const;

export async function record(options: RecordingOptions): Promise<Recording> {
  return new Recorder(options).run();
}

class Recorder {
  readonly #options: RecordingOptions;
  readonly #outputs = new Map<string, Output>(); // by path
  readonly #order: InOrder;
  readonly #events: string[] = [];
  readonly #failures: string[] = [];
  #unwritten: Recording['unwritten'] = null;
  #frames = 0;
  #enough = false;
  #running: number;
  #described = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #headers: (PcapHeader | null)[];

  constructor(options: RecordingOptions) {
    this.#options = options;
    this.#running = options.ports.length;
    this.#headers = options.ports.map(() => null);
    const alone = new Set(options.ports.map(({ name }) => options.pathOf(name))).size === options.ports.length;
    this.#order = new InOrder(options.ports.length, alone ? 0 : HOLD_MS);
  }

  async run(): Promise<Recording> {
    const { ports, stop } = this.#options;
    try {
      for (const { name } of ports) this.#outputOf(name);
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
      this.#release(Number.POSITIVE_INFINITY);
      for (const [path, output] of this.#outputs) this.#guarded(path, () => output.close());
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
    const records = new RecordStream(stream.name);
    const block = new Uint8Array(BLOCK);
    try {
      for (let sinceTurn = 0; ; ) {
        const octets = await stream.read(block);
        if (octets === 0) break;
        sinceTurn += octets;
        const whole = records.feed(block.subarray(0, octets));
        if (records.header !== null) this.#began(index, records.header);
        if (whole !== null) this.#order.add(index, records.header!, whole, performance.now());
        if (sinceTurn < TURN) continue;
        sinceTurn = 0;
        if (this.#order.isFull) this.#release(performance.now());
        await setImmediate();
      }
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      stream.stop();
      this.#failed(`${name}: ${error.problem}`);
    }
    if (stream.failure) this.#failed(`${name}: ${stream.failure}`);
    if (records.header === null && !stream.stopped) await this.#nothingOf(stream);
    this.#order.end(index);
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
      this.#release(performance.now());
      for (const [path, output] of this.#outputs) this.#guarded(path, () => output.flush());
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

  #began(index: number, header: PcapHeader): void {
    if (this.#headers[index] !== null) return;
    this.#headers[index] = header;
    if (this.#headers.includes(null)) return;
    this.#describeAll();
    this.#countDown();
    this.#options.onStart?.();
  }

  /** In the order in which the ports were given; frames wait until all of them have begun, unless they have become too many. */
  #release(now: number): void {
    if (!this.#described && !this.#order.isFull) return;
    this.#describeAll();
    this.#order.release(now, (frame) => this.#put(frame));
  }

  #put(frame: Frame): void {
    if (this.#enough) return;
    const path = this.#options.pathOf(this.#options.ports[frame.port]!.name);
    this.#guarded(path, () => this.#outputs.get(path)!.add(frame));
    this.#frames++;
    const { limits } = this.#options;
    const octets = limits?.octets !== undefined && this.#octets() >= limits.octets;
    if (!octets && !(limits?.frames !== undefined && this.#frames >= limits.frames)) return;
    this.#enough = true;
    this.#end();
  }

  #octets(): number {
    return [...this.#outputs.values()].reduce((sum, output) => sum + output.octets, 0);
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
    const { ports, pathOf, filter } = this.#options;
    for (const [index, { name, bitsPerSecond = null }] of ports.entries()) {
      const { linkType, snapLength, nanoseconds } = this.#headers[index] ?? ASSUMED;
      const about = { name, linkType, snapLength, nanoseconds, bitsPerSecond };
      const description = { ...about, ...(filter ? { filter } : {}) };
      this.#guarded(pathOf(name), () => this.#outputs.get(pathOf(name))!.describe(index, description));
    }
  }

  #outputOf(port: string): void {
    const path = this.#options.pathOf(port);
    if (!this.#outputs.has(path)) {
      this.#outputs.set(path, new Output(path, this.#options.ring ?? null, (index) => this.#statistics(index)));
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
    const alone = this.#outputs.size > 1 || this.#options.ports.length === 1;
    const files = [...this.#outputs].map(([path, { paths }]) => ({
      port: alone ? this.#options.ports.find(({ name }) => this.#options.pathOf(name) === path)!.name : null,
      paths,
    }));
    const state = this.#state();
    return { ...state, files, unwritten: this.#unwritten, failures: this.#failures, events: this.#events };
  }
}
