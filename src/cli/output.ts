/** Where results go. Only this folder writes to the terminal. */

import { closeSync, fstatSync, openSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { UsageError } from '../errors.js';
import { visible } from '../report/visible.js';

const STDOUT = 1;
const STDERR = 2;
const FULL_PIPE_MS = 5;

/** Output that could not be written: a full disk, a folder that is not there. Exit status 3. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

/** Writes all of it. A reader that went away (`| head`) is no error. */
export async function print(text: string): Promise<void> {
  try {
    await writeAll(STDOUT, text);
  } catch (error) {
    if (codeOf(error) !== 'EPIPE') throw new OutputError(`standard output: ${reason(error)}`, { cause: error });
  }
}

/**
 * Resolves when the reader took all of it, and holds up nobody else until then. Rejects where it cannot be written, a reader
 * that went away (EPIPE) included.
 */
export async function printWhenTaken(text: string): Promise<void> {
  // What is written to a file is there at once, and short writes are seen; process.stdout does not see them.
  if (fstatSync(STDOUT).isFile()) return writeAll(STDOUT, text);
  const { stdout } = process;
  if (stdout.listenerCount('error') === 0) stdout.on('error', () => undefined); // the callback has it, too
  await new Promise<void>((resolve, reject) => {
    stdout.write(text, (error) => (error == null ? resolve() : reject(error)));
  });
}

/** For the person at the terminal; never a reason to fail. */
/** Names of files and of interfaces are others' text. */
export async function tell(text: string): Promise<void> {
  const lines = text.split('\n').map(visible).join('\n');
  await writeAll(STDERR, lines).catch(() => undefined);
}

export function tellNow(text: string): void {
  try {
    writeSync(STDERR, text);
  } catch {
    // a progress line that is lost is no loss
  }
}

export async function writeFile(path: string, text: string): Promise<void> {
  if (path === '-') return print(text);
  try {
    const fd = openSync(path, 'w');
    try {
      await writeAll(fd, text);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw new OutputError(`${path}: ${reason(error)}`, { cause: error });
  }
}

/** Before a long analysis, not after it: can the results be written, and would they overwrite a capture? */
export function checkOutputs(paths: readonly string[], inputs: readonly string[]): void {
  const used = new Set(inputs.map(identity).filter((id) => id !== null));
  for (const path of paths) {
    if (path === '-') continue;
    const id = identity(path);
    if (id !== null && used.has(id)) throw new UsageError(`${path} is one of the inputs and would be overwritten.`);
    const folder = dirname(path);
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
      throw new OutputError(`${path}: there is no folder ${folder}. Make it, or write elsewhere.`);
    }
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      throw new OutputError(`${path}: this is a folder. Give the name of a file.`);
    }
  }
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) throw new UsageError(`${twice === '-' ? 'Standard output' : twice} would be written twice.`);
}

function identity(path: string): string | null {
  const found = path === '-' ? undefined : statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? `${found.dev}:${found.ino}` : null;
}

// A short write and a full pipe are both normal; process.stdout loses bytes on the first when a disk fills up.
async function writeAll(fd: number, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      const written = writeSync(fd, bytes, at);
      if (written === 0) throw new Error(`nothing more could be written after ${at} of ${bytes.length} bytes`);
      at += written;
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error;
      await wait(FULL_PIPE_MS);
    }
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left. Make room, or write elsewhere.',
  EACCES: 'permission denied.',
  EROFS: 'the file system is read-only.',
  EDQUOT: 'the disk quota is used up.',
};

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? '';
export const reason = (error: unknown) => `cannot be written: ${REASONS[codeOf(error)] ?? (error as Error).message}`;
