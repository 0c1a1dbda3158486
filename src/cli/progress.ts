/** One line on the terminal: while captures are read how far, how fast, how long to go; then what is being worked out. */

import type { Progress, Work } from '../analysis/options.js';
import { grouped } from '../stats/grouped.js';
import { tellNow } from './output.js';

const SHOWN_EVERY_MS = 250;
const ERASE = '\r\x1b[K';

export interface ProgressLine {
  update(progress: Progress): void;
  work(work: Work): void;
  clear(): void;
}

export function progressLine(
  shown: boolean,
  now: () => number = () => performance.now(),
  write: (text: string) => void = tellNow,
): ProgressLine {
  if (!shown) return { update: () => undefined, work: () => undefined, clear: () => undefined };
  const start = now();
  let last = start; // nothing is shown of what takes less than one interval
  let visible = false;
  const show = (text: (elapsedSeconds: number) => string) => {
    const time = now();
    if (time - last < SHOWN_EVERY_MS) return;
    last = time;
    visible = true;
    write(ERASE + text((time - start) / 1000));
  };
  return {
    update: (progress) => show((seconds) => progressText(progress, seconds)),
    work: (work) => show((seconds) => workText(work, seconds)),
    clear() {
      if (visible) write(ERASE);
      visible = false;
    },
  };
}

export function progressText({ bytesRead, bytesTotal, frames }: Progress, elapsedSeconds: number): string {
  const rate = elapsedSeconds > 0 ? bytesRead / elapsedSeconds : 0;
  const read = [`${megabytes(bytesRead)} MB`, `${megabytes(rate)} MB/s`];
  if (frames === null) return ['capturing', ...read, `${Math.floor(elapsedSeconds)} s`, 'Ctrl-C ends it'].join(', ');
  const parts = [`${grouped(frames)} frames`, ...read];
  if (bytesTotal !== null && bytesTotal > 0) {
    parts.unshift(`${Math.min(100, Math.floor((100 * bytesRead) / bytesTotal))} %`);
    if (rate > 0) parts.push(`${Math.ceil(Math.max(0, bytesTotal - bytesRead) / rate)} s left`);
  }
  return parts.join(', ');
}

const WORDS: Readonly<Record<Work, string>> = {
  flows: 'what each flow did',
  'ingress hash': 'what ingress is hashed on',
  'egress hash': 'what egress is hashed on',
  advice: 'what else could be done',
};

const workText = (work: Work, elapsedSeconds: number) =>
  `all read, working out ${WORDS[work]}, ${Math.floor(elapsedSeconds)} s, Ctrl-C ends it`;

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
