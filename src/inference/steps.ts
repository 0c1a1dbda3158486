/**
 * Work in steps of some milliseconds, with a place to stop after each: whoever runs it decides what happens there. A second of
 * inference must neither hold up the process nor be unable to end.
 */

export type Steps<T> = Generator<void, T, void>;

/** At once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

const TURN_MS = 20;

/**
 * With a turn for others whenever the steps since the last one took 20 ms.
 *
 * @param others ends the work by throwing
 */
export async function inTurns<T>(
  steps: Steps<T>,
  others: () => Promise<void>,
  now: () => number = () => performance.now(),
): Promise<T> {
  let since = now();
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    if (now() - since < TURN_MS) continue;
    await others();
    since = now();
  }
}
