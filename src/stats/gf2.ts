/** Linear algebra over GF(2): vectors of bits packed into 32-bit words, least significant bit first. */

/** `count` bit vectors of `words` words each, row-major. */
export interface BitMatrix {
  readonly count: number;
  readonly words: number;
  readonly bits: Uint32Array;
}

export const wordsFor = (columns: number) => Math.max(1, Math.ceil(columns / 32));

export function bitMatrix(count: number, columns: number): BitMatrix {
  const words = wordsFor(columns);
  return { count, words, bits: new Uint32Array(count * words) };
}

/**
 * Columns that together determine all others: as many as the rank. Restricted to them, the rows keep all their
 * linear dependencies and gain none.
 */
export function pivotColumns({ count, words, bits }: BitMatrix): number[] {
  const most = columnsInUse(words, bits);
  const basis = new Basis(words, words);
  const pivots: number[] = [];
  const row = new Uint32Array(words);
  for (let i = 0; i < count && pivots.length < most; i++) {
    for (let w = 0; w < words; w++) row[w] = bits[i * words + w];
    const pivot = basis.reduce(row);
    if (pivot < 0) continue;
    basis.add(pivot, row);
    pivots.push(pivot);
  }
  return pivots;
}

export function rank(matrix: BitMatrix): number {
  return pivotColumns(matrix).length;
}

/** Columns with a bit in any row: the rank is no higher. */
function columnsInUse(words: number, bits: Uint32Array): number {
  const used = new Uint32Array(words);
  for (let i = 0; i < bits.length; i += words) for (let w = 0; w < words; w++) used[w] |= bits[i + w];
  return used.reduce((sum, word) => sum + popCount(word), 0);
}

/** Independent vectors, kept by their lowest bit. */
export class Basis {
  readonly vectors: Uint32Array; // by pivot
  readonly has: Uint8Array; // by pivot
  rank = 0;

  /** @param keyWords of the words of a vector: the others are carried along. */
  constructor(
    readonly keyWords: number,
    readonly words: number,
  ) {
    this.vectors = new Uint32Array(keyWords * 32 * words);
    this.has = new Uint8Array(keyWords * 32);
  }

  add(pivot: number, vector: Uint32Array): void {
    for (let w = 0; w < this.words; w++) this.vectors[pivot * this.words + w] = vector[w];
    this.has[pivot] = 1;
    this.rank++;
  }

  /** Subtracts vectors until a bit without one shows, and says which; -1 if none does. */
  reduce(row: Uint32Array): number {
    const { vectors, has, words, keyWords } = this;
    for (let word = 0; word < keyWords; word++) {
      for (let left = row[word]; left !== 0; left = row[word]) {
        const pivot = word * 32 + lowestBit(left);
        if (has[pivot] === 0) return pivot;
        for (let w = word; w < words; w++) row[w] ^= vectors[pivot * words + w];
      }
    }
    return -1;
  }
}

/** Place of the lowest bit of a word that is not 0. */
export const lowestBit = (word: number) => 31 - Math.clz32(word & -word);

export function popCount(word: number): number {
  let count = 0;
  for (let left = word; left !== 0; left &= left - 1) count++;
  return count;
}
