/** Each field folded to 16 bits, a CRC over the folds, some bits of it: what Broadcom's RTAG7 does, hash-policies.md 7.10. */

import { fieldsOf, foldedWord, piecesOf } from '../field-sets.js';
import { bytesOf } from '../headers.js';
import { type Family, isPowerOfTwo } from '../sender.js';
import { CRC_CHECKS, crc } from './crc.js';

export const foldedCrc: Family = {
  name: '16-bit fold + CRC',
  draw(random, ports, set) {
    const start = random.below(2 ** 16);
    const offset = random.below(12);
    const variant = { ...CRC_CHECKS.find(({ width }) => width === 16)!, start };
    const fold = (piece: readonly number[]) => {
      const word = foldedWord(piece);
      return bytesOf.be16((word >>> 16) ^ (word & 0xffff));
    };
    return {
      name: '16-bit fold + CRC',
      fields: fieldsOf(set),
      affine: isPowerOfTwo(ports),
      bucket: (header) => (crc(piecesOf(header, set).flatMap(fold), variant) >>> offset) % ports,
    };
  },
};
