import { constants, createReadStream, openSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { unreadable } from './file.js';
import type { Source } from './source.js';
import type { Stream } from './spool.js';

export const STANDARD_INPUT = 'standard input';

/** @throws CaptureError for what is not there */
export function isPipe(path: string): boolean {
  if (path === '-') return true;
  try {
    const stat = statSync(path);
    return !stat.isFile() && !stat.isDirectory();
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Standard input, a FIFO, a device: bytes that come once, in order. One read in flight: the writer is the bottleneck. */
export class PipeSource implements Source {
  readonly size = null;
  readonly #stream: Readable;
  #rest: Uint8Array | null = null;
  #chunks: AsyncIterator<Uint8Array>;

  constructor(
    readonly name: string,
    stream: Readable,
  ) {
    this.#stream = stream;
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  }

  static standardInput(): PipeSource {
    return new PipeSource(STANDARD_INPUT, process.stdin);
  }

  static path(name: string): PipeSource {
    return new PipeSource(name, createReadStream(name, { highWaterMark: 256 * 1024 }));
  }

  async read(into: Uint8Array): Promise<number> {
    if (this.#rest === null) {
      try {
        const next = await this.#chunks.next();
        if (next.done) return 0;
        this.#rest = next.value;
      } catch (error) {
        throw Object.assign(unreadable(this.name, error), { cause: error });
      }
    }
    const chunk = this.#rest;
    const n = Math.min(chunk.byteLength, into.byteLength);
    into.set(chunk.subarray(0, n));
    this.#rest = n < chunk.byteLength ? chunk.subarray(n) : null;
    return n;
  }

  close(): void {
    this.#stream.destroy();
  }
}

/** One that somebody is still writing to, beside others, and that is given up when there is enough. */
export class PipeStream extends PipeSource implements Stream {
  stopped = false;

  /**
   * A FIFO is opened without waiting for its writer, and waited for as sockets are: there are but four threads for files, and
   * each waits for one.
   *
   * @param path or '-' for standard input
   */
  static open(path: string): PipeStream {
    if (path === '-') return new PipeStream(STANDARD_INPUT, process.stdin);
    try {
      if (!statSync(path).isFIFO()) return new PipeStream(path, createReadStream(path));
      const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      return new PipeStream(path, new Socket({ fd, readable: true, writable: false }));
    } catch (error) {
      throw unreadable(path, error);
    }
  }

  override async read(into: Uint8Array): Promise<number> {
    try {
      return this.stopped ? 0 : await super.read(into);
    } catch (error) {
      if (this.stopped) return 0; // it was waiting
      throw error;
    }
  }

  stop(): void {
    this.stopped = true;
    this.close();
  }
}
