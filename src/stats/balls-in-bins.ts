/**
 * n balls thrown into K equally likely bins: what spread chance alone gives.
 * Everything is a sum of positive terms, never 1 - (almost 1): a chance of 3.6e-12 comes out as that, not as rounding
 * noise.
 */

/**
 * Chance of each number of busy bins, 0 to K, by throwing the balls one after another: a ball hits one of the j busy
 * bins with chance j/K. Equal to C(K, j) j! S(n, j) / K^n, to about n * 1e-16 relative, in n * K steps.
 */
export function busyBins(balls: number, bins: number): Float64Array {
  if (balls > MANY * bins) return busyBinsOfMany(balls, bins);
  const chance = new Float64Array(bins + 1);
  chance[0] = 1;
  for (let thrown = 0; thrown < balls; thrown++) {
    for (let busy = Math.min(bins, thrown + 1); busy > 0; busy--) {
      chance[busy] = (chance[busy] * busy + chance[busy - 1] * (bins - busy + 1)) / bins;
    }
    chance[0] = 0;
  }
  return chance;
}

const MANY = 500;

/**
 * The first term of C(K, j) sum_i (-1)^(j-i) C(j, i) (i/K)^n: the second is j (1 - 1/j)^n of it, below 1e-200 for n > 500 K.
 * All bins are busy in what is left.
 */
function busyBinsOfMany(balls: number, bins: number): Float64Array {
  const chance = new Float64Array(bins + 1);
  let ways = 1; // C(K, j)
  let rest = 1;
  for (let idle = 1; idle < bins; idle++) {
    ways = (ways * (bins - idle + 1)) / idle;
    chance[bins - idle] = ways * Math.exp(balls * Math.log1p(-idle / bins));
    rest -= chance[bins - idle];
  }
  chance[bins] = rest;
  return chance;
}

/** P(exactly `busy` of `bins` bins are hit by `balls` balls). */
export function chanceOfBusyBins(balls: number, bins: number, busy: number): number {
  return busyBins(balls, bins)[busy] ?? 0;
}

/** P(at most `busy` bins are hit): how often chance leaves at least this many bins empty. */
export function chanceOfAtMostBusyBins(balls: number, bins: number, busy: number): number {
  if (busy >= Math.min(balls, bins)) return 1;
  let chance = 0;
  for (const exactly of busyBins(balls, bins).subarray(0, busy + 1)) chance += exactly;
  return Math.min(1, chance);
}

/** K (1 - (1 - 1/K)^n). */
export function expectedBusyBins(balls: number, bins: number): number {
  return -bins * Math.expm1(balls * Math.log1p(-1 / bins)) || 0;
}

/**
 * P(no bin holds more than `most` balls), or with `beyond` the complement P(some bin holds more).
 * Bins are filled in turn, each with a binomial share of what is left: sums of positive terms only, so both tails
 * keep their relative precision. Steps: bins * balls * most.
 */
function loadChance(balls: number, bins: number, most: number, beyond: boolean): number {
  // state[left]: chance that the bins not yet filled do (or do not) keep to the limit, given `left` balls for them
  let state = Float64Array.from({ length: balls + 1 }, (_, left) => (left <= most !== beyond ? 1 : 0)); // the last bin
  const logFactorial = new Float64Array(balls + 1);
  for (let n = 2; n <= balls; n++) logFactorial[n] = logFactorial[n - 1] + Math.log(n);
  for (let open = 2; open <= bins; open++) {
    const logHit = -Math.log(open);
    const logMiss = Math.log1p(-1 / open);
    const next = new Float64Array(balls + 1);
    for (let left = 0; left <= balls; left++) {
      for (let here = 0; here <= left; here++) {
        const kept = here <= most ? state[left - here] : beyond ? 1 : 0;
        if (kept === 0) continue;
        const log =
          logFactorial[left] - logFactorial[here] - logFactorial[left - here] + here * logHit + (left - here) * logMiss;
        next[left] += Math.exp(log) * kept;
      }
    }
    state = next;
  }
  return Math.min(1, state[balls]);
}

/** P(largest bin <= most). */
export function chanceOfLoadAtMost(balls: number, bins: number, most: number): number {
  return loadChance(balls, bins, most, false);
}

/** P(largest bin >= least). */
export function chanceOfLoadAtLeast(balls: number, bins: number, least: number): number {
  return loadChance(balls, bins, least - 1, true);
}

/** Mean of the largest bin. */
export function expectedLoad(balls: number, bins: number): number {
  let mean = 0;
  for (let least = 1; least <= balls; least++) mean += chanceOfLoadAtLeast(balls, bins, least);
  return mean;
}

const MOST_BALLS = 500;

/**
 * P(largest bin = load), by load from 0 to `balls`; null for more than 500 balls.
 *
 * n balls on K bins are K Poisson counts given their sum, whatever the mean: P(largest <= m) is the K-fold convolution of the
 * pmf cut off after m, at n, over the pmf of the sum at n (Levin, 1981). Mean n/K keeps all terms in range. Sums of positive
 * terms; the difference of two neighbours leaves an error of some 1e-15 beside 1.
 */
export function largestBin(balls: number, bins: number): Float64Array | null {
  if (balls > MOST_BALLS) return null;
  const chance = new Float64Array(balls + 1);
  const mean = balls / bins;
  const pmf = new Float64Array(balls + 1);
  const logFactorial = new Float64Array(balls + 1);
  for (let n = 2; n <= balls; n++) logFactorial[n] = logFactorial[n - 1] + Math.log(n);
  for (let n = 0; n <= balls; n++) pmf[n] = balls === 0 ? 1 : Math.exp(n * Math.log(mean) - mean - logFactorial[n]);
  const ofSum = balls === 0 ? 1 : Math.exp(balls * Math.log(balls) - balls - logFactorial[balls]);
  let before = 0;
  for (let most = Math.ceil(mean); most <= balls; most++) {
    const atMost = Math.min(1, convolvedAt(pmf.subarray(0, most + 1), bins, balls) / ofSum);
    chance[most] = Math.max(0, atMost - before);
    before = atMost;
    if (1 - atMost < 1e-13) break; // what is left is rounding
  }
  return chance;
}

/** The `times`-fold convolution of a sequence with itself, its element `at`. */
function convolvedAt(terms: Float64Array, times: number, at: number): number {
  let sum = Float64Array.from({ length: at + 1 }, (_, n) => terms[n] ?? 0);
  for (let time = 2; time < times; time++) {
    const next = new Float64Array(at + 1);
    for (let n = 0; n <= at; n++) {
      let total = 0;
      for (let here = Math.min(n, terms.length - 1); here >= 0; here--) total += terms[here] * sum[n - here];
      next[n] = total;
    }
    sum = next;
  }
  if (times === 1) return sum[at];
  let total = 0; // of the last one only the element asked for
  for (let here = Math.min(at, terms.length - 1); here >= 0; here--) total += terms[here] * sum[at - here];
  return total;
}
