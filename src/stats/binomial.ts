/** Shares with their uncertainty. */

/** The interval that a share of hits has, 95 % of the time, by Wilson's score; null of nothing. E. B. Wilson, 1927. */
export function wilsonInterval(hits: number, of: number, z = 1.96): [number, number] | null {
  if (of <= 0) return null;
  const share = hits / of;
  const spread = (z * z) / of;
  const middle = (share + spread / 2) / (1 + spread);
  const half = (z / (1 + spread)) * Math.sqrt((share * (1 - share)) / of + spread / (4 * of));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/**
 * P(at least `a` of the first `m` hit), if `a + b` hits fell on `m + n` without regard to which of the two they are of:
 * Fisher's exact test, one-sided. A sum of positive terms, each from the one before.
 */
export function fisherAtLeast(a: number, m: number, b: number, n: number): number {
  const hits = a + b;
  const most = Math.min(hits, m);
  let log = logChoose(m, a) + logChoose(n, b) - logChoose(m + n, hits);
  let chance = 0;
  for (let k = a; k <= most; k++) {
    chance += Math.exp(log);
    log += Math.log(((m - k) * (hits - k)) / ((k + 1) * (n - hits + k + 1)));
  }
  return Math.min(1, chance);
}

function logChoose(n: number, k: number): number {
  let log = 0;
  for (let i = 1; i <= k; i++) log += Math.log((n - k + i) / i);
  return log;
}
