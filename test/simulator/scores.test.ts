import { describe, expect, it } from 'vitest';
import { brier, chanceOfAtLeast, interval, logLoss, rateBelow } from './scores.js';

describe('scores', () => {
  const statements = [
    { said: 0.8, was: true },
    { said: 0.1, was: false },
    { said: 0.5, was: true },
  ];

  it('of stated probabilities', () => {
    expect(brier(statements)).toBeCloseTo((0.04 + 0.01 + 0.25) / 3, 12);
    expect(logLoss(statements)).toBeCloseTo(-(Math.log(0.8) + Math.log(0.9) + Math.log(0.5)) / 3, 12);
  });

  it('count errors by the exact binomial', () => {
    expect(chanceOfAtLeast(2, 10, 0.1)).toBeCloseTo(0.2639010709, 10); // R: 1 - pbinom(1, 10, .1)
    expect(chanceOfAtLeast(0, 10, 0.1)).toBe(1);
    expect(rateBelow(0, 970)).toBeCloseTo(1 - 0.05 ** (1 / 970), 9);
    expect(rateBelow(2, 10)).toBeCloseTo(0.5069013, 6); // R: qbeta(.95, 3, 8)
  });

  it('have intervals around them that many groups narrow', () => {
    const groups = (count: number) => Array.from({ length: count }, (_, i) => [{ said: 0.3, was: i % 3 === 0 }]);
    const [few, many] = [interval(groups(30), brier), interval(groups(3000), brier)];
    const score = brier(groups(3000).flat());
    expect(many[0]).toBeLessThan(score);
    expect(many[1]).toBeGreaterThan(score);
    expect(many[1] - many[0]).toBeLessThan((few[1] - few[0]) / 5);
  });
});
