/** XOR of the fields' low bits, or of all their bytes, mod K. ProCurve and ESXi are described so; hash-policies.md 3, 7.12. */

import { fieldsOf, foldedWord, piecesOf } from '../field-sets.js';
import { type Family, isPowerOfTwo } from '../sender.js';

export const lowBits: Family = {
  name: 'low-bit XOR',
  draw(random, ports, set) {
    const bits = random.pick([Math.ceil(Math.log2(ports)), 3, 8].filter((width) => 2 ** width >= ports));
    return {
      name: `low-bit XOR, ${bits} bits`,
      fields: fieldsOf(set),
      affine: isPowerOfTwo(ports),
      parities: true,
      bucket: (header) => {
        const word = piecesOf(header, set).reduce((xor, piece) => xor ^ foldedWord(piece), 0);
        return (word & (2 ** bits - 1)) % ports;
      },
    };
  },
};

export const allBytes: Family = {
  name: 'byte XOR',
  draw(_random, ports, set) {
    return {
      name: 'byte XOR',
      fields: fieldsOf(set),
      affine: isPowerOfTwo(ports),
      parities: true,
      bucket: (header) =>
        piecesOf(header, set)
          .flat()
          .reduce((xor, byte) => xor ^ byte, 0) % ports,
    };
  },
};
