/** Linear algebra over GF(2): vectors of bits packed into 32-bit words, least significant bit first. */

/** `count` bit vectors of `words` words each, row-major. */
export interface BitMatrix {
  readonly count: number;
  readonly words: number;
  readonly bits: Uint32Array;
}

export function bitMatrix(count: number, columns: number): BitMatrix {
  const words = Math.max(1, Math.ceil(columns / 32));
  return { count, words, bits: new Uint32Array(count * words) };
}

/**
 * Columns that together determine all others: as many as the rank. Restricted to them, the rows keep all their
 * linear dependencies and gain none.
 */
export function pivotColumns({ count, words, bits }: BitMatrix): number[] {
  const basis: Uint32Array[] = [];
  const pivots: number[] = []; // lowest set bit of each basis vector, all others of which are clear there
  const row = new Uint32Array(words);
  for (let i = 0; i < count; i++) {
    row.set(bits.subarray(i * words, (i + 1) * words));
    for (let b = 0; b < basis.length; b++) {
      const pivot = pivots[b];
      if ((row[pivot >>> 5] >>> (pivot & 31)) & 1) for (let w = 0; w < words; w++) row[w] ^= basis[b][w];
    }
    const pivot = lowestBit(row);
    if (pivot < 0) continue;
    basis.push(row.slice());
    pivots.push(pivot);
  }
  return pivots;
}

export function rank(matrix: BitMatrix): number {
  return pivotColumns(matrix).length;
}

function lowestBit(row: Uint32Array): number {
  for (let w = 0; w < row.length; w++) {
    if (row[w] !== 0) return w * 32 + (31 - Math.clz32(row[w] & -row[w]));
  }
  return -1;
}
