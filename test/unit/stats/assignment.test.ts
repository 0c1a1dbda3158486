import { describe, expect, it } from 'vitest';
import { bestAssignment } from '../../../src/stats/assignment.js';
import { seeded } from '../../../src/stats/random.js';

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}

describe('bestAssignment', () => {
  it.each([1, 2, 3, 4, 5, 6])('scores what the best of all orders of %i scores', (size) => {
    const random = seeded(size);
    const orders = permutations(Array.from({ length: size }, (_, i) => i));
    for (let round = 0; round < 40; round++) {
      const scores = Int32Array.from({ length: size * size }, () => random.below(round % 2 === 0 ? 4 : 1000));
      const most = Math.max(...orders.map((order) => order.reduce((sum, c, row) => sum + scores[row * size + c], 0)));
      const { score, columnOf } = bestAssignment(scores, size);
      expect(score).toBe(most);
      expect(new Set(columnOf).size).toBe(size);
    }
  });
});
