/**
 * The first seconds of a capture, kept until they say which side is the local one: what was counted with the wrong side could not be
 * counted again.
 */
import type { Pass } from '../engine/pass.js';
import { runPass } from '../engine/run-pass.js';
import { findStation, type LocalStation } from '../flows/station.js';
import type { Source } from '../sources/source.js';
import type { Stream } from '../sources/spool.js';

const BLOCK = 256 * 1024;
const ROWS = 50_000;
const HEADER = 24;

/** A stream that is read ahead, and then gives all of it from the start. */
export class KeptStream implements Source {
  readonly size = null;
  octets = 0;
  readonly #kept: Uint8Array[] = [];
  #enough = false;
  #ended = false;
  #failure: { readonly error: unknown } | null = null;
  #reading: Promise<void> | null = null;

  constructor(readonly stream: Stream) {}

  get name(): string {
    return this.stream.name;
  }

  get failure(): string | null {
    return this.stream.failure ?? null;
  }

  get stopped(): boolean {
    return this.stream.stopped === true;
  }

  /** Reads ahead until it is told that this is enough. */
  keep(): void {
    this.#reading = this.#read().catch((error) => {
      this.#failure = { error };
    });
  }

  async #read(): Promise<void> {
    while (!this.#enough && !this.#ended) {
      const block = new Uint8Array(BLOCK);
      const octets = await this.stream.read(block);
      if (octets === 0) this.#ended = true;
      else this.#kept.push(block.slice(0, octets));
      this.octets += octets;
    }
  }

  get hasEnded(): boolean {
    return this.#ended || this.#failure !== null;
  }

  enough(): void {
    this.#enough = true;
  }

  /** What was kept so far, as a source of its own. */
  beginning(): Source {
    let block = 0;
    let at = 0;
    return {
      name: this.name,
      size: null,
      read: (into) => {
        const kept = this.#kept[block];
        if (kept === undefined) return 0;
        const n = Math.min(into.length, kept.length - at);
        into.set(kept.subarray(at, at + n));
        at += n;
        if (at === kept.length) {
          block++;
          at = 0;
        }
        return n;
      },
      close: () => undefined,
    };
  }

  async read(into: Uint8Array): Promise<number> {
    for (;;) {
      const [kept] = this.#kept;
      if (kept !== undefined) {
        const n = Math.min(into.length, kept.length);
        into.set(kept.subarray(0, n));
        if (n === kept.length) this.#kept.shift();
        else this.#kept[0] = kept.subarray(n);
        return n;
      }
      if (this.#failure !== null) throw this.#failure.error;
      if (this.#ended) return 0;
      if (this.#reading === null) return this.stream.read(into);
      await this.#reading; // the block that was on its way when it was enough
      this.#reading = null;
    }
  }

  get quietUntil(): (() => number | null) | undefined {
    const { stream } = this;
    if (stream.quietUntil === undefined) return undefined;
    return () => (this.#kept.length > 0 ? null : stream.quietUntil!());
  }

  close(): void {
    this.stream.close();
  }
}

export interface Kept {
  /** Of the member port, where it is one. */
  readonly name: string | null;
  readonly kept: KeptStream;
}

/** Packets that say who talks to whom: with fewer, more is waited for, however long the links are quiet. */
const ENOUGH_PACKETS = 200;

/** @returns null as long as more should be seen, if there is time */
export async function stationOf(
  streams: readonly Kept[],
  local: readonly string[],
): Promise<{ readonly station: LocalStation; readonly isCertain: boolean; readonly isEnough: boolean } | null> {
  const begun = streams.filter(({ kept }) => kept.octets > HEADER);
  if (begun.length === 0) return null;
  const pass: Pass = await runPass({
    inputs: begun.map(({ name, kept }) => ({ portName: name, source: kept.beginning(), partial: true })),
    localMacs: [],
    maxFlows: ROWS,
    skewSeconds: 0.001,
  });
  const station = findStation(pass, local);
  const isEnough = pass.totals.ipv4 + pass.totals.ipv6 >= ENOUGH_PACKETS;
  const isCertain = isEnough && station.basis !== 'unknown' && station.ambiguous === null;
  return { station, isCertain, isEnough };
}
