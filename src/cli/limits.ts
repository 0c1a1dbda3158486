/** -a and -b of capture, in the words of dumpcap. */

import { UsageError } from '../errors.js';
import type { Ring } from '../recording/output.js';
import { wholeNumber } from './values.js';

const MOST = 1e12;
const KB = 1000; // dumpcap's filesize
const MOST_FILES = 100_000;
const MOST_ANALYSED = 32; // inputs of one analysis

export interface Autostop {
  readonly seconds?: number;
  readonly octets?: number;
  readonly frames?: number;
}

export function autostop(given: readonly string[], count: string | null): Autostop {
  const limits: { -readonly [name in keyof Autostop]: Autostop[name] } = {};
  for (const text of [...given, ...(count === null ? [] : [`packets:${count}`])]) {
    const [kind, value] = pair('autostop', text, ['duration', 'filesize', 'packets']);
    if (kind === 'duration') limits.seconds = value;
    else if (kind === 'filesize') limits.octets = value * KB;
    else limits.frames = value;
  }
  return limits;
}

/** @param files that are written at once, if what they hold is analysed at the end; else 0 */
export function ringBuffer(given: readonly string[], write: string | null, analysed: number): Ring | null {
  if (given.length === 0) return null;
  if (write === null) throw new UsageError('-b needs -w FILE: the names of the files are made from it.');
  const ring: { -readonly [name in keyof Ring]: Ring[name] } = { seconds: null, octets: null, files: null };
  for (const text of given) {
    const [kind, value] = pair('ring-buffer', text, ['duration', 'filesize', 'files']);
    if (kind === 'duration') ring.seconds = value;
    else if (kind === 'filesize') ring.octets = value * KB;
    else ring.files = Math.min(value, MOST_FILES);
  }
  if (ring.seconds === null && ring.octets === null) {
    throw new UsageError('-b files:N needs to know when a file is full: -b duration:SECONDS or -b filesize:KB.');
  }
  if (analysed > 0 && (ring.files ?? MOST_FILES) * analysed > MOST_ANALYSED) {
    throw new UsageError(
      `-b with --analyze: at most ${MOST_ANALYSED} files are analysed at once; -b files:N keeps the last N.`,
    );
  }
  return ring;
}

function pair<Kind extends string>(option: string, text: string, kinds: readonly Kind[]): [Kind, number] {
  const [kind, value, ...more] = text.split(':');
  if (!kinds.includes(kind as Kind) || value === undefined || more.length > 0) {
    throw new UsageError(`--${option} ${text}: not one of ${kinds.map((each) => `${each}:N`).join(', ')}.`);
  }
  return [kind as Kind, wholeNumber(option, value, 1, MOST)];
}
