/**
 * How well every hypothesis explains one set of rows, in three classes of function: an unknown table (R), an unknown
 * GF(2)-affine map (A), a function of the library (L). Priors come later (posterior.ts): nothing here depends on them.
 */

import type { LibraryFunction } from '../functions/library-function.js';
import { affineFit, isAffineSize, SolutionCache } from './affine.js';
import { type FittedFunction, fitLibrary } from './fit-library.js';
import { HYPOTHESES, POLICY_OF } from './hypotheses.js';
import { tooManyMisses } from './misses.js';
import { logEvidence } from './noise.js';
import type { Observations } from './observations.js';
import { type Partitions, partition } from './partitions.js';
import { perConnectionEvidence, type SocketHash, socketHash } from './per-connection.js';
import { epochTables, sumOver } from './tables.js';

/** Classes of function. */
export const [TABLE, AFFINE, LIBRARY, FITTED] = [0, 1, 2, 3] as const; // FITTED: of the library, of which more than the order of the ports was learnt from the rows

/** Shares of a named hypothesis' prior. A class that does not exist leaves its share to the table. */
export const CLASS_SHARE = { [TABLE]: 0.5, [AFFINE]: 0.2, [LIBRARY]: 0.3 } as const;

/** The ways in which hypotheses could have come true, some 3,500: columns, as a row each would be most of the run. */
export interface Explanations {
  readonly count: number;
  readonly hypothesis: Uint16Array;
  readonly kind: Uint8Array;
  readonly function: readonly (LibraryFunction | null)[];
  readonly logValue: Float64Array; // log of share of the prior * evidence
}

export interface Evaluation {
  readonly observed: Observations;
  readonly partitions: Partitions;
  readonly explanations: Explanations;
  readonly groups: readonly (readonly LibraryFunction[])[];
  readonly misfit: Int32Array; // by partition: rows off their cell's most frequent port
  readonly perConnection: number | null; // log evidence; null where the sender owns no sockets
  readonly socket: SocketHash | null;
}

/** Whether more was learnt from the rows than which port each bucket is: a key, a table, how many buckets there are. */
const isFitted = ({ shareOfKeys, buckets, usedPortsOnly }: LibraryFunction) =>
  shareOfKeys !== undefined || buckets !== null || usedPortsOnly;

class ExplanationList implements Explanations {
  count = 0;
  readonly hypothesis: Uint16Array;
  readonly kind: Uint8Array;
  readonly function: (LibraryFunction | null)[] = [];
  readonly logValue: Float64Array;

  constructor(most: number) {
    this.hypothesis = new Uint16Array(most);
    this.kind = new Uint8Array(most);
    this.logValue = new Float64Array(most);
  }

  add(hypothesis: number, kind: number, f: LibraryFunction | null, logValue: number): void {
    this.hypothesis[this.count] = hypothesis;
    this.kind[this.count] = kind;
    this.function.push(f);
    this.logValue[this.count++] = logValue;
  }
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
  const misfit = Int32Array.from(tables, (epochs) => epochs.reduce((sum, table) => sum + table.misfit, 0));
  const fits = fitLibrary(observed, library, (h) => misfit[partitions.of[h]]);
  const explanations = new ExplanationList(2 * HYPOTHESES + fits.fitted.length);

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
      tableShare -= CLASS_SHARE[LIBRARY];
      const share = Math.log(CLASS_SHARE[LIBRARY] / functions.known); // that of a function that misses too many rows is lost
      for (const fit of functions.fits) {
        const ofKeys = Math.log(fit.function.shareOfKeys ?? 1);
        const kind = isFitted(fit.function) ? FITTED : LIBRARY;
        explanations.add(h, kind, fit.function, share + ofKeys + logEvidence(fit.logLikelihoods));
      }
    }
    if (affineExists && POLICY_OF[h] !== null && POLICY_OF[h] !== 'none') {
      tableShare -= CLASS_SHARE[AFFINE];
      const fit = affineFit(observed, partitions.distinct[partitions.of[h]], tables[partitions.of[h]], h, affineCache);
      if (fit && !tooManyMisses(fit.misfit, fit.judged)) {
        explanations.add(h, AFFINE, null, Math.log(CLASS_SHARE[AFFINE]) + logEvidence(fit.logLikelihoods));
      }
    }
    explanations.add(h, TABLE, null, Math.log(tableShare) + evidence);
  }
  return {
    observed,
    partitions,
    explanations,
    groups: fits.groups,
    misfit,
    perConnection: ownsSockets ? perConnectionEvidence(observed) : null,
    socket: ownsSockets ? socketHash(observed) : null,
  };
}
