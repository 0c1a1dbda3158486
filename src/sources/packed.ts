import { CaptureError } from '../errors.js';
import { type Compression, unpackerOf } from './compression.js';
import { Damage, type PackedBytes } from './packed-bytes.js';
import type { Source } from './source.js';

/** A packed file or pipe, unpacked as it is read: memory stays bounded whatever it unpacks to. */
export class PackedSource implements Source {
  readonly size = null;
  failure: string | null = null;
  readonly #packed: PackedBytes;
  #unpacked: AsyncGenerator<Uint8Array> | null = null;
  #rest = new Uint8Array();
  #gaveAny = false;

  constructor(
    readonly name: string,
    readonly compression: Compression,
    packed: PackedBytes,
  ) {
    this.#packed = packed;
  }

  /**
   * Fills all of `into` except at the end: how inputs take turns then is what it would be with the plain file, and so is the
   * document, to the byte. What was unpacked before damage counts: the stream ends there, and `failure` says why.
   *
   * @throws CaptureError where nothing could be unpacked, or the data needs what is not offered (a dictionary, a huge window)
   */
  async read(into: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < into.length) {
      if (this.#rest.length === 0) {
        const next = this.failure === null ? await this.#next() : null;
        if (next === null) break;
        this.#rest = next;
      }
      const n = Math.min(this.#rest.length, into.length - filled);
      into.set(this.#rest.subarray(0, n), filled);
      this.#rest = this.#rest.subarray(n);
      filled += n;
      this.#gaveAny = true;
    }
    return filled;
  }

  async #next(): Promise<Uint8Array<ArrayBuffer> | null> {
    try {
      this.#unpacked ??= (await unpackerOf(this.compression))(this.#packed);
      const { value, done } = await this.#unpacked.next();
      return done ? null : (value as Uint8Array<ArrayBuffer>);
    } catch (error) {
      if (error instanceof CaptureError && this.#gaveAny) this.failure = error.problem;
      else if (error instanceof Damage) this.failure = this.#damaged(error);
      else throw error;
      return null;
    }
  }

  #damaged({ reason, offset }: Damage): string {
    const problem = `the ${this.compression} data is damaged or cut off at its byte ${offset}: ${reason}`;
    if (this.#gaveAny) return problem;
    throw new CaptureError('packed-damaged', { source: this.name, offset }, problem, 'Copy the file again.');
  }

  close(): void {
    this.#packed.close();
    void this.#unpacked?.return(undefined).catch(() => undefined);
  }
}
