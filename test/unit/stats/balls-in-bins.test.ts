import { describe, expect, it } from 'vitest';
import {
  chanceOfAtMostBusyBins,
  chanceOfBusyBins,
  chanceOfLoadAtLeast,
  chanceOfLoadAtMost,
  expectedBusyBins,
  expectedLoad,
  largestBin,
} from '../../../src/stats/balls-in-bins.js';
import { inferenceVectors, noVectors, vectorsTitle } from '../../helpers/vectors.js';

const value = (fraction: string) => {
  const [over, under = '1'] = fraction.split('/');
  return Number(over) / Number(under);
};
const relative = (a: number, b: number) => (b === 0 ? Math.abs(a) : Math.abs(a / b - 1));

describe('balls in bins', () => {
  it('says of four clients on four ports what the fractions say', () => {
    expect([1, 2, 3, 4].map((busy) => chanceOfBusyBins(4, 4, busy))).toEqual([1 / 64, 21 / 64, 9 / 16, 3 / 32]);
    expect(expectedBusyBins(4, 4)).toBeCloseTo(175 / 64, 12);
    expect(expectedLoad(4, 4)).toBeCloseTo(17 / 8, 12);
  });

  it('keeps every digit of a tail', () => {
    expect(relative(chanceOfAtMostBusyBins(20, 4, 1), 4 / 4 ** 20)).toBeLessThan(1e-13); // 3.6e-12
    expect(relative(chanceOfAtMostBusyBins(200, 4, 1), 4 ** -199)).toBeLessThan(1e-12); // 1.5e-120
    expect(relative(chanceOfAtMostBusyBins(500, 4, 1), 4 ** -499)).toBeLessThan(1e-12); // 1e-300
    expect(chanceOfAtMostBusyBins(5000, 4, 1)).toBe(0); // below the smallest double
    expect(relative(chanceOfLoadAtLeast(20, 4, 20), 4 ** -19)).toBeLessThan(1e-12);
    expect(relative(chanceOfLoadAtMost(40, 40, 1), factorial(40) / 40 ** 40)).toBeLessThan(1e-11); // 6.7e-17
  });

  it('has the same tails for many balls, without throwing each', () => {
    for (const [balls, bins] of [
      [2001, 4],
      [4001, 8],
      [8001, 16],
    ] as const) {
      const thrown = new Float64Array(bins + 1);
      thrown[0] = 1;
      for (let ball = 0; ball < balls; ball++) {
        for (let busy = bins; busy > 0; busy--)
          thrown[busy] = (thrown[busy] * busy + thrown[busy - 1] * (bins - busy + 1)) / bins;
        thrown[0] = 0;
      }
      for (let busy = bins; busy > bins - 2; busy--) {
        expect(relative(chanceOfBusyBins(balls, bins, busy), thrown[busy])).toBeLessThan(1e-10);
      }
    }
    expect(chanceOfBusyBins(1_000_000, 4, 4)).toBe(1);
    expect(chanceOfBusyBins(2001, 1, 1)).toBe(1);
  });

  it('agrees with counting every way', () => {
    for (const [balls, bins] of [
      [5, 3],
      [6, 2],
      [4, 5],
      [0, 3],
      [3, 1],
    ]) {
      const busy = new Array(bins + 1).fill(0);
      const load = new Array(balls + 1).fill(0);
      for (let way = 0; way < bins ** balls; way++) {
        const bin = new Array(bins).fill(0);
        for (let ball = 0, rest = way; ball < balls; ball++, rest = Math.floor(rest / bins)) bin[rest % bins]++;
        busy[bin.filter((n) => n > 0).length]++;
        load[Math.max(...bin)]++;
      }
      for (let j = 0; j <= bins; j++) expect(chanceOfBusyBins(balls, bins, j)).toBeCloseTo(busy[j] / bins ** balls, 13);
      for (let m = 1; m <= balls; m++) {
        const over = load.slice(m).reduce((sum, n) => sum + n, 0);
        expect(chanceOfLoadAtLeast(balls, bins, m)).toBeCloseTo(over / bins ** balls, 12);
        expect(chanceOfLoadAtMost(balls, bins, m - 1)).toBeCloseTo(1 - over / bins ** balls, 12);
      }
    }
  });
});

describe.skipIf(noVectors)(vectorsTitle('balls in bins as the reference counts them'), () => {
  const cases: { n: number; K: number; distinct: object; maxLoad: object; expectedMax: number }[] =
    inferenceVectors().ballsInBins ?? [];

  it.each(cases)('$n balls in $K bins', ({ n, K, distinct, maxLoad, expectedMax }) => {
    for (const [busy, fraction] of Object.entries(distinct)) {
      expect(relative(chanceOfBusyBins(n, K, Number(busy)), value(fraction))).toBeLessThan(1e-14);
    }
    for (const [most, fraction] of Object.entries(maxLoad)) {
      const chance = chanceOfLoadAtMost(n, K, Number(most)) - chanceOfLoadAtMost(n, K, Number(most) - 1);
      expect(chance).toBeCloseTo(value(fraction), 12);
    }
    expect(expectedLoad(n, K)).toBeCloseTo(expectedMax, 7);
  });
});

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}

describe('the largest bin', () => {
  it('has the chances that counting every way gives', () => {
    for (const [balls, bins] of [
      [1, 1],
      [4, 4],
      [5, 3],
      [7, 2],
      [6, 4],
      [3, 6],
    ] as const) {
      const counts = new Array<number>(balls + 1).fill(0);
      for (let way = 0; way < bins ** balls; way++) {
        const loads = new Array<number>(bins).fill(0);
        for (let ball = 0, rest = way; ball < balls; ball++, rest = Math.floor(rest / bins)) loads[rest % bins]++;
        counts[Math.max(...loads)]++;
      }
      const chances = largestBin(balls, bins)!;
      for (const [load, ways] of counts.entries()) expect(chances[load]).toBeCloseTo(ways / bins ** balls, 12);
    }
  });

  it.skipIf(noVectors)(vectorsTitle('has the chances of the reference'), () => {
    for (const { n, K, maxLoad } of inferenceVectors().ballsInBins) {
      const chances = largestBin(n, K)!;
      for (const [load, chance] of Object.entries<string>(maxLoad)) {
        expect(Math.abs(chances[Number(load)] - value(chance))).toBeLessThan(1e-12);
      }
    }
  });

  it('adds up to one and has its mean where the other formula has it, also for many balls', () => {
    for (const [balls, bins] of [
      [64, 4],
      [300, 8],
      [500, 4],
    ] as const) {
      const chances = largestBin(balls, bins)!;
      expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 11);
      const mean = chances.reduce((sum, chance, load) => sum + chance * load, 0);
      if (balls < 100) expect(mean).toBeCloseTo(expectedLoad(balls, bins), 9);
    }
    expect(largestBin(501, 4)).toBeNull();
    expect([...largestBin(0, 4)!]).toEqual([1]);
  });
});
