import { setImmediate } from 'node:timers/promises';
import type { Source } from './source.js';

const BLOCK = 256 * 1024;
const TURN = 8 * 1024 * 1024; // packed octets between two turns of the event loop: a file may unpack to nothing at all

/** Packed data that cannot be unpacked further: why, and at which octet of the packed file. */
export class Damage extends Error {
  constructor(
    readonly reason: string,
    readonly offset: number,
  ) {
    super(reason);
  }
}

/** The octets of a packed source, in order: as many as are there, or exactly as many as a format needs. */
export class PackedBytes {
  /** Octets taken so far. */
  position = 0;
  readonly #source: Source;
  #buffer = new Uint8Array(BLOCK);
  #from = 0;
  #to = 0;
  #sinceTurn = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  get name(): string {
    return this.#source.name;
  }

  /** Takes what is there, at least one octet; none at the end. Valid until the next call. */
  async some(): Promise<Uint8Array> {
    if (this.#from === this.#to) await this.#fill();
    return this.#taken(this.#to - this.#from);
  }

  /** Gives back the last octets of what was taken. */
  back(octets: number): void {
    this.#from -= octets;
    this.position -= octets;
  }

  /** The next octets without taking them; fewer at the end. */
  async ahead(octets: number): Promise<Uint8Array> {
    while (this.#to - this.#from < octets && (await this.#fill()));
    return this.#buffer.subarray(this.#from, Math.min(this.#to, this.#from + octets));
  }

  /** Takes exactly so many. Valid until the next call. @throws Damage where the data ends before. */
  async take(octets: number): Promise<Uint8Array> {
    const there = await this.ahead(octets);
    if (there.length < octets) throw this.cut();
    return this.#taken(octets);
  }

  /** Takes and forgets. @throws Damage where the data ends before. */
  async skip(octets: number): Promise<void> {
    for (let left = octets; left > 0; ) {
      const chunk = await this.some();
      if (chunk.length === 0) throw this.cut();
      if (chunk.length > left) this.back(chunk.length - left);
      left -= Math.min(left, chunk.length);
    }
  }

  cut(): Damage {
    return new Damage('it ends too early', this.position + this.#to - this.#from);
  }

  /** Hands on what is left, unpacked or not, for a source that turned out to be plain. */
  read(into: Uint8Array): number | Promise<number> {
    if (this.#from === this.#to) return this.#source.read(into);
    const chunk = this.#taken(Math.min(into.length, this.#to - this.#from));
    into.set(chunk);
    return chunk.length;
  }

  close(): void {
    this.#source.close();
  }

  #taken(octets: number): Uint8Array {
    const bytes = this.#buffer.subarray(this.#from, this.#from + octets);
    this.#from += octets;
    this.position += octets;
    return bytes;
  }

  /** @returns false at the end. */
  async #fill(): Promise<boolean> {
    if (this.#from === this.#to) this.#from = this.#to = 0;
    if (this.#to === this.#buffer.length) this.#makeRoom();
    const octets = await this.#source.read(this.#buffer.subarray(this.#to));
    this.#to += octets;
    this.#sinceTurn += octets;
    if (this.#sinceTurn >= TURN) {
      this.#sinceTurn = 0;
      await setImmediate();
    }
    return octets > 0;
  }

  /** Formats ask for a block at once, at most 4 MiB of it. */
  #makeRoom(): void {
    const left = this.#buffer.subarray(this.#from, this.#to);
    const buffer = this.#from > 0 ? this.#buffer : new Uint8Array(2 * this.#buffer.length);
    buffer.set(left);
    this.#buffer = buffer;
    this.#to -= this.#from;
    this.#from = 0;
  }
}
