import { statSync } from 'node:fs';
import { FileSource, unreadable } from './file.js';
import { GzipSource, isGzip } from './gzip.js';
import { PipeSource } from './pipe.js';
import type { Source } from './source.js';

export interface OpenedSource {
  readonly source: Source;
  /** Device and inode of a file, so that one file given twice is noticed; null for pipes. */
  readonly identity: string | null;
  /** Opens the same bytes again from the start; null for pipes. */
  readonly reopen: (() => Source) | null;
}

/** @param path a path, or '-' for standard input */
export function openSource(path: string): OpenedSource {
  if (path === '-') return { source: PipeSource.standardInput(), identity: null, reopen: null };
  let pipe: boolean;
  try {
    const stat = statSync(path);
    pipe = !stat.isFile() && !stat.isDirectory();
  } catch (error) {
    throw unreadable(path, error);
  }
  if (pipe) return { source: PipeSource.path(path), identity: null, reopen: null };
  const source = new FileSource(path);
  const magic = new Uint8Array(2);
  source.peek(magic);
  if (!isGzip(magic)) return { source, identity: source.identity, reopen: () => new FileSource(path) };
  source.close();
  return { source: new GzipSource(path), identity: source.identity, reopen: () => new GzipSource(path) };
}
