import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstInOrder } from '../../../src/stats/first-in-order.js';
import { NumberIndex } from '../../../src/stats/number-index.js';

const large = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.maxSafeNat());

describe('NumberIndex', () => {
  it('numbers as a Map does, however many keys there are', () => {
    fc.assert(
      fc.property(fc.array(large, { maxLength: 200 }), fc.nat(100), large, (keys, expected, other) => {
        const index = new NumberIndex(expected);
        const model = new Map<number, number>();
        for (const key of keys) {
          if (!model.has(key)) model.set(key, model.size);
          expect(index.idOf(key)).toBe(model.get(key));
        }
        expect(index.size).toBe(model.size);
        for (const [key, id] of model) expect([index.find(key), index.key(id)]).toEqual([id, key]);
        expect(index.find(other)).toBe(model.get(other) ?? -1);
      }),
    );
  });
});

describe('firstInOrder', () => {
  it('is the beginning of the sorted items', () => {
    const items = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 1000 });
    fc.assert(
      fc.property(items, fc.nat(40), (values, n) => {
        const compare = (a: number, b: number) => values[a] - values[b] || a - b;
        const all = [...values.keys()].sort(compare);
        expect(firstInOrder(values.keys(), n, compare)).toEqual(all.slice(0, n));
      }),
    );
  });
});
