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
export class PipeSource implements Stream, Source {
  readonly size = null;
  stopped = false;
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

  /**
   * One of several that are read at once. A FIFO is opened without waiting for its writer, and waited for as sockets are: there
   * are but four threads for files, and each waits for one.
   */
  static among(path: string): PipeSource {
    if (path === '-') return PipeSource.standardInput();
    let fd: number;
    try {
      if (!statSync(path).isFIFO()) return PipeSource.path(path);
      fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      throw unreadable(path, error);
    }
    return new PipeSource(path, new Socket({ fd, readable: true, writable: false }));
  }

  /** Whoever writes is not told; what has not come is not waited for. */
  stop(): void {
    this.stopped = true;
    this.#stream.destroy();
  }

  async read(into: Uint8Array): Promise<number> {
    if (this.#rest === null) {
      try {
        const next = await this.#chunks.next();
        if (next.done) return 0;
        this.#rest = next.value;
      } catch (error) {
        if (this.stopped) return 0;
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
