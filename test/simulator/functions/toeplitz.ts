/** Toeplitz hash of receive-side scaling, hash-policies.md 8: with the published key, or with one drawn at start. */

import { fieldsOf, piecesOf } from '../field-sets.js';
import { type Family, isPowerOfTwo } from '../sender.js';

const PUBLISHED = ['6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa'].flatMap((hex) =>
  hex.match(/../g)!.map((byte) => Number.parseInt(byte, 16)),
);

/** For each input bit, most significant first: if set, XOR in the 32 bits of the key from its position on. */
export function toeplitz(input: readonly number[], key: readonly number[] = PUBLISHED): number {
  let hash = 0;
  for (let bit = 0; bit < input.length * 8; bit++) {
    if (((input[bit >> 3] >> (7 - (bit & 7))) & 1) === 0) continue;
    let window = 0;
    for (let i = 0; i < 32; i++)
      window = window * 2 + ((key[((bit + i) >> 3) % key.length] >> (7 - ((bit + i) & 7))) & 1);
    hash ^= window;
  }
  return hash >>> 0;
}

export const toeplitzHash: Family = {
  name: 'Toeplitz',
  draw(random, ports, set) {
    const isPublished = random.chance(0.5);
    const key = isPublished ? PUBLISHED : Array.from({ length: 64 }, () => random.below(256));
    return {
      name: isPublished ? 'Toeplitz, published key' : 'Toeplitz, own key',
      fields: fieldsOf(set),
      affine: isPowerOfTwo(ports),
      bucket: (header) => toeplitz(piecesOf(header, set).flat(), key) % ports,
    };
  },
};
