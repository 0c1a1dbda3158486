/** The other end of analyzeAside: analyses what it is given, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { ANALYSES } from '../analysis/analyze.js';
import { CaptureError, UsageError } from '../errors.js';
import type { Answer, Ending, Failure, Task } from './analyze-aside.js';

const say = (answer: Answer) => parentPort?.postMessage(answer);

const endings: Record<Ending, AbortController> = {
  stop: new AbortController(),
  enough: new AbortController(),
  conclude: new AbortController(),
  signal: new AbortController(),
};
parentPort?.on('message', (ending: Ending) => endings[ending].abort());

try {
  const { wanted, options } = workerData as Task;
  const found = await ANALYSES[wanted]({
    ...options,
    onProgress: (progress) => say({ progress }),
    onWork: (work) => say({ work }),
    stop: endings.stop.signal,
    enough: endings.enough.signal,
    conclude: endings.conclude.signal,
    signal: endings.signal.signal,
  });
  say({ found });
} catch (error) {
  say({ failure: failureOf(error) });
}
parentPort?.close();

/** What is left of an error on the way to another thread are its fields. */
function failureOf(error: unknown): Failure {
  if (error instanceof CaptureError) {
    const { code, where, problem, remedy } = error;
    return { kind: 'capture', code, where: { ...where }, problem, remedy };
  }
  const { name = '', message = String(error), stack = null } = error as Partial<Error> & { stack?: string | null };
  if (error instanceof UsageError) return { kind: 'usage', message };
  return { kind: 'other', name, message, stack };
}
