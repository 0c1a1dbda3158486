import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { CaptureError } from '../errors.js';
import type { Source } from './source.js';

/** A regular file, read by position. Identity (device and inode) tells whether two names are one file. */
export class FileSource implements Source {
  readonly size: number;
  readonly identity: string;
  #fd: number | null;
  #position = 0;

  constructor(readonly name: string) {
    this.#fd = openFile(name);
    const stat = fstatSync(this.#fd, { bigint: true });
    if (stat.isDirectory()) {
      this.close();
      throw new CaptureError('input-directory', { source: name }, 'is a directory', 'Name the capture files in it.');
    }
    this.size = Number(stat.size);
    this.identity = `${stat.dev}:${stat.ino}`;
    if (stat.isFile() && this.size === 0) {
      this.close();
      throw new CaptureError(
        'input-empty',
        { source: name, offset: 0 },
        'the file is empty (0 bytes): not even a capture header',
        'Capture this port again: a port that is merely idle still gives a file with a header.',
      );
    }
  }

  read(into: Uint8Array): number {
    const n = this.#readAt(into, this.#position);
    this.#position += n;
    return n;
  }

  /** The first bytes, without moving on. */
  peek(into: Uint8Array): number {
    return this.#readAt(into, 0);
  }

  #readAt(into: Uint8Array, position: number): number {
    if (this.#fd === null) return 0;
    try {
      return readSync(this.#fd, into, 0, into.byteLength, position);
    } catch (error) {
      throw unreadable(this.name, error, position);
    }
  }

  close(): void {
    if (this.#fd === null) return;
    closeSync(this.#fd);
    this.#fd = null;
  }
}

function openFile(name: string): number {
  try {
    return openSync(name, 'r');
  } catch (error) {
    throw unreadable(name, error);
  }
}

/** The system's reason in words, with what to do about it. */
export function unreadable(name: string, error: unknown, offset?: number): CaptureError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  const [problem, remedy] =
    code === 'ENOENT'
      ? ['no such file', 'Check the name; paths count from the folder you are in.']
      : code === 'EACCES' || code === 'EPERM'
        ? ['permission denied', 'Make it readable for you, e.g. sudo chown "$USER" on it: tcpdump writes as root.']
        : [`cannot be read (${code})`, 'Copy it to a local disk and try again.'];
  return new CaptureError(
    'input-unreadable',
    offset === undefined ? { source: name } : { source: name, offset },
    problem,
    remedy,
  );
}
