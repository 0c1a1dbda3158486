import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMarker } from '../../../src/control/marker.js';
import { decodeAmong } from '../../helpers/decode-among.js';

const marker = (type: number, length = 16) =>
  Uint8Array.from([2, 1, type, length, 0, 5, 2, 0, 0, 0, 0, 0x10, 0, 0, 0, 42, 0, 0, 0, 0]);
const decode = (bytes: Uint8Array) => decodeAmong(decodeMarker, 0x00, bytes);

describe('decodeMarker', () => {
  it('reads a request and its response', () => {
    const fields = { version: 1, requesterPort: 5, requesterSystem: 0x020000000010, transaction: 42, warnings: [] };
    expect(decode(marker(1))).toEqual({ ...fields, isResponse: false });
    expect(decode(marker(2))).toEqual({ ...fields, isResponse: true });
  });

  it('warns of a wrong length and refuses an unknown type', () => {
    expect(decode(marker(1, 9))).toMatchObject({ warnings: ['marker TLV has length 9, not 16'] });
    expect(decode(marker(3))).toMatchObject({ malformed: 'Marker', reason: 'TLV type 3, not 1 or 2' });
  });

  it('looks only at its own bytes and never throws', () => {
    const almost = fc
      .tuple(fc.nat(20), fc.uint8Array({ maxLength: 30 }))
      .map(([kept, rest]) => Uint8Array.from([...marker(1).subarray(0, kept), ...rest]));
    fc.assert(
      fc.property(almost, (bytes) => {
        expect(decodeAmong(decodeMarker, 0x00, bytes)).toEqual(decodeAmong(decodeMarker, 0xff, bytes));
      }),
    );
  });
});
