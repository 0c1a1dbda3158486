/** Class L: every function of the library against the rows, and which of them the rows cannot tell apart. */

import type { RowKind } from '../../flows/rows.js';
import type { LibraryFunction } from '../functions/library-function.js';
import type { Steps } from '../steps.js';
import { BucketSorter } from './bucket-sorter.js';
import { FreeRows } from './free-rows.js';
import { missesAllowed, tooManyMisses } from './misses.js';
import { NOISE, type NoiseVector } from './noise.js';
import type { Observations } from './observations.js';
import { UNJUDGED } from './partition-pool.js';
import { isLeftOut, judgesEveryRow, LEFT_OUT, READINGS, type Reading } from './partitions.js';
import { randomTable } from './random-table.js';
import { relabelledFunction } from './relabelled.js';

export interface FittedFunction {
  readonly function: LibraryFunction;
  readonly reading: Reading; // what it judges of the rows that it defines
  readonly logLikelihoods: NoiseVector; // summed over epochs
  readonly misfit: number;
  readonly judged: number; // rows
  readonly group: number; // index into groups
}

export interface LibraryFit {
  readonly fitted: readonly FittedFunction[]; // without those that miss too many rows
  readonly groups: readonly (readonly LibraryFunction[])[]; // alike on flows: all else weighs them within the group
}

const IN_A_STEP = 16; // functions

/** A table of more fits a few hundred flows whatever the function. */
const FEW_BUCKETS = 16;

/** @param leastMisses by hypothesis: what any function of its fields misses. */
export function* fitLibrary(
  observed: Observations,
  library: readonly LibraryFunction[],
  leastMisses: (hypothesis: number) => number,
): Steps<LibraryFit> {
  const groups: LibraryFunction[][] = [];
  const byHash = new Map<number, KnownFit[]>();
  const fitted: FittedFunction[] = [];
  const sorter = new BucketSorter(observed);
  const bounded = fieldsDecide(observed);
  const canFit = ({ hypothesis: h }: LibraryFunction) => !bounded || leastMisses(h) <= missesAllowed(observed.count);
  const tryFunction = (f: LibraryFunction) => {
    if (!sorter.sort(f)) return;
    const { buckets, sizes } = sorter;
    const readings = READINGS.filter((reading) => reading === 0 || defines(buckets, reading));
    const fits = readings.map((reading) => fitOf(reading === 0 ? buckets : leavingOut(buckets, reading), sizes));
    const { group } = fits[fits.length - 1];
    groups[group].push(f);
    fits.forEach(({ logLikelihoods, misfit, judged }, i) => {
      if (tooManyMisses(misfit, judged)) return;
      fitted.push({ function: f, reading: readings[i], logLikelihoods, misfit, judged, group });
    });
  };
  // Equal up to the names of the buckets in every epoch: equally good, and one finding.
  const fitOf = (buckets: Int16Array, sizes: readonly number[]): KnownFit => {
    const { canonical, hash } = canonicalBuckets(observed, buckets, sizes);
    const same = byHash.get(hash) ?? [];
    let made = same.find((known) => equal(known.canonical, canonical));
    if (!made) {
      made = { ...fitBuckets(observed, buckets, sizes), group: groups.push([]) - 1, canonical };
      byHash.set(hash, [...same, made]);
    }
    return made;
  };
  const rowsOf = (kind: RowKind | null) =>
    kind === null || !observed.kind.includes(kind)
      ? []
      : [...observed.kind.keys()].filter((row) => observed.kind[row] === kind);
  const leftOut = LEFT_OUT.map(rowsOf);
  const defines = (buckets: Int16Array, reading: Reading) => leftOut[reading].some((row) => buckets[row] !== UNJUDGED);
  const leavingOut = (buckets: Int16Array, reading: Reading) =>
    buckets.map((bucket, row) => (isLeftOut(observed.kind[row], reading) ? UNJUDGED : bucket));
  const possible = library.filter(canFit);
  for (const [i, f] of possible.entries()) {
    if (!f.withKeys) tryFunction(f);
    if (i % IN_A_STEP === 0) yield;
  }
  const isExplained = fitted.some(({ function: { buckets } }) => buckets === null || buckets <= FEW_BUCKETS);
  for (const f of isExplained ? [] : possible) {
    for (const keyed of f.withKeys?.() ?? []) tryFunction(keyed);
    yield;
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

type KnownFit = Omit<FittedFunction, 'function' | 'reading'> & { readonly canonical: Uint16Array };

/** Buckets renumbered in order of first appearance in each epoch; 0 is UNJUDGED. */
function canonicalBuckets({ ports, epochStart }: Observations, buckets: Int16Array, sizes: readonly number[]) {
  const canonical = new Uint16Array(buckets.length);
  let hash = 0;
  for (let epoch = 0; epoch < ports.length; epoch++) {
    const names = new Uint16Array(sizes[epoch]);
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

function equal(a: Uint16Array, b: Uint16Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** As many buckets as ports: one for each. Any other number: a table, which may deal several to a port and none to another. */
function fitBuckets(observed: Observations, buckets: Int16Array, sizes: readonly number[]) {
  const { ports, port, kind, epochStart } = observed;
  const logLikelihoods = new Float64Array(NOISE.length);
  let misfit = 0;
  let judged = 0;
  for (let epoch = 0; epoch < ports.length; epoch++) {
    const k = ports[epoch];
    const counts = new Int32Array(sizes[epoch] * k);
    const free = new FreeRows(k);
    for (let row = epochStart[epoch]; row < epochStart[epoch + 1]; row++) {
      if (buckets[row] === UNJUDGED) free.add(kind[row], port[row]);
      else {
        counts[buckets[row] * k + port[row]]++;
        judged++;
      }
    }
    if (epochStart[epoch + 1] === epochStart[epoch]) continue;
    const fit = sizes[epoch] === k ? relabelledFunction(counts, k) : randomTable(counts, k);
    misfit += fit.misfit;
    for (let e = 0; e < NOISE.length; e++) logLikelihoods[e] += fit.logLikelihoods[e];
    free.addTo(logLikelihoods);
  }
  return { logLikelihoods, misfit, judged };
}
