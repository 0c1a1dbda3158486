import { describe, expect, it } from 'vitest';
import { seeded } from '../../../src/stats/random.js';
import { Smallest } from '../../../src/stats/smallest.js';

describe('Smallest', () => {
  it.each([0, 1, 7, 100, 5000])('keeps the %i smallest, equal ones in their order', (most) => {
    const { below } = seeded(3);
    const keys = Array.from({ length: 3000 }, () => below(200));
    const smallest = new Smallest(most);
    for (const [item, key] of keys.entries()) smallest.offer(key, item);
    const sorted = [...keys.keys()].sort((a, b) => keys[a] - keys[b] || a - b);
    expect(smallest.items()).toEqual(sorted.slice(0, most));
  });

  it.each([-100, 0.5, 2 ** 32 - 100])('takes keys that are no small whole numbers: %d and above', (least) => {
    const { below } = seeded(4);
    const keys = Array.from({ length: 3000 }, () => least + below(200));
    const smallest = new Smallest(100);
    for (const [item, key] of keys.entries()) smallest.offer(key, item);
    expect(smallest.items()).toEqual([...keys.keys()].sort((a, b) => keys[a] - keys[b] || a - b).slice(0, 100));
  });

  it('keeps an item once, however often it is offered', () => {
    const smallest = new Smallest(3);
    for (let i = 0; i < 1000; i++) smallest.offer(i % 5, 10 + (i % 5));
    expect(smallest.items()).toEqual([10, 11, 12]);
  });
});
