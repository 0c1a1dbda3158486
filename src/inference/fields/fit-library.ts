/** Class L: every function of the library against the rows, and which of them the rows cannot tell apart. */

import { ICMP, MAIN } from '../../flows/rows.js';
import { remainder } from '../../policies/policy.js';
import { seeded, shuffle } from '../../stats/random.js';
import type { LibraryFunction } from '../functions/library-function.js';
import { hypothesis, NONE } from './hypotheses.js';
import { missesAllowed, tooManyMisses } from './misses.js';
import { NOISE, type NoiseVector } from './noise.js';
import type { Observations } from './observations.js';
import { judgesEveryRow, UNJUDGED } from './partitions.js';
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

/** @param leastMisses by hypothesis: what any function of its fields misses. */
export function fitLibrary(
  observed: Observations,
  library: readonly LibraryFunction[],
  leastMisses: (hypothesis: number) => number,
): LibraryFit {
  const groups: LibraryFunction[][] = [];
  const byHash = new Map<number, KnownFit[]>();
  const fitted: FittedFunction[] = [];
  const sorter = new BucketSorter(observed);
  const bounded = fieldsDecide(observed);
  for (const f of library) {
    if (bounded && leastMisses(f.hypothesis) > missesAllowed(observed.count)) continue;
    if (!sorter.sort(f)) continue;
    // Equal up to the names of the buckets in every epoch: equally good, and one finding.
    const { canonical, hash } = canonicalBuckets(observed, sorter.buckets);
    const same = byHash.get(hash) ?? [];
    let fit = same.find((known) => equal(known.canonical, canonical));
    if (!fit) {
      fit = { ...fitBuckets(observed, sorter.buckets), group: groups.push([]) - 1, canonical };
      byHash.set(hash, [...same, fit]);
    }
    groups[fit.group].push(f);
    const { logLikelihoods, misfit, judged, group } = fit;
    if (!tooManyMisses(misfit, judged)) fitted.push({ function: f, logLikelihoods, misfit, judged, group });
  }
  return { fitted, groups };
}

/**
 * Flows that agree on the fields of a hypothesis fall into one bucket of its functions. Not with several kinds of packet,
 * which a function may read each in its own way, nor where bits above those the hypothesis speaks of choose the bucket.
 */
function fieldsDecide(observed: Observations): boolean {
  const { rows, ports } = observed;
  const [first] = rows;
  return (
    ports.every((k) => k <= MOST_PORTS && (k & (k - 1)) === 0) &&
    judgesEveryRow(observed) &&
    rows.every(
      (row) =>
        row.etherType === first.etherType &&
        row.srcIp.length === first.srcIp.length &&
        (row.protocol === TCP || row.protocol === UDP),
    )
  );
}
const [TCP, UDP] = [6, 17]; // the only ones of whose ports every policy knows
const MOST_PORTS = 64; // Linux' layer3+4 takes bits 1 to 6

type KnownFit = Omit<FittedFunction, 'function'> & { readonly canonical: Uint8Array };

/** Sorts the rows into the buckets of one function after another: nearly all of them go after some fifty rows. */
class BucketSorter {
  readonly buckets: Int16Array; // of each row in its own epoch; UNJUDGED where the function is not defined
  readonly #every: Int32Array; // rows
  readonly #probe: Int32Array;
  readonly #counts: readonly Int32Array[]; // by epoch: rows per bucket and port
  readonly #most: readonly Int32Array[]; // rows of a bucket on its most frequent port

  constructor(readonly observed: Observations) {
    this.buckets = new Int16Array(observed.count);
    this.#every = Int32Array.from(observed.rows.keys());
    this.#probe = shuffle(this.#every.slice(), seeded(1)).subarray(0, observed.count > 4 * PROBE ? PROBE : 0);
    this.#counts = observed.ports.map((k) => new Int32Array(k * k));
    this.#most = observed.ports.map((k) => new Int32Array(k));
  }

  /** False as soon as more rows than a function may miss are off the most frequent port of their bucket. */
  sort(f: LibraryFunction): boolean {
    return this.#sort(f, this.#probe, PROBE_MISSES) && this.#sort(f, this.#every, missesAllowed(this.observed.count));
  }

  #sort(f: LibraryFunction, chosen: Int32Array, allowed: number): boolean {
    const { rows, ports, port, kind, epoch } = this.observed;
    const [buckets, countsOf, mostOf] = [this.buckets, this.#counts, this.#most];
    const { mac, port: portMode } = hypothesis(f.hypothesis);
    for (const counts of countsOf) counts.fill(0);
    for (const most of mostOf) most.fill(0);
    let misses = 0;
    for (let n = 0; n < chosen.length; n++) {
      const i = chosen[n];
      if (kind[i] !== MAIN && (portMode !== NONE || (kind[i] !== ICMP && mac === NONE))) {
        buckets[i] = UNJUDGED;
        continue;
      }
      const k = ports[epoch[i]];
      const bucket = remainder(f.value(rows[i]), k);
      if (bucket < 0) {
        buckets[i] = UNJUDGED;
        continue;
      }
      const rowsHere = ++countsOf[epoch[i]][bucket * k + port[i]];
      const most = mostOf[epoch[i]];
      if (rowsHere > most[bucket]) most[bucket] = rowsHere;
      else if (++misses > allowed) return false;
      buckets[i] = bucket;
    }
    return true;
  }
}

/**
 * Rows drawn at random that a function is tried on first, and how many of them it may miss. One that misses .08 of all rows
 * misses 8 of these on average, and more than 30 once in 10^10; on two ports one that has nothing to do with the rows misses 42.
 */
const PROBE = 96;
const PROBE_MISSES = 30;

/** Buckets renumbered in order of first appearance in each epoch; 0 is UNJUDGED. */
function canonicalBuckets({ ports, epochStart }: Observations, buckets: Int16Array) {
  const canonical = new Uint8Array(buckets.length);
  let hash = 0;
  for (let epoch = 0; epoch < ports.length; epoch++) {
    const names = new Uint8Array(ports[epoch]);
    let named = 0;
    for (let row = epochStart[epoch]; row < epochStart[epoch + 1]; row++) {
      const bucket = buckets[row];
      if (bucket !== UNJUDGED) {
        if (names[bucket] === 0) names[bucket] = ++named;
        canonical[row] = names[bucket];
      }
      hash = (Math.imul(hash, 0x01000193) ^ canonical[row]) | 0;
    }
  }
  return { canonical, hash };
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
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
