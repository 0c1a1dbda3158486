import { compressionOf } from './compression.js';
import { FileSource } from './file.js';
import { PackedSource } from './packed.js';
import { PackedBytes } from './packed-bytes.js';
import { isPipe, PipeSource } from './pipe.js';
import type { Source } from './source.js';

export interface OpenedSource {
  readonly source: Source;
  /** Device and inode of a file, so that one file given twice is noticed; null for pipes. */
  readonly identity: string | null;
  /** Opens the same bytes again from the start; null for pipes. */
  readonly reopen: (() => Source) | null;
}

/** @param path a path, or '-' for standard input */
export async function openSource(path: string): Promise<OpenedSource> {
  if (path === '-') return openPipe(PipeSource.standardInput());
  return isPipe(path) ? openPipe(PipeSource.path(path)) : openFile(path);
}

async function openFile(path: string): Promise<OpenedSource> {
  const file = new FileSource(path);
  return { ...(await openRepeatable(() => new FileSource(path), file)), identity: file.identity };
}

/** What can be read from the start again and again: a file, a stream that was kept. */
export async function openRepeatable(plain: () => Source, source = plain()): Promise<OpenedSource> {
  const open = await closedOnError(source, async () => {
    const compression = await compressionOf(new PackedBytes(source));
    return compression === null ? plain : () => new PackedSource(source.name, compression, new PackedBytes(plain()));
  });
  source.close();
  return { source: open(), identity: null, reopen: open };
}

/** What a pipe gave to be recognised is not lost. */
async function openPipe(pipe: Source): Promise<OpenedSource> {
  const bytes = new PackedBytes(pipe);
  const compression = await closedOnError(pipe, () => compressionOf(bytes));
  const source: Source =
    compression === null
      ? { name: pipe.name, size: null, read: (into) => bytes.read(into), close: () => pipe.close() }
      : new PackedSource(pipe.name, compression, bytes);
  return { source, identity: null, reopen: null };
}

async function closedOnError<T>(source: Source, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    source.close();
    throw error;
  }
}
