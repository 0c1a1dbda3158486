import { logAddExp } from '../../stats/log.js';

/** Probability that the port a flow used most is not the one its key maps to: unknown, so a mixture. */
export const NOISE: readonly number[] = [1e-4, 1e-3, 1e-2, 5e-2];
export const NOISE_WEIGHTS: readonly number[] = [0.5, 0.25, 0.2, 0.05];
const LOG_WEIGHTS = NOISE_WEIGHTS.map(Math.log);

/** One log-likelihood per entry of NOISE. */
export type NoiseVector = Float64Array;

/** log of the sum over the noise levels of weight * likelihood. */
export function logEvidence(logLikelihoods: ArrayLike<number>): number {
  let evidence = Number.NEGATIVE_INFINITY;
  for (let e = 0; e < NOISE.length; e++) evidence = logAddExp(evidence, LOG_WEIGHTS[e] + logLikelihoods[e]);
  return evidence;
}
