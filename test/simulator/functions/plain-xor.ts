/** Simple functions that no library of ours has: five bits mod K, shifted before they are XORed, sums. */

import { fieldsOf, foldedWord, piecesOf } from '../field-sets.js';
import { type Family, isPowerOfTwo } from '../sender.js';

/** The last five bits, as ProCurve's documents have them, mod K. */
export const fiveBits: Family = {
  name: '5-bit XOR',
  draw(_random, ports, set) {
    return {
      name: '5-bit XOR',
      fields: fieldsOf(set),
      affine: isPowerOfTwo(ports),
      parities: true,
      bucket: (header) => (piecesOf(header, set).reduce((xor, piece) => xor ^ foldedWord(piece), 0) & 31) % ports,
    };
  },
};

export const shifted: Family = {
  name: 'shifted XOR',
  draw(random, ports, set) {
    const shifts = Array.from({ length: 12 }, () => random.below(4));
    return {
      name: 'shifted XOR',
      fields: fieldsOf(set),
      affine: isPowerOfTwo(ports),
      bucket: (header) =>
        (piecesOf(header, set).reduce((xor, piece, i) => xor ^ (foldedWord(piece) >>> shifts[i]), 0) >>> 0) % ports,
    };
  },
};

export const sums: Family = {
  name: 'sum',
  draw(_random, ports, set) {
    return {
      name: 'sum',
      fields: fieldsOf(set),
      affine: ports === 2,
      bucket: (header) => piecesOf(header, set).reduce((sum, piece) => sum + foldedWord(piece), 0) % ports,
    };
  },
};
