/** The keys of a hypothesis as rows of bits. */

import { type BitMatrix, bitMatrix, lowestBit, popCount } from '../../stats/gf2.js';
import { keyParts, partOf } from './key-parts.js';
import type { Observations } from './observations.js';

/**
 * Bits of the keys the hypothesis makes, and a constant 1. Bits that do not vary are left out: with the constant there
 * they can neither add to the rank nor change a dependency.
 */
export function keyBits({ fields }: Observations, rows: ArrayLike<number>, index: number): BitMatrix {
  const columns: Uint32Array[] = []; // words of one part of the key, by row
  for (const { field, other } of keyParts(index).map(partOf)) {
    const { words, bits } = fields[field];
    for (let word = 0; word < words; word++) {
      const column = new Uint32Array(rows.length);
      addColumn(column, rows, bits, words, word);
      if (other !== null) addColumn(column, rows, fields[other].bits, words, word);
      columns.push(column);
    }
  }
  const varying = columns.map(bitsThatVary);
  const keys = bitMatrix(rows.length, 1 + varying.reduce((sum, set) => sum + popCount(set), 0));
  for (let i = 0; i < rows.length; i++) keys.bits[i * keys.words] = 1;
  let at = 1;
  for (const [c, column] of columns.entries()) {
    for (let left = varying[c]; left !== 0; ) {
      // A run of bits that vary, as far as the word of the key reaches.
      const from = lowestBit(left);
      const clear = ~(left >>> from);
      const length = Math.min(clear === 0 ? 32 : lowestBit(clear), 32 - (at & 31));
      const mask = 2 ** length - 1;
      addRun(keys, at, column, from, mask | 0);
      left &= ~(mask << from);
      at += length;
    }
  }
  return keys;
}

// Small functions, each compiled once and soon: the compiler takes longer for these loops in one than they run.
function addColumn(column: Uint32Array, rows: ArrayLike<number>, bits: Int32Array, words: number, word: number): void {
  for (let i = 0; i < rows.length; i++) column[i] ^= bits[rows[i] * words + word];
}

function addRun({ bits, words }: BitMatrix, at: number, column: Uint32Array, from: number, mask: number): void {
  const to = at & 31;
  for (let i = 0, into = at >>> 5; i < column.length; i++, into += words) {
    bits[into] |= ((column[i] >>> from) & mask) << to;
  }
}

function bitsThatVary(words: Uint32Array): number {
  let varying = 0;
  for (let i = 1; i < words.length; i++) varying |= words[i] ^ words[0];
  return varying >>> 0;
}
