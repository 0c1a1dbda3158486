/** Hashes that mix well: nothing of them is linear, and no library has their seeds. */

import { fieldsOf, foldedWord, piecesOf } from '../field-sets.js';
import type { Family } from '../sender.js';

/** One multiplication and one XOR for each word. */
export const multiplicative: Family = {
  name: 'multiplicative mix',
  draw(random, ports, set) {
    const [start, factor] = [random.word(), random.word() | 1];
    return {
      name: 'multiplicative mix',
      fields: fieldsOf(set),
      affine: false,
      bucket: (header) => {
        let h = start;
        for (const piece of piecesOf(header, set)) {
          h = Math.imul(h ^ foldedWord(piece), factor);
          h ^= h >>> 15;
        }
        return (h >>> 8) % ports;
      },
    };
  },
};

/** The 32-bit murmur3 over words (Appleby, public domain), from a random seed. */
export const murmur: Family = {
  name: 'murmur',
  draw(random, ports, set) {
    const seed = random.word();
    const rotate = (word: number, bits: number) => (word << bits) | (word >>> (32 - bits));
    return {
      name: 'murmur',
      fields: fieldsOf(set),
      affine: false,
      bucket: (header) => {
        let h = seed;
        for (const piece of piecesOf(header, set)) {
          const k = Math.imul(rotate(Math.imul(foldedWord(piece), 0xcc9e2d51), 15), 0x1b873593);
          h = (Math.imul(rotate(h ^ k, 13), 5) + 0xe6546b64) | 0;
        }
        h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
        h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
        return ((h ^ (h >>> 16)) >>> 0) % ports;
      },
    };
  },
};
