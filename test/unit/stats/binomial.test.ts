import { describe, expect, it } from 'vitest';
import { fisherAtLeast, wilsonInterval } from '../../../src/stats/binomial.js';

describe('wilsonInterval', () => {
  it('gives published values', () => {
    // Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3.
    const published: [number, number, number, number][] = [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ];
    for (const [hits, of, low, high] of published) {
      const [from, to] = wilsonInterval(hits, of)!;
      expect(from).toBeCloseTo(low, 4);
      expect(to).toBeCloseTo(high, 4);
    }
    expect(wilsonInterval(0, 0)).toBeNull();
  });
});

describe('fisherAtLeast', () => {
  it('gives the chance of the lady tasting tea', () => {
    expect(fisherAtLeast(4, 4, 0, 4)).toBeCloseTo(1 / 70, 12);
    expect(fisherAtLeast(3, 4, 1, 4)).toBeCloseTo(17 / 70, 12);
    expect(fisherAtLeast(0, 4, 4, 4)).toBeCloseTo(1, 12);
  });

  it('agrees with counting every way to share out the hits', () => {
    for (const [a, m, b, n] of [
      [2, 5, 1, 6],
      [3, 3, 2, 7],
      [1, 6, 4, 4],
    ] as const) {
      let ways = 0;
      let all = 0;
      for (let set = 0; set < 2 ** (m + n); set++) {
        if (bits(set) !== a + b) continue;
        all++;
        if (bits(set & (2 ** m - 1)) >= a) ways++;
      }
      expect(fisherAtLeast(a, m, b, n)).toBeCloseTo(ways / all, 12);
    }
  });

  it('does not lose a small chance', () => {
    expect(Math.log10(fisherAtLeast(50, 50, 0, 500))).toBeCloseTo(-71.5374, 3);
  });
});

function bits(set: number): number {
  let count = 0;
  for (let left = set; left !== 0; left &= left - 1) count++;
  return count;
}
