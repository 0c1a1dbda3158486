/** Two bits of every field, put beside each other, choose an entry of a random table. */

import { fieldsOf, lowWord, piecesOf } from '../field-sets.js';
import type { Family } from '../sender.js';

export const twoBitTable: Family = {
  name: '2-bit table',
  draw(random, ports, set) {
    const table = new Map<number, number>();
    return {
      name: '2-bit table',
      fields: fieldsOf(set),
      affine: false,
      parities: true,
      bucket: (header) => {
        const index = piecesOf(header, set).reduce((bits, piece) => bits * 4 + (lowWord(piece) & 3), 0);
        const entry = table.get(index) ?? random.below(ports);
        table.set(index, entry);
        return entry;
      },
    };
  },
};
