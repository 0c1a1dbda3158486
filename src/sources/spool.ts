/**
 * Streams that come as they are captured are kept in a file until they end, then read as any other: a port without traffic
 * never holds back the others, no writer waits for the analysis, and the capture can be read twice. The file has no name, so
 * nothing is left behind however this process ends.
 */
import { closeSync, constants, mkdtempSync, openSync, readSync, rmdirSync, unlinkSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CaptureError } from '../errors.js';
import type { Source } from './source.js';

const BLOCK = 256 * 1024;

/** What is still being captured. */
export interface Stream extends Source {
  /** Asks it to end; what came until then still comes. */
  stop(): void;
}

export class Spool {
  octets = 0;
  readonly #fd: number;
  #writer: FileHandle | null;
  #full: string | null = null;

  private constructor(
    readonly stream: Stream,
    writer: FileHandle,
    fd: number,
  ) {
    this.#writer = writer;
    this.#fd = fd;
  }

  static async of(stream: Stream, folder = tmpdir()): Promise<Spool> {
    const [writer, fd] = await namelessFile(folder);
    return new Spool(stream, writer, fd);
  }

  /** Takes in all of it. A full disk ends the stream, and is its failure. */
  async fill(onOctets: (octets: number) => void): Promise<void> {
    const block = new Uint8Array(BLOCK);
    for (;;) {
      const octets = await this.stream.read(block);
      if (octets === 0) break;
      if (this.#full !== null) continue; // it was told to end
      await this.#write(block, octets);
      onOctets(octets);
    }
    await this.#writer!.close();
    this.#writer = null;
    if (this.octets > 0) return;
    throw new CaptureError(
      'input-empty',
      { source: this.stream.name },
      this.failure ?? 'gave nothing: not even a capture header',
      'Run it by itself: it has to write a capture to its standard output, as tcpdump -U -w - does.',
    );
  }

  async #write(block: Uint8Array, octets: number): Promise<void> {
    try {
      for (let at = 0; at < octets; ) {
        const { bytesWritten } = await this.#writer!.write(block, at, octets - at);
        at += bytesWritten;
        this.octets += bytesWritten;
      }
    } catch (error) {
      this.#full = `it could not be kept in ${tmpdir()} (${(error as Error).message}); TMPDIR names another folder`;
      this.stream.stop();
    }
  }

  get failure(): string | null {
    return this.#full ?? this.stream.failure ?? null;
  }

  /** The whole of it, from the start, as often as wanted. */
  open(): Source {
    let position = 0;
    const { stream, octets, failure } = this;
    const fd = this.#fd;
    return {
      name: stream.name,
      size: octets,
      failure,
      drops: stream.drops ?? null,
      stopped: stream.stopped === true && this.#full === null,
      read(into) {
        const n = readSync(fd, into, 0, into.length, position);
        position += n;
        return n;
      },
      close: () => undefined,
    };
  }

  close(): void {
    this.stream.close();
    void this.#writer?.close().catch(() => undefined);
    this.#writer = null;
    closeSync(this.#fd);
  }
}

async function namelessFile(folder: string): Promise<[FileHandle, number]> {
  let own: string;
  try {
    own = mkdtempSync(join(folder, 'lacpscope-'));
  } catch (error) {
    throw new CaptureError(
      'spool-unwritable',
      { source: folder },
      `cannot be written (${(error as Error).message})`,
      'TMPDIR names the folder in which streams are kept until they end: TMPDIR=/var/tmp lacpscope …',
    );
  }
  const path = join(own, 'stream');
  const writer = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  const fd = openSync(path, 'r');
  unlinkSync(path);
  rmdirSync(own);
  return [writer, fd];
}
