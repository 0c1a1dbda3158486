/** Frames of several ports, put in the order of time as they come: a capture file of all of them is read as one stream. */
import type { Memory, PacketHeader, Packets } from './packets.js';

/** Blocks of one port that follow each other, where they are: valid until the next. */
export interface Run {
  port: number;
  memory: Memory;
  from: number;
  end: number;
  frames: number;
}

interface Waiting {
  readonly memory: Memory;
  readonly end: number;
  readonly arrived: number;
  readonly lastNs: number; // time of its last frame
  at: number;
  frames: number;
}

interface Lane {
  readonly waiting: Waiting[];
  nanoseconds: boolean;
  ended: boolean;
  /** Times of the frame that came last, and of the one that is next. */
  lastNs: number;
  headNs: number;
}

const WORD = 4294967296;
const NEVER = Number.POSITIVE_INFINITY;

export class InOrder {
  readonly #lanes: Lane[];
  readonly #holdMs: number;
  readonly #most: number;
  #octets = 0;
  #origin: Origin | null = null;

  /**
   * @param holdMs how long a frame waits for earlier ones of other ports. What comes later than that is written when it comes.
   * @param most octets that wait at once, at most; then the oldest wait no longer
   */
  constructor(ports: number, holdMs: number, most = 64 * 1024 * 1024) {
    this.#lanes = Array.from({ length: ports }, () => ({
      waiting: [],
      nanoseconds: false,
      ended: false,
      lastNs: -NEVER,
      headNs: NEVER,
    }));
    this.#holdMs = holdMs;
    this.#most = most;
  }

  add(port: number, { nanoseconds }: PacketHeader, packets: Packets, now: number): void {
    const { memory, from, end, frames } = packets;
    const lane = this.#lanes[port]!;
    lane.nanoseconds = nanoseconds;
    this.#origin ??= originAt(memory.view, from, nanoseconds);
    lane.lastNs = this.#timeAt(lane, memory, packets.last);
    lane.waiting.push({ memory, at: from, end, frames, arrived: now, lastNs: lane.lastNs });
    if (lane.waiting.length === 1) lane.headNs = this.#timeAt(lane, memory, from);
    this.#octets += end - from;
  }

  get isFull(): boolean {
    return this.#octets > this.#most;
  }

  /** A port that has ended brings nothing earlier any more. */
  end(port: number): void {
    this.#lanes[port]!.ended = true;
  }

  /**
   * Gives what need not wait any longer, in order.
   *
   * @param most frames of a run
   */
  release(now: number, put: (run: Run) => void, most = NEVER): void {
    const until = this.isFull || this.#lanes.length === 1 ? NEVER : this.#until(now) + 1; // times are whole nanoseconds
    const run: Run = { port: 0, memory: NOTHING, from: 0, end: 0, frames: 0 };
    for (;;) {
      let [first, second, from] = [until, until, -1];
      for (let port = 0; port < this.#lanes.length; port++) {
        const { headNs } = this.#lanes[port]!;
        if (headNs < first) {
          second = first;
          first = headNs;
          from = port;
        } else if (headNs < second) second = headNs;
      }
      if (from < 0) return;
      this.#take(from, second, most, run);
      put(run);
      this.#taken(from);
    }
  }

  /** Of all that are still to come none is earlier, as far as is known; or it has waited long enough. */
  #until(now: number): number {
    let complete = NEVER;
    let waited = -NEVER;
    for (const lane of this.#lanes) {
      if (!lane.ended) complete = Math.min(complete, lane.lastNs);
      for (const { arrived, lastNs } of lane.waiting) {
        if (now - arrived < this.#holdMs) break;
        waited = Math.max(waited, lastNs);
      }
    }
    return Math.max(complete, waited);
  }

  /** Nanoseconds since the second of the first frame; exact for 104 days. */
  #timeAt({ nanoseconds }: Lane, { view }: Memory, at: number): number {
    const { high, low } = nanoseconds ? this.#origin!.nano : this.#origin!.micro;
    const ticks = (view.getUint32(at + 12, true) - high) * WORD + (view.getUint32(at + 16, true) - low);
    return nanoseconds ? ticks : ticks * 1000;
  }

  /** The frames of a port from its next one on, as long as they are earlier than `untilNs`. */
  #take(port: number, untilNs: number, most: number, run: Run): void {
    const lane = this.#lanes[port]!;
    const first = lane.waiting[0]!;
    const { memory, end } = first;
    let { at } = first;
    let frames = 0;
    if (untilNs === NEVER && most === NEVER) {
      at = end;
      frames = first.frames;
    } else {
      do {
        at += memory.view.getUint32(at + 4, true);
        frames++;
        lane.headNs = at < end ? this.#timeAt(lane, memory, at) : NEVER;
      } while (lane.headNs < untilNs && frames < most);
    }
    run.port = port;
    run.memory = memory;
    run.from = first.at;
    run.end = at;
    run.frames = frames;
    first.at = at;
    first.frames -= frames;
    this.#octets -= at - run.from;
  }

  #taken(port: number): void {
    const lane = this.#lanes[port]!;
    const first = lane.waiting[0]!;
    if (first.at < first.end) return;
    first.memory.waiting--;
    lane.waiting.shift();
    const [next] = lane.waiting;
    lane.headNs = next === undefined ? NEVER : this.#timeAt(lane, next.memory, next.at);
  }
}

const EMPTY = new ArrayBuffer(0);
const NOTHING: Memory = {
  bytes: new Uint8Array(EMPTY),
  view: new DataView(EMPTY),
  words: new Int32Array(EMPTY),
  waiting: 0,
};

/** Ticks since the epoch of the second in which the first frame came, as two words: they do not fit 53 bits. */
interface Origin {
  readonly nano: { readonly high: number; readonly low: number };
  readonly micro: { readonly high: number; readonly low: number };
}

function originAt(view: DataView, at: number, nanoseconds: boolean): Origin {
  const ticks = (BigInt(view.getUint32(at + 12, true)) << 32n) | BigInt(view.getUint32(at + 16, true));
  const seconds = ticks / (nanoseconds ? 1_000_000_000n : 1_000_000n);
  const words = (count: bigint) => ({ high: Number(count >> 32n), low: Number(count & 0xffff_ffffn) });
  return { nano: words(seconds * 1_000_000_000n), micro: words(seconds * 1_000_000n) };
}
