/**
 * How well every hypothesis explains one set of rows, in three classes of function: an unknown table (R), an unknown
 * GF(2)-affine map (A), a function of the library (L). Priors come later (posterior.ts): nothing here depends on them.
 */

import type { LibraryFunction } from '../functions/function.js';
import { affineFit, isAffineSize, SolutionCache } from './affine.js';
import { type FittedFunction, fitLibrary } from './fit-library.js';
import { HYPOTHESES, POLICY_OF } from './hypotheses.js';
import { tooManyMisses } from './misses.js';
import { logEvidence } from './noise.js';
import type { Observations } from './observations.js';
import { type Partitions, partition } from './partitions.js';
import { perConnectionEvidence, type SocketHash, socketHash } from './per-connection.js';
import { epochTables, sumOver } from './tables.js';

export const TABLE = 'table';
export const AFFINE = 'affine';
export const LIBRARY = 'library';

/** Shares of a named hypothesis' prior. A class that does not exist leaves its share to the table. */
export const CLASS_SHARE = { [TABLE]: 0.5, [AFFINE]: 0.2, [LIBRARY]: 0.3 } as const;

/** One way a hypothesis could have come true. */
export interface Explanation {
  readonly hypothesis: number;
  readonly kind: typeof TABLE | typeof AFFINE | typeof LIBRARY;
  readonly function: LibraryFunction | null;
  readonly group: number; // functions that no row tells apart share it; -1 for the other classes
  readonly logValue: number; // log of share of the prior * evidence
}

export interface Evaluation {
  readonly observed: Observations;
  readonly partitions: Partitions;
  readonly explanations: readonly Explanation[];
  readonly groups: readonly (readonly LibraryFunction[])[];
  readonly misfit: Int32Array; // by partition: rows off their cell's most frequent port
  readonly perConnection: number | null; // log evidence; null where the sender owns no sockets
  readonly socket: SocketHash | null;
}

export interface Classes {
  readonly affine: boolean;
  readonly library: readonly LibraryFunction[];
  readonly ownsSockets: boolean;
}

export function evaluate(observed: Observations, { affine, library, ownsSockets }: Classes): Evaluation {
  const partitions = partition(observed);
  const tables = partitions.distinct.map((made) => epochTables(observed, made));
  const tableEvidence = tables.map((epochs) => logEvidence(sumOver(epochs)));
  const fits = fitLibrary(observed, library);
  const explanations: Explanation[] = [];

  const affineExists =
    affine && observed.ports.some((k, e) => isAffineSize(k) && observed.epochStart[e + 1] > observed.epochStart[e]);
  const affineCache = new SolutionCache(observed);
  const byHypothesis = new Map<number, { known: number; readonly fits: FittedFunction[] }>();
  for (const { hypothesis } of library) {
    const here = byHypothesis.get(hypothesis) ?? { known: 0, fits: [] };
    here.known++;
    byHypothesis.set(hypothesis, here);
  }
  for (const fit of fits.fitted) byHypothesis.get(fit.function.hypothesis)!.fits.push(fit);

  for (let h = 0; h < HYPOTHESES; h++) {
    const evidence = tableEvidence[partitions.of[h]];
    const functions = byHypothesis.get(h);
    let tableShare = 1;
    if (functions !== undefined) {
      tableShare -= CLASS_SHARE.library;
      const share = Math.log(CLASS_SHARE.library / functions.known); // that of a function that misses too many rows is lost
      for (const fit of functions.fits) {
        explanations.push({
          hypothesis: h,
          kind: LIBRARY,
          function: fit.function,
          group: fit.group,
          logValue: share + logEvidence(fit.logLikelihoods),
        });
      }
    }
    if (affineExists && POLICY_OF[h] !== null && POLICY_OF[h] !== 'none') {
      tableShare -= CLASS_SHARE.affine;
      const fit = affineFit(observed, partitions.distinct[partitions.of[h]], tables[partitions.of[h]], h, affineCache);
      if (fit && !tooManyMisses(fit.misfit, fit.judged)) {
        explanations.push({
          hypothesis: h,
          kind: AFFINE,
          function: null,
          group: -1,
          logValue: Math.log(CLASS_SHARE.affine) + logEvidence(fit.logLikelihoods),
        });
      }
    }
    explanations.push({
      hypothesis: h,
      kind: TABLE,
      function: null,
      group: -1,
      logValue: Math.log(tableShare) + evidence,
    });
  }
  return {
    observed,
    partitions,
    explanations,
    groups: fits.groups,
    misfit: Int32Array.from(tables, (epochs) => epochs.reduce((sum, { misfit }) => sum + misfit, 0)),
    perConnection: ownsSockets ? perConnectionEvidence(observed) : null,
    socket: ownsSockets ? socketHash(observed) : null,
  };
}
