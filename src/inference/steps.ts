/**
 * Work in steps of some milliseconds, with a place to stop after each: whoever runs it decides what happens there. A second of
 * inference must neither hold up the process nor be unable to end.
 */

/** A step may hand over what is known already, should it be the last. */
export type Steps<T, Known = never> = Generator<Known | undefined, T, void>;

/** At once. */
export function finish<T>(steps: Steps<T, unknown>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Null where the work was ended before anything was known. */
export type Outcome<T, Known> =
  | { readonly isWhole: true; readonly value: T }
  | { readonly isWhole: false; readonly value: Known | null };

const TURN_MS = 20;

/**
 * With a turn for others whenever the steps since the last one took 20 ms.
 *
 * @param others says whether to go on; it may throw as well
 */
export async function inTurns<T, Known = never>(
  steps: Steps<T, Known>,
  others: () => Promise<boolean>,
  now: () => number = () => performance.now(),
): Promise<Outcome<T, Known>> {
  let known: Known | null = null;
  let since = now();
  for (;;) {
    const { done, value } = steps.next();
    if (done) return { isWhole: true, value };
    known = value ?? known;
    if (now() - since < TURN_MS) continue;
    if (!(await others())) return { isWhole: false, value: known };
    since = now();
  }
}
