/** From how well each hypothesis explains the rows to how likely it is. */

import { lowestBit } from '../../stats/gf2.js';
import { logSumExp } from '../../stats/log.js';
import { AFFINE, type Evaluation, FITTED, LIBRARY, LOW_TABLE, SUM, TABLE } from './evaluate.js';
import { FIELDS, HYPOTHESES, INCLUDED, type Prior } from './hypotheses.js';

export interface Posterior {
  readonly logEvidence: number; // of the rows under this prior
  readonly inclusion: readonly number[]; // by FIELDS
  readonly byHypothesis: Float64Array;
  readonly byPartition: Float64Array;
  readonly byExplanation: Float64Array; // in the order of Evaluation.explanations
  readonly byClass: Readonly<Record<'table' | 'lowTable' | 'affine' | 'sum' | 'library' | 'fitted', number>>;
  readonly perConnection: number;
  readonly socket: number;
}

/** Normalised over the hypotheses of one evaluation. */
export function posterior(evaluation: Evaluation, prior: Prior): Posterior {
  const { explanations, partitions } = evaluation;
  const { count, hypothesis, kind, logValue } = explanations;
  const perConnectionPrior = evaluation.perConnection === null ? 0 : prior.perConnection;
  const socketPrior = evaluation.socket === null ? 0 : prior.socket;
  const shares = new Float64Array(count + 2); // logarithms of them at first
  addLogs(shares, count, prior.weights, hypothesis, logValue);
  shares[count] = Math.log(perConnectionPrior) + (evaluation.perConnection ?? 0);
  shares[count + 1] = Math.log(socketPrior) + (evaluation.socket?.logEvidence ?? 0);

  const logEvidence = logSumExp(shares);
  normalise(shares, logEvidence);
  const byHypothesis = sumBy(shares, hypothesis, count, HYPOTHESES);
  const byPartition = sumBy(shares, explanations.partition, count, partitions.distinct.length);
  const byKind = sumBy(shares, kind, count, 6);
  return {
    logEvidence,
    inclusion: inclusionOf(byHypothesis),
    byHypothesis,
    byPartition,
    byExplanation: shares.subarray(0, count),
    byClass: {
      table: byKind[TABLE],
      lowTable: byKind[LOW_TABLE],
      affine: byKind[AFFINE],
      sum: byKind[SUM],
      library: byKind[LIBRARY],
      fitted: byKind[FITTED],
    },
    perConnection: shares[count],
    socket: shares[count + 1],
  };
}

// Small functions, each compiled once and soon: the compiler takes longer for these loops in one than they run.
function addLogs(into: Float64Array, count: number, weights: Float64Array, of: Uint16Array, logs: Float64Array): void {
  for (let i = 0; i < count; i++) into[i] = Math.log(weights[of[i]]) + logs[i];
}

function normalise(logs: Float64Array, logSum: number): void {
  for (let i = 0; i < logs.length; i++) logs[i] = Math.exp(logs[i] - logSum);
}

function sumBy(shares: Float64Array, by: Uint16Array | Uint8Array, count: number, size: number): Float64Array {
  const sums = new Float64Array(size);
  for (let i = 0; i < count; i++) sums[by[i]] += shares[i];
  return sums;
}

function inclusionOf(byHypothesis: Float64Array): number[] {
  const inclusion = FIELDS.map(() => 0);
  for (let h = 0; h < HYPOTHESES; h++) {
    if (byHypothesis[h] === 0) continue;
    for (let left = INCLUDED[h]; left !== 0; left &= left - 1) inclusion[lowestBit(left)] += byHypothesis[h];
  }
  return inclusion;
}

/** The partition most of the posterior agrees on. */
export function topPartition({ byPartition }: Posterior): number {
  return byPartition.reduce((top, share, i) => (share > byPartition[top] ? i : top), 0);
}
