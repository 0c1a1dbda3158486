/** Frames of several ports, put in the order of time as they come: a capture file of all of them is read as one stream. */
import type { PcapHeader } from '../capture-file/pcap.js';
import { RECORD_HEADER, type Records } from './records.js';

/** One frame, where it is: valid until the next one. */
export interface Frame {
  port: number;
  seconds: number;
  part: number; // micro- or nanoseconds, as the port has them
  wire: number;
  data: Uint8Array;
}

interface Waiting {
  readonly records: Records;
  readonly arrived: number;
  readonly last: number; // time of its last record
  at: number;
}

interface Lane {
  readonly waiting: Waiting[];
  little: boolean;
  nanoseconds: boolean;
  /** Of the record that came last. */
  last: number;
  ended: boolean;
}

const NANOSECONDS = 1e9;

export class InOrder {
  readonly #lanes: Lane[];
  readonly #holdMs: number;
  readonly #most: number;
  #octets = 0;
  #origin: number | null = null; // seconds; differences to it are exact in 53 bits

  /**
   * @param holdMs how long a frame waits for earlier ones of other ports. What comes later than that is written when it comes.
   * @param most octets that wait at once, at most; then the oldest wait no longer
   */
  constructor(ports: number, holdMs: number, most = 64 * 1024 * 1024) {
    this.#lanes = Array.from({ length: ports }, () => ({
      waiting: [],
      little: true,
      nanoseconds: false,
      last: Number.NEGATIVE_INFINITY,
      ended: false,
    }));
    this.#holdMs = holdMs;
    this.#most = most;
  }

  add(port: number, header: PcapHeader, records: Records, now: number): void {
    const lane = this.#lanes[port]!;
    lane.little = !header.swapped;
    lane.nanoseconds = header.nanoseconds;
    let last = 0;
    for (let at = 0; at < records.bytes.length; at += RECORD_HEADER + records.view.getUint32(at + 8, lane.little)) {
      last = at;
    }
    this.#origin ??= records.view.getUint32(0, lane.little);
    lane.last = this.#timeAt(lane, records, last);
    lane.waiting.push({ records, arrived: now, last: lane.last, at: 0 });
    this.#octets += records.bytes.length;
  }

  get isFull(): boolean {
    return this.#octets > this.#most;
  }

  /** A port that has ended brings nothing earlier any more. */
  end(port: number): void {
    this.#lanes[port]!.ended = true;
  }

  /** Gives what need not wait any longer, in order. */
  release(now: number, put: (frame: Frame) => void): void {
    const until = this.isFull ? Number.POSITIVE_INFINITY : this.#until(now);
    const frame: Frame = { port: 0, seconds: 0, part: 0, wire: 0, data: new Uint8Array() };
    for (;;) {
      let earliest = until;
      let from = -1;
      for (let port = 0; port < this.#lanes.length; port++) {
        const lane = this.#lanes[port]!;
        const [first] = lane.waiting;
        if (first === undefined) continue;
        const time = this.#timeAt(lane, first.records, first.at);
        if (time < earliest || (time === earliest && from < 0)) {
          earliest = time;
          from = port;
        }
      }
      if (from < 0) return;
      this.#take(from, frame);
      put(frame);
    }
  }

  /** Of all that are still to come none is earlier, as far as is known; or it has waited long enough. */
  #until(now: number): number {
    let complete = Number.POSITIVE_INFINITY;
    let waited = Number.NEGATIVE_INFINITY;
    for (const lane of this.#lanes) {
      if (!lane.ended) complete = Math.min(complete, lane.last);
      for (const { arrived, last } of lane.waiting) {
        if (now - arrived < this.#holdMs) break;
        waited = Math.max(waited, last);
      }
    }
    return Math.max(complete, waited);
  }

  #timeAt({ little, nanoseconds }: Lane, { view }: Records, at: number): number {
    const part = view.getUint32(at + 4, little);
    return (view.getUint32(at, little) - this.#origin!) * NANOSECONDS + (nanoseconds ? part : part * 1000);
  }

  #take(port: number, frame: Frame): void {
    const lane = this.#lanes[port]!;
    const first = lane.waiting[0]!;
    const { bytes, view } = first.records;
    const captured = view.getUint32(first.at + 8, lane.little);
    frame.port = port;
    frame.seconds = view.getUint32(first.at, lane.little);
    frame.part = view.getUint32(first.at + 4, lane.little);
    frame.wire = view.getUint32(first.at + 12, lane.little);
    frame.data = bytes.subarray(first.at + RECORD_HEADER, first.at + RECORD_HEADER + captured);
    first.at += RECORD_HEADER + captured;
    this.#octets -= RECORD_HEADER + captured;
    if (first.at >= bytes.length) lane.waiting.shift();
  }
}
