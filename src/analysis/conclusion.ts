/**
 * An analysis that is asked to come to its end leaves out what it has not begun of what takes long, and says so. What was read is
 * counted all the same: of what is said nothing is of a part of the capture only.
 */
import { setImmediate } from 'node:timers/promises';
import type { LeftOut } from '../document/schema.js';
import { inTurns, type Steps } from '../inference/steps.js';
import type { JudgingOptions, Work } from './options.js';

export class Conclusion {
  readonly #options: JudgingOptions;
  readonly #leftOut = new Set<LeftOut>();

  constructor(options: JudgingOptions) {
    this.#options = options;
  }

  /** In the order in which it was left out. */
  get leftOut(): LeftOut[] {
    return [...this.#leftOut];
  }

  get #isAsked(): boolean {
    return this.#options.conclude?.aborted === true;
  }

  /** Between two pieces of work: so late does an interruption end them. False where this is to come to its end. */
  async goesOn(work: Work): Promise<boolean> {
    const { onWork, signal } = this.#options;
    onWork?.(work);
    await setImmediate();
    signal?.throwIfAborted();
    return !this.#isAsked;
  }

  leaveOut(...places: readonly LeftOut[]): void {
    for (const place of places) this.#leftOut.add(place);
  }

  /** The same of work in steps, which may be left in between. */
  async inSteps<T>(place: LeftOut, instead: T, work: () => Steps<T>): Promise<T> {
    const outcome = await this.unlessAsked(place, null, () => inTurns(work(), () => this.goesOn('advice')));
    if (outcome?.isWhole) return outcome.value;
    this.leaveOut(place);
    return instead;
  }

  /** What the work comes to, or what stands in the document instead of it. */
  unlessAsked<T>(place: LeftOut, instead: T, work: () => T): T {
    if (!this.#isAsked) return work();
    this.leaveOut(place);
    return instead;
  }
}
