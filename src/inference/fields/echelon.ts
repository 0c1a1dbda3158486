/** Vectors of bits over the rows, and the space they span: 32 rows at a time. */

import { lowestBit } from '../../stats/gf2.js';
import { addTo } from './bit-columns.js';

/** Independent vectors, each with a row of its own that none after it has. */
export class Echelon {
  rank = 0;
  readonly vectors: Int32Array; // `words` each
  readonly #pivots: Int32Array; // rows

  constructor(
    readonly words: number,
    most: number, // vectors that will be offered
  ) {
    this.vectors = new Int32Array(most * words);
    this.#pivots = new Int32Array(most);
  }

  /** Rows that the vectors have for their own: what the vectors are in these, they are in all. */
  ownRows(): number[] {
    return Array.from(this.#pivots.subarray(0, this.rank));
  }

  clear(): void {
    this.rank = 0;
  }

  /**
   * Takes a vector in. False if it is in the span already.
   * @param start the row its own is looked for from, up to row 32 * `among` and round; only then in the others
   */
  add(from: Int32Array, at: number, start = 0, among = this.words): boolean {
    const { vectors, words, rank } = this;
    const to = rank * words;
    for (let w = 0; w < words; w++) vectors[to + w] = from[at + w];
    this.reduce(vectors, to);
    let pivot = rowFrom(vectors, to, among, start);
    if (pivot < 0) pivot = rowFrom(vectors, to, words, 0);
    if (pivot < 0) return false;
    this.#pivots[rank] = pivot;
    this.rank++;
    return true;
  }

  /** Subtracts vectors of the span until no row of theirs is left. */
  reduce(vector: Int32Array, at: number): void {
    const { vectors, words } = this;
    for (let v = 0; v < this.rank; v++) {
      if (bitAt(vector, at, this.#pivots[v]) !== 0) addTo(vector, at, vectors, v * words, words);
    }
  }
}

const bitAt = (vector: Int32Array, at: number, row: number) => (vector[at + (row >>> 5)] >>> (row & 31)) & 1;

/** The next row that a vector has, from one on and round; -1 if there is none. */
function rowFrom(vector: Int32Array, at: number, words: number, start: number): number {
  let word = start >>> 5;
  let left = vector[at + word] & (-1 << (start & 31));
  for (let looked = 0; left === 0; looked++) {
    if (looked === words) return -1;
    word = word + 1 === words ? 0 : word + 1;
    left = vector[at + word];
  }
  return word * 32 + lowestBit(left);
}
