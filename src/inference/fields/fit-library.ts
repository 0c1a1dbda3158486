/** Class L: every function of the library against the rows, and which of them the rows cannot tell apart. */

import { ICMP, MAIN } from '../../flows/rows.js';
import type { LibraryFunction } from '../functions/function.js';
import { hypothesis, NONE } from './hypotheses.js';
import { NOISE, type NoiseVector } from './noise.js';
import type { Observations } from './observations.js';
import { UNJUDGED } from './partitions.js';
import { relabelledFunction } from './relabelled.js';

/** More misses than this and a function is not the one: its misses would otherwise declare a field unused. */
export const tooManyMisses = (misses: number, flows: number) => misses > 0.08 * flows + 2;

export interface FittedFunction {
  readonly function: LibraryFunction;
  readonly buckets: Int16Array; // by row; UNJUDGED where the function is not defined
  readonly logLikelihoods: NoiseVector; // summed over epochs
  readonly misfit: number;
  readonly judged: number; // rows
  readonly group: number; // index into groups
}

export interface LibraryFit {
  readonly fitted: readonly FittedFunction[];
  readonly groups: readonly (readonly LibraryFunction[])[];
}

export function fitLibrary(observed: Observations, library: readonly LibraryFunction[]): LibraryFit {
  const groups: LibraryFunction[][] = [];
  const byBuckets = new Map<string, Omit<FittedFunction, 'function' | 'buckets'>>();
  const fitted = library.map((f) => {
    const buckets = bucketsOf(observed, f);
    // Equal up to the names of the buckets in every epoch: equally good, and one finding.
    const key = canonicalKey(observed, buckets);
    let fit = byBuckets.get(key);
    if (!fit) {
      fit = { ...fitBuckets(observed, buckets), group: groups.push([]) - 1 };
      byBuckets.set(key, fit);
    }
    groups[fit.group].push(f);
    return { function: f, buckets, ...fit };
  });
  return { fitted, groups };
}

/** Bucket of each row in its own epoch. */
export function bucketsOf({ rows, ports, kind, epoch }: Observations, f: LibraryFunction): Int16Array {
  const { mac, port } = hypothesis(f.hypothesis);
  return Int16Array.from(rows, (row, i) => {
    const judged = kind[i] === MAIN || (port === NONE && (kind[i] === ICMP || mac !== NONE));
    return judged ? f.value(row) % ports[epoch[i]] : UNJUDGED;
  });
}

function canonicalKey({ ports, epochStart }: Observations, buckets: Int16Array): string {
  const canonical = new Uint8Array(buckets.length);
  for (let epoch = 0; epoch < ports.length; epoch++) {
    const names = new Map<number, number>([[UNJUDGED, 0]]);
    for (let row = epochStart[epoch]; row < epochStart[epoch + 1]; row++) {
      if (!names.has(buckets[row])) names.set(buckets[row], names.size);
      canonical[row] = names.get(buckets[row])!;
    }
  }
  return canonical.join();
}

function fitBuckets(observed: Observations, buckets: Int16Array) {
  const { ports, port, epochStart } = observed;
  const logLikelihoods = new Float64Array(NOISE.length);
  let misfit = 0;
  let judged = 0;
  for (let epoch = 0; epoch < ports.length; epoch++) {
    const k = ports[epoch];
    const counts = new Int32Array(k * k);
    let free = 0;
    for (let row = epochStart[epoch]; row < epochStart[epoch + 1]; row++) {
      if (buckets[row] === UNJUDGED) free++;
      else {
        counts[buckets[row] * k + port[row]]++;
        judged++;
      }
    }
    if (epochStart[epoch + 1] === epochStart[epoch]) continue;
    const fit = relabelledFunction(counts, k);
    misfit += fit.misfit;
    for (let e = 0; e < NOISE.length; e++) logLikelihoods[e] += fit.logLikelihoods[e] - free * Math.log(k);
  }
  return { logLikelihoods, misfit, judged };
}
