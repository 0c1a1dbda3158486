/** Nanoseconds since `originNs`: exact, for the difference of both halves stays below 2^53. */
export class Clock {
  readonly #high: number;
  readonly #low: number;

  constructor(originNs: bigint) {
    this.#high = Number(originNs >> 32n);
    this.#low = Number(originNs & 0xffff_ffffn);
  }

  /** @param word index of the lower half in memory */
  read(words: Uint32Array, word: number): number {
    return (words[word + 1]! - this.#high) * 2 ** 32 + (words[word]! - this.#low);
  }
}
