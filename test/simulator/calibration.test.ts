/** A short run of `npm run calibrate` on fixed seeds: the bounds leave room for other luck, not for another inference. */

import { describe, expect, it } from 'vitest';
import { type Calibration, calibrate } from './calibration.js';
import { judgeScenario } from './judge.js';
import { drawScenario, MIXES } from './scenario.js';
import { chanceOfAtLeast } from './scores.js';

const SCENARIOS = 200;

function run(set: string): Calibration {
  return calibrate(Array.from({ length: SCENARIOS }, (_, i) => judgeScenario(drawScenario(MIXES[set], 1 + i))));
}

/** Chance of so many errors or more, if one statement in `odds` were wrong. */
const chance = (errors: number, statements: number, odds: number) => chanceOfAtLeast(errors, statements, 1 / odds);

describe.each([
  { set: 'library', brierBelow: 0.065, logLossBelow: 0.22, decided: 430, named: 75 },
  { set: 'outside', brierBelow: 0.105, logLossBelow: 0.37, decided: 310, named: 8 },
])('simulated aggregates, $set', ({ set, brierBelow, logLossBelow, decided, named }) => {
  const { brier, logLoss, expectedBrier, bins, verdicts, names } = run(set);
  const [least, most] = [bins[0], bins[bins.length - 1]];

  it('are judged with no more wrong verdicts than one in 500 would be', () => {
    const { used, unused } = verdicts;
    expect(chance(used.wrong, used.right + used.wrong, 500)).toBeGreaterThan(0.01);
    // What the values seen do not show is not held against the verdict.
    const missed = unused.wrong - unused.withoutEffect;
    expect(chance(missed, unused.right + unused.wrong, 500)).toBeGreaterThan(0.01);
  });

  it('are judged wherever they have been before', () => {
    expect(verdicts.used.right + verdicts.unused.right).toBeGreaterThan(decided);
  });

  it('contradict no near-certainty more often than was said', () => {
    expect(chance(least.hits, least.count, 100)).toBeGreaterThan(0.01);
    expect(chance(most.count - most.hits, most.count, 100)).toBeGreaterThan(0.01);
  });

  it('come true as often as was said', () => {
    expect(brier.value).toBeLessThan(brierBelow);
    expect(Math.abs(brier.value - expectedBrier)).toBeLessThan(0.015);
    expect(logLoss.value).toBeLessThan(logLossBelow);
  });

  it('have their functions named, and by few wrong names', () => {
    const count = (of: 'right' | 'among' | 'here' | 'wrong') => [...names.values()].reduce((sum, n) => sum + n[of], 0);
    expect(count('right') + count('among') + count('here')).toBeGreaterThan(named);
    expect(count('wrong')).toBeLessThanOrEqual(3);
  });
});
