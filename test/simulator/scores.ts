/** How good stated probabilities were. */

import { Random } from './random.js';

/** A probability that was stated, and whether it came true. */
export interface Statement {
  readonly said: number;
  readonly was: boolean;
}

/** Mean squared difference between what was said and what was. Brier (1950), Monthly Weather Review 78. */
export const brier = (statements: readonly Statement[]) =>
  mean(statements, ({ said, was }) => (said - (was ? 1 : 0)) ** 2);

const FLOOR = 1e-12; // of a probability: a certain error costs 27.6 nats, not all

/** Mean of -log of the probability given to what was, in nats. */
export const logLoss = (statements: readonly Statement[]) =>
  mean(statements, ({ said, was }) => -Math.log(Math.max(FLOOR, was ? said : 1 - said)));

const mean = <T>(items: readonly T[], of: (item: T) => number) =>
  items.reduce((sum, item) => sum + of(item), 0) / items.length;

/**
 * 95 % interval by bootstrap over groups, percentile method (Efron, 1979). Over groups because the statements about one
 * scenario stand and fall together: drawn one by one they would look surer than they are.
 */
export function interval(
  groups: readonly (readonly Statement[])[],
  score: (statements: readonly Statement[]) => number,
  resamples = 1000,
): [number, number] {
  const random = new Random(4711);
  const filled = groups.filter(({ length }) => length > 0);
  // A mean over a resample is the sum of the groups' sums.
  const sums = filled.map((group) => score(group) * group.length);
  const scores = Float64Array.from({ length: resamples }, () => {
    let [total, count] = [0, 0];
    for (let i = 0; i < filled.length; i++) {
      const drawn = random.below(filled.length);
      total += sums[drawn];
      count += filled[drawn].length;
    }
    return total / count;
  }).sort();
  return [scores[Math.floor(0.025 * resamples)], scores[Math.ceil(0.975 * resamples) - 1]];
}

/** P(X >= hits) for X ~ Binomial(trials, chance), exactly: a sum of positive terms. */
export function chanceOfAtLeast(hits: number, trials: number, chance: number): number {
  if (hits <= 0) return 1;
  let sum = 0;
  let logTerm = trials * Math.log1p(-chance);
  const step = Math.log(chance) - Math.log1p(-chance);
  for (let x = 0; x <= trials; x++) {
    if (x >= hits) sum += Math.exp(logTerm);
    logTerm += Math.log(trials - x) - Math.log(x + 1) + step;
  }
  return Math.min(1, sum);
}

/** Upper end of the one-sided 95 % interval of a rate (Clopper and Pearson, 1934): 3/n where nothing was hit. */
export function rateBelow(hits: number, trials: number, level = 0.95): number {
  if (hits >= trials) return 1;
  let [low, high] = [hits / trials, 1];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (1 - chanceOfAtLeast(hits + 1, trials, middle) > 1 - level) low = middle;
    else high = middle;
  }
  return high;
}
