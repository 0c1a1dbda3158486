/** From how well each hypothesis explains the rows to how likely it is. */

import { logSumExp } from '../../stats/log.js';
import type { Evaluation, Explanation } from './evaluate.js';
import { FIELDS, HYPOTHESES, INCLUDED, type Prior } from './hypotheses.js';

export interface Posterior {
  readonly logEvidence: number; // of the rows under this prior
  readonly inclusion: readonly number[]; // by FIELDS
  readonly byHypothesis: Float64Array;
  readonly byPartition: Float64Array;
  readonly byExplanation: Float64Array; // in the order of Evaluation.explanations
  readonly byClass: Readonly<Record<Explanation['kind'], number>>;
  readonly perConnection: number;
  readonly socket: number;
}

/** Normalised over the hypotheses of one evaluation. */
export function posterior(evaluation: Evaluation, prior: Prior): Posterior {
  const { explanations, partitions } = evaluation;
  const perConnectionPrior = evaluation.perConnection === null ? 0 : prior.perConnection;
  const socketPrior = evaluation.socket === null ? 0 : prior.socket;
  const logs = new Float64Array(explanations.length + 2);
  explanations.forEach(({ hypothesis, logValue }, i) => {
    logs[i] = Math.log(prior.weights[hypothesis]) + logValue;
  });
  logs[explanations.length] = Math.log(perConnectionPrior) + (evaluation.perConnection ?? 0);
  logs[explanations.length + 1] = Math.log(socketPrior) + (evaluation.socket?.logEvidence ?? 0);

  const logEvidence = logSumExp(logs);
  const shares = logs.map((log) => Math.exp(log - logEvidence));
  const byHypothesis = new Float64Array(HYPOTHESES);
  const byPartition = new Float64Array(partitions.distinct.length);
  const byClass = { table: 0, affine: 0, library: 0 };
  explanations.forEach(({ hypothesis, kind }, i) => {
    byHypothesis[hypothesis] += shares[i];
    byPartition[partitions.of[hypothesis]] += shares[i];
    byClass[kind] += shares[i];
  });
  const inclusion = FIELDS.map(() => 0);
  for (let h = 0; h < HYPOTHESES; h++) {
    for (let field = 0; field < FIELDS.length; field++) {
      if ((INCLUDED[h] >> field) & 1) inclusion[field] += byHypothesis[h];
    }
  }
  return {
    logEvidence,
    inclusion,
    byHypothesis,
    byPartition,
    byExplanation: shares.subarray(0, explanations.length),
    byClass,
    perConnection: shares[explanations.length],
    socket: shares[explanations.length + 1],
  };
}

/** The partition most of the posterior agrees on. */
export function topPartition({ byPartition }: Posterior): number {
  return byPartition.reduce((top, share, i) => (share > byPartition[top] ? i : top), 0);
}
