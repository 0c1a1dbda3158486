import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { PipeSource } from './pipe.js';
import type { Source } from './source.js';

export const isGzip = (head: Uint8Array) => head.length >= 2 && head[0] === 0x1f && head[1] === 0x8b;

/** A gzip file read as a stream: memory stays bounded whatever it unpacks to. */
export class GzipSource implements Source {
  readonly size = null;
  readonly compression = 'gzip';
  failure: string | null = null;
  readonly #pipe: PipeSource;
  readonly #input: ReturnType<typeof createReadStream>;

  constructor(readonly name: string) {
    this.#input = createReadStream(name, { highWaterMark: 256 * 1024 });
    const unpacked = createGunzip({ chunkSize: 256 * 1024 });
    // Errors reach the reader below; the callback keeps them from being thrown a second time.
    pipeline(this.#input, unpacked, () => {});
    this.#pipe = new PipeSource(name, unpacked);
  }

  /** What was unpacked before the damage counts: the stream ends there, and `failure` says why. */
  async read(into: Uint8Array): Promise<number> {
    if (this.failure !== null) return 0;
    try {
      return await this.#pipe.read(into);
    } catch (error) {
      const cause = (error as Error).cause ?? error;
      this.failure = `the gzip data is damaged or cut off (${(cause as Error).message})`;
      return 0;
    }
  }

  close(): void {
    this.#pipe.close();
    this.#input.destroy();
  }
}
