import { describe, expect, it } from 'vitest';
import { effectiveLinks, jain, maxOverMean } from '../../../src/stats/balance.js';
import { bitMatrix, pivotColumns, rank } from '../../../src/stats/gf2.js';
import { logAddExp, logGamma, logSumExp } from '../../../src/stats/log.js';
import { logPermanent } from '../../../src/stats/permanent.js';
import { seeded, shuffle } from '../../../src/stats/random.js';
import { inferenceVectors, noVectors, vectorsTitle } from '../../helpers/vectors.js';

describe('balance', () => {
  it('has no value without load', () => {
    expect([jain([0, 0]), effectiveLinks([0, 0]), maxOverMean([])]).toEqual([null, null, null]);
  });

  it('holds for octets of a year', () => {
    expect(jain([2 ** 52, 2 ** 52, 0, 0])).toBe(0.5);
  });
});

describe.skipIf(noVectors)(vectorsTitle('balance as the reference counts it'), () => {
  const cases: { load: number[]; jain: number; eff_links: number; max_over_mean: number }[] =
    inferenceVectors().balance ?? [];
  it.each(cases)('$load', ({ load, jain: fairness, eff_links, max_over_mean }) => {
    expect(jain(load)).toBeCloseTo(fairness, 8);
    expect(effectiveLinks(load)).toBeCloseTo(eff_links, 7);
    expect(maxOverMean(load)).toBeCloseTo(max_over_mean, 8);
  });
});

describe('logarithms', () => {
  it('adds what would overflow', () => {
    expect(logAddExp(-2000, -2000)).toBeCloseTo(-2000 + Math.log(2), 12);
    expect(logAddExp(Number.NEGATIVE_INFINITY, 3)).toBe(3);
    expect(logSumExp([1000, 1000, Number.NEGATIVE_INFINITY])).toBeCloseTo(1000 + Math.log(2), 12);
    expect(logSumExp([])).toBe(Number.NEGATIVE_INFINITY);
  });

  it('knows log-gamma', () => {
    let sum = 0;
    for (let n = 1; n < 170; n++) {
      expect(Math.abs(logGamma(n) - sum)).toBeLessThan(1e-11 * Math.max(1, sum)); // (n-1)!
      sum += Math.log(n);
    }
    expect(logGamma(0.5)).toBeCloseTo(0.5723649429247001, 13); // log sqrt(pi)
    expect(logGamma(0.25)).toBeCloseTo(1.2880225246980774, 12); // R 4.2: lgamma(0.25)
  });
});

describe('permanent', () => {
  it('is the sum over all assignments', () => {
    const entries = [1, 2, 3, 4, 5, 6, 7, 8, 9.5];
    const [a, b, c, d, e, f, g, h, i] = entries;
    const sum = a * (e * i + f * h) + b * (d * i + f * g) + c * (d * h + e * g);
    expect(logPermanent(Float64Array.from(entries, Math.log), 3)).toBeCloseTo(Math.log(sum), 12);
  });

  it('survives entries beyond the range of doubles', () => {
    const far = Float64Array.from([-2000, -3000, -3000, -2000]);
    expect(logPermanent(far, 2)).toBeCloseTo(-4000, 9);
  });
});

describe('GF(2)', () => {
  const matrix = (rows: bigint[], columns: number) => {
    const made = bitMatrix(rows.length, columns);
    rows.forEach((row, r) => {
      for (let c = 0; c < columns; c++) {
        if ((row >> BigInt(c)) & 1n) made.bits[r * made.words + (c >>> 5)] |= 1 << (c & 31);
      }
    });
    return made;
  };

  it('finds the rank across words', () => {
    const a = (1n << 70n) | 1n;
    const b = (1n << 70n) | (1n << 40n);
    expect(rank(matrix([a, b, a ^ b, 0n, a], 71))).toBe(2);
    expect(rank(matrix([a, b, a ^ b ^ 2n], 71))).toBe(3);
  });

  it('keeps all dependencies on the pivot columns', () => {
    const random = seeded(1);
    const basis = Array.from({ length: 6 }, () => BigInt(Math.floor(random.next() * 2 ** 45)));
    const rows = Array.from({ length: 40 }, () => basis.reduce((sum, v) => (random.next() < 0.5 ? sum ^ v : sum), 0n));
    const pivots = pivotColumns(matrix(rows, 45));
    const short = rows.map((row) => pivots.reduce((v, p, i) => v | (((row >> BigInt(p)) & 1n) << BigInt(i)), 0n));
    expect(pivots).toHaveLength(6);
    expect(new Set(short).size).toBe(new Set(rows).size);
  });
});

describe('random numbers', () => {
  it('below a limit is the share of it that the next number is, large limits and small', () => {
    for (const limit of [1, 2, 3, 1000, 2 ** 15 - 1, 2 ** 15, 2 ** 15 + 1, 2 ** 31]) {
      const [one, other] = [seeded(limit), seeded(limit)];
      for (let i = 0; i < 1000; i++) expect(one.below(limit)).toBe(Math.floor(other.next() * limit));
    }
  });

  it('are the same from the same seed', () => {
    const draw = (seed: number) => Array.from({ length: 5 }, seeded(seed).next);
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('are about even, and a shuffle loses nothing', () => {
    const random = seeded(3);
    const counts = new Array(4).fill(0);
    for (let i = 0; i < 40_000; i++) counts[random.below(4)]++;
    for (const n of counts) expect(Math.abs(n - 10_000)).toBeLessThan(400); // 4.6 standard deviations
    const items = shuffle(
      Int32Array.from({ length: 50 }, (_, i) => i),
      random,
    );
    expect([...items].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect([...items]).not.toEqual([...items].sort((a, b) => a - b));
  });
});
