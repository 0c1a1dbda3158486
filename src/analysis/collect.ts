/** Waits for what is still being captured: commands run until they end or are stopped, followed files grow until then. */
import { statSync } from 'node:fs';
import { CommandSource } from '../sources/command.js';
import { unreadable } from '../sources/file.js';
import { PipeStream } from '../sources/pipe.js';
import { isCommand } from '../sources/source.js';
import { Spool } from '../sources/spool.js';
import type { AnalyzeOptions, InputSpec } from './options.js';

type Collecting = Pick<AnalyzeOptions, 'stop' | 'signal' | 'onProgress'>;

const LOOK_MS = 500;

/**
 * All commands run at the same time, as the ports have to be captured, and pipes are read at the same time.
 *
 * @param streams indexes of those among the inputs
 * @returns what they gave, by the index of their input
 * @throws CaptureError where one gives nothing at all; the others are ended then
 */
export async function collectStreams(
  specs: readonly InputSpec[],
  streams: ReadonlySet<number>,
  { stop, signal, onProgress }: Collecting,
): Promise<[number, Spool][]> {
  const spools: [number, Spool][] = [];
  const end = () => {
    for (const [, { stream }] of spools) stream.stop();
  };
  try {
    for (const i of streams) {
      const { path } = specs[i]!;
      spools.push([i, await Spool.of(isCommand(path) ? new CommandSource(path) : PipeStream.open(path))]);
    }
    if (stop?.aborted || signal?.aborted) end();
    for (const each of [stop, signal]) each?.addEventListener('abort', end);
    let bytesRead = 0;
    const arrived = (octets: number) => {
      bytesRead += octets;
      onProgress?.({ bytesRead, bytesTotal: null, frames: null });
    };
    await Promise.all(spools.map(([, spool]) => spool.fill(arrived)));
    signal?.throwIfAborted();
    return spools;
  } catch (error) {
    for (const [, spool] of spools) spool.close();
    throw error;
  } finally {
    for (const each of [stop, signal]) each?.removeEventListener('abort', end);
  }
}

/** @throws CaptureError for a file that is not there, or not to be looked at */
export async function whileFilesGrow(
  specs: readonly InputSpec[],
  { stop, signal, onProgress }: Collecting,
): Promise<void> {
  const files = specs.map(({ path }) => path).filter((path) => path !== '-' && !isCommand(path));
  while (!stop?.aborted) {
    signal?.throwIfAborted();
    onProgress?.({ bytesRead: files.reduce((sum, path) => sum + sizeOf(path), 0), bytesTotal: null, frames: null });
    await aborted([stop, signal], LOOK_MS);
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Until one of them is, or so many milliseconds later. */
function aborted(signals: readonly (AbortSignal | undefined)[], milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      for (const signal of signals) signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    for (const signal of signals) {
      signal?.addEventListener('abort', done);
      if (signal?.aborted) done();
    }
  });
}
