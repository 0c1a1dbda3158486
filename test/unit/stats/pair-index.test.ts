import { describe, expect, it } from 'vitest';
import { PairIndex } from '../../../src/stats/pair-index.js';
import { seeded } from '../../../src/stats/random.js';

describe('numbers for pairs', () => {
  it('are those of a Map, in order of first appearance, whatever bits the pairs have', () => {
    const index = new PairIndex();
    const known = new Map<string, number>();
    const random = seeded(1);
    for (let i = 0; i < 5000; i++) {
      const [first, second] = [random.below(40) - 20, (random.below(60) << 26) | random.below(2)];
      const name = `${first} ${second}`;
      if (!known.has(name)) known.set(name, known.size);
      expect(index.idOf(first, second)).toBe(known.get(name));
    }
    expect(known.size).toBeGreaterThan(1000);
  });
});
