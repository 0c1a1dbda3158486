/**
 * An analysis in a thread of its own, so that the terminal stays alive: a question about a million flows is one call of the engine,
 * and takes a third of a second in which no signal would be heard. Small captures, of which the longest piece of work is short, and
 * files that are read for nobody at a terminal are analysed here: a thread costs as much as reading a million small frames.
 */
import { statSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Found } from '../analysis/analyze.js';
import type { AnalyzeOptions, Progress, Work } from '../analysis/options.js';
import { CaptureError, type InputPosition, UsageError } from '../errors.js';
import { isCommand } from '../sources/source.js';

/** Octets of all inputs. Of frames without data that is room for 200,000 flows, about which a question takes up to 70 ms. */
const SMALL = 16 * 1024 * 1024;

/** Little of what an analysis makes lives long. Of the first thread that is a flag (main.ts), which a thread does not mind. */
const YOUNG_MB = 8;

/** Signals of the options, by name. */
export type Ending = 'stop' | 'enough' | 'conclude' | 'signal';

export type Failure =
  | {
      readonly kind: 'capture';
      readonly code: string;
      readonly where: InputPosition;
      readonly problem: string;
      readonly remedy: string;
    }
  | { readonly kind: 'usage'; readonly message: string }
  | { readonly kind: 'other'; readonly name: string; readonly message: string; readonly stack: string | null };

export type Answer =
  | { readonly progress: Progress }
  | { readonly work: Work }
  | { readonly found: Found[keyof Found] }
  | { readonly failure: Failure };

/** What the thread is given. */
export interface Task {
  readonly wanted: keyof Found;
  readonly options: AnalyzeOptions;
}

/**
 * @param isWatched whether somebody sits at a terminal
 * @throws what `analyze` throws
 */
export async function analyzeAside<Wanted extends keyof Found>(
  wanted: Wanted,
  options: AnalyzeOptions,
  isWatched: boolean,
): Promise<Found[Wanted]> {
  if (isForHere(options, isWatched)) return (await import('../analysis/analyze.js')).ANALYSES[wanted](options);
  const { onProgress, onWork, stop, enough, conclude, signal, ...plain } = options;
  const worker = new Worker(new URL('./analysis-thread.js', import.meta.url), {
    workerData: { wanted, options: plain } satisfies Task,
    resourceLimits: {
      maxOldGenerationSizeMb: Math.floor(getHeapStatistics().heap_size_limit / 2 ** 20),
      maxYoungGenerationSizeMb: YOUNG_MB,
    },
  });
  for (const [ending, of] of Object.entries({ stop, enough, conclude, signal })) {
    of?.addEventListener('abort', () => worker.postMessage(ending));
  }
  return new Promise((resolve, reject) => {
    worker.on('message', (answer: Answer) => {
      if ('progress' in answer) onProgress?.(answer.progress);
      else if ('work' in answer) onWork?.(answer.work);
      else if ('found' in answer) resolve(answer.found as Found[Wanted]);
      else reject(errorOf(answer.failure));
    });
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the thread of the analysis ended')));
  });
}

/** Standard input belongs to the first thread. What cannot be looked at is for the analysis to say. */
function isForHere({ inputs, follow }: AnalyzeOptions, isWatched: boolean): boolean {
  if (inputs.some(({ path }) => path === '-')) return true;
  if (follow || inputs.some(({ path }) => isCommand(path))) return false;
  const stats = inputs.map(({ path }) => statSync(path, { throwIfNoEntry: false }));
  if (!stats.every((each) => each?.isFile() ?? true)) return false;
  return !isWatched || stats.reduce((sum, each) => sum + (each?.size ?? 0), 0) < SMALL;
}

function errorOf(failure: Failure): Error {
  if (failure.kind === 'capture') return new CaptureError(failure.code, failure.where, failure.problem, failure.remedy);
  if (failure.kind === 'usage') return new UsageError(failure.message);
  const error = new Error(failure.message);
  error.name = failure.name;
  if (failure.stack !== null) error.stack = failure.stack;
  return error;
}
