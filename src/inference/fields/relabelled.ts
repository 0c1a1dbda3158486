/** Class L: a known function, and an unknown order of the ports behind its buckets. */

import { bestAssignment } from '../../stats/assignment.js';
import { logGamma } from '../../stats/log.js';
import { logPermanent } from '../../stats/permanent.js';
import { NOISE, type NoiseVector } from './noise.js';

export interface FunctionFit {
  readonly logLikelihoods: NoiseVector;
  readonly misfit: number; // flows that are not on their bucket's port, under the best bijection
}

/**
 * @param counts flows per bucket and port, `ports` x `ports`, row-major.
 *
 * log( permanent(M) / K! ), M_bp = (1-e)^N_bp (e/(K-1))^(N_b - N_bp): the mean over all bijections of bucket and port.
 * The permanent's floor makes a second bucket on one port cheap where flows are many, so the misfit must not: it is
 * counted under one bijection, not by each bucket's most frequent port.
 */
export function relabelledFunction(counts: ArrayLike<number>, ports: number): FunctionFit {
  const logLikelihoods = new Float64Array(NOISE.length);
  const entries = new Float64Array(ports * ports);
  const inBucket = new Float64Array(ports);
  let flows = 0;
  for (let bucket = 0; bucket < ports; bucket++) {
    for (let p = 0; p < ports; p++) inBucket[bucket] += counts[bucket * ports + p];
    flows += inBucket[bucket];
  }
  const misfit = flows - bestAssignment(counts, ports).score;
  for (let e = 0; e < NOISE.length; e++) {
    const keep = Math.log1p(-NOISE[e]);
    const stray = Math.log(NOISE[e] / Math.max(1, ports - 1));
    for (let i = 0; i < entries.length; i++) {
      const on = counts[i];
      entries[i] = on * keep + (inBucket[Math.floor(i / ports)] - on) * stray;
    }
    logLikelihoods[e] = logPermanent(entries, ports) - logGamma(ports + 1);
  }
  return { logLikelihoods, misfit };
}
