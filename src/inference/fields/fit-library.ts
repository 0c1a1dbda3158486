/** Class L: every function of the library against the rows, and which of them the rows cannot tell apart. */

import { ICMP, MAIN } from '../../flows/rows.js';
import type { LibraryFunction } from '../functions/function.js';
import { hypothesis, NONE } from './hypotheses.js';
import { tooManyMisses } from './misses.js';
import { NOISE, type NoiseVector } from './noise.js';
import type { Observations } from './observations.js';
import { UNJUDGED } from './partitions.js';
import { relabelledFunction } from './relabelled.js';

export interface FittedFunction {
  readonly function: LibraryFunction;
  readonly logLikelihoods: NoiseVector; // summed over epochs
  readonly misfit: number;
  readonly judged: number; // rows
  readonly group: number; // index into groups
}

export interface LibraryFit {
  readonly fitted: readonly FittedFunction[]; // without those that miss too many rows
  readonly groups: readonly (readonly LibraryFunction[])[];
}

export function fitLibrary(observed: Observations, library: readonly LibraryFunction[]): LibraryFit {
  const groups: LibraryFunction[][] = [];
  const byBuckets = new Map<string, Omit<FittedFunction, 'function'>>();
  const fitted = library.flatMap((f): FittedFunction[] => {
    const buckets = bucketsOf(observed, f);
    if (buckets === null) return [];
    // Equal up to the names of the buckets in every epoch: equally good, and one finding.
    const key = canonicalKey(observed, buckets);
    let fit = byBuckets.get(key);
    if (!fit) {
      fit = { ...fitBuckets(observed, buckets), group: groups.push([]) - 1 };
      byBuckets.set(key, fit);
    }
    groups[fit.group].push(f);
    return tooManyMisses(fit.misfit, fit.judged) ? [] : [{ function: f, ...fit }];
  });
  return { fitted, groups };
}

/**
 * Bucket of each row in its own epoch; UNJUDGED where the function is not defined. Null as soon as more rows than a function may
 * miss are off the most frequent port of their bucket: nearly all functions go after a few dozen rows.
 */
function bucketsOf({ rows, ports, port, kind, epoch }: Observations, f: LibraryFunction): Int16Array | null {
  const { mac, port: portMode } = hypothesis(f.hypothesis);
  const buckets = new Int16Array(rows.length);
  const counts = ports.map((k) => new Int32Array(k * k));
  const most = ports.map((k) => new Int32Array(k)); // rows of a bucket on its most frequent port
  let misses = 0;
  for (let i = 0; i < rows.length; i++) {
    const judged = kind[i] === MAIN || (portMode === NONE && (kind[i] === ICMP || mac !== NONE));
    if (!judged) {
      buckets[i] = UNJUDGED;
      continue;
    }
    const k = ports[epoch[i]];
    const bucket = f.value(rows[i]) % k;
    const rowsHere = ++counts[epoch[i]][bucket * k + port[i]];
    if (rowsHere > most[epoch[i]][bucket]) most[epoch[i]][bucket] = rowsHere;
    else if (tooManyMisses(++misses, rows.length)) return null;
    buckets[i] = bucket;
  }
  return buckets;
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
