/** Class L: every function of the library against the rows, and which of them the rows cannot tell apart. */

import { ICMP, MAIN, type RowKind } from '../../flows/rows.js';
import { remainder } from '../../policies/policy.js';
import { seeded, shuffle } from '../../stats/random.js';
import { bucketsOf, type LibraryFunction, portsUsed } from '../functions/library-function.js';
import type { Steps } from '../steps.js';
import { FreeRows } from './free-rows.js';
import { hypothesis, NONE } from './hypotheses.js';
import { missesAllowed, tooManyMisses } from './misses.js';
import { NOISE, type NoiseVector } from './noise.js';
import type { Observations } from './observations.js';
import { isLeftOut, judgesEveryRow, LEFT_OUT, READINGS, type Reading, UNJUDGED } from './partitions.js';
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
  for (const f of possible) {
    if (!f.withKeys) tryFunction(f);
    yield;
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

/** Sorts the rows into the buckets of one function after another: nearly all of them go after some fifty rows. */
class BucketSorter {
  readonly buckets: Int16Array; // of each row in its own epoch; UNJUDGED where the function is not defined
  readonly #probes: readonly Probe[];
  readonly #used: readonly number[]; // by epoch: ports with rows
  #sizes: readonly number[]; // by epoch: buckets of the function
  #counts: readonly Int32Array[] = []; // by epoch: rows per bucket and port
  #most: readonly Int32Array[] = []; // rows of a bucket on its most frequent port

  constructor(readonly observed: Observations) {
    this.buckets = new Int16Array(observed.count);
    this.#probes = probesOf(observed.count);
    this.#used = portsUsed(observed.rows, observed.ports);
    this.#sizes = observed.ports;
    this.#makeRoom();
  }

  get sizes(): readonly number[] {
    return this.#sizes;
  }

  #makeRoom(): void {
    this.#counts = this.observed.ports.map((k, epoch) => new Int32Array(this.#sizes[epoch] * k));
    this.#most = this.#sizes.map((size) => new Int32Array(size));
  }

  /** False as soon as more flows than a function may miss are off the most frequent port of their bucket. */
  sort(f: LibraryFunction): boolean {
    const sizes = bucketsOf(f, this.observed.ports, this.#used);
    if (sizes !== this.#sizes) {
      this.#sizes = sizes;
      this.#makeRoom();
    }
    return this.#probes.every((probe) => this.#sort(f, probe));
  }

  #sort(f: LibraryFunction, { rows: chosen, allowed }: Probe): boolean {
    const { rows, ports, port, kind, epoch } = this.observed;
    const [buckets, sizes, countsOf, mostOf] = [this.buckets, this.#sizes, this.#counts, this.#most];
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
      const bucket = remainder(f.value(rows[i]), sizes[epoch[i]]);
      if (bucket < 0) {
        buckets[i] = UNJUDGED;
        continue;
      }
      buckets[i] = bucket;
      if (kind[i] !== MAIN) continue;
      const rowsHere = ++countsOf[epoch[i]][bucket * k + port[i]];
      const most = mostOf[epoch[i]];
      if (rowsHere > most[bucket]) most[bucket] = rowsHere;
      else if (++misses > allowed[n]) return false;
    }
    return true;
  }
}

/** Rows that a function is tried on, and how many of the first n of them it may miss. */
interface Probe {
  readonly rows: Int32Array;
  readonly allowed: Int32Array; // by n - 1
}

/**
 * Rows drawn at random come first, then all. Of n drawn rows one that misses .08 of all misses .08 n on average, and seven
 * standard deviations and one more once in 10^8: on 32 rows 14, where on four ports one that has nothing to do with them misses 18.
 * Tables of 256 buckets miss few of the first rows, and go after some 600.
 */
function probesOf(count: number): Probe[] {
  const rows = Int32Array.from({ length: count }, (_, row) => row);
  const all = { rows, allowed: new Int32Array(count).fill(missesAllowed(count)) };
  if (count <= 3 * DRAWN) return [all];
  const drawn = shuffle(rows.slice(), seeded(1)).subarray(0, DRAWN);
  return [{ rows: drawn, allowed: Int32Array.from(drawn, (_, i) => mostMissed(i + 1)) }, all];
}
const DRAWN = 96;
const DEVIATIONS = 7;
const mostMissed = (rows: number) => Math.floor(0.08 * rows + 1 + DEVIATIONS * Math.sqrt(0.08 * 0.92 * rows));

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
