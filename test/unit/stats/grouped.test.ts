import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grouped } from '../../../src/stats/grouped.js';

describe('grouped', () => {
  it.each([0, 7, 999, 1000, 1_234_567, 2 ** 53, 1e21, 0.125, 12.5, 1234.5, Number.POSITIVE_INFINITY])('%d', (n) => {
    expect(grouped(n)).toBe(n.toLocaleString('en-US'));
  });

  it('agrees with the rules of the language', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e15, noNaN: true }), fc.nat(4), fc.nat(4), (n, a, b) => {
        const [least, most] = [Math.min(a, b), Math.max(a, b)];
        const rules = { minimumFractionDigits: least, maximumFractionDigits: most };
        expect(grouped(n, most, least)).toBe(n.toLocaleString('en-US', rules));
      }),
    );
  });
});
