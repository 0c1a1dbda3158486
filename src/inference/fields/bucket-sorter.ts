/** Rows in the buckets of one function after another, most of which go soon. */

import { MAIN } from '../../flows/rows.js';
import { NO_VALUE, remainder } from '../../policies/policy.js';
import { seeded, shuffle } from '../../stats/random.js';
import { bucketsOf, type LibraryFunction, portsUsed } from '../functions/library-function.js';
import { hypothesis, NONE } from './hypotheses.js';
import { missesAllowed } from './misses.js';
import type { Observations } from './observations.js';

const NOT_YET = -2;
const IN_A_BLOCK = 32; // rows: a function that is none of the sender's goes after one block, or two

export class BucketSorter {
  readonly buckets: Int16Array; // of each row in its own epoch; UNJUDGED where the function is not defined
  readonly #probes: readonly Probe[];
  readonly #used: readonly number[]; // by epoch: ports with rows
  readonly #values: Float64Array; // of the function, of a block of rows
  #sizes: readonly number[]; // by epoch: buckets of the function
  #starts: Int32Array; // by epoch: its first bucket among all
  #counts: Int32Array; // rows by bucket and port
  #most: Int32Array; // rows of a bucket on its most frequent port
  readonly #wholes = new Map<LibraryFunction['value'], Int32Array>();
  readonly #ports: number; // most of any epoch

  constructor(readonly observed: Observations) {
    this.buckets = new Int16Array(observed.count);
    this.#probes = probesOf(observed.count);
    this.#used = portsUsed(observed.rows, observed.ports);
    this.#values = new Float64Array(IN_A_BLOCK);
    this.#sizes = observed.ports;
    this.#ports = Math.max(...observed.ports);
    [this.#starts, this.#counts, this.#most] = this.#room();
  }

  get sizes(): readonly number[] {
    return this.#sizes;
  }

  #room(): [Int32Array, Int32Array, Int32Array] {
    const starts = new Int32Array(this.#sizes.length);
    let buckets = 0;
    for (const [epoch, size] of this.#sizes.entries()) {
      starts[epoch] = buckets;
      buckets += size;
    }
    return [starts, new Int32Array(buckets * this.#ports), new Int32Array(buckets)];
  }

  /** False as soon as more flows than a function may miss are off the most frequent port of their bucket. */
  sort(f: LibraryFunction): boolean {
    const sizes = bucketsOf(f, this.observed.ports, this.#used);
    if (sizes !== this.#sizes) {
      this.#sizes = sizes;
      [this.#starts, this.#counts, this.#most] = this.#room();
    }
    return this.#probes.every((probe) => this.#sort(f, probe));
  }

  #sort(f: LibraryFunction, { rows, allowed }: Probe): boolean {
    const { kind } = this.observed;
    const { mac, port } = hypothesis(f.hypothesis);
    const defined = [true, port === NONE, port === NONE && mac !== NONE]; // by kind: flows, ICMP, no IP
    const values = this.#values;
    const read = this.#reader(f);
    this.#counts.fill(0);
    this.#most.fill(0);
    let misses = 0;
    for (let from = 0; from < rows.length; from += IN_A_BLOCK) {
      const to = Math.min(rows.length, from + IN_A_BLOCK);
      for (let n = from; n < to; n++) {
        const row = rows[n];
        values[n - from] = defined[kind[row]] ? read(row) : NO_VALUE;
      }
      misses = this.#count(rows, from, to, misses, allowed);
      if (misses < 0) return false;
    }
    return true;
  }

  /** Values by row. What several functions take low bits of is worked out once. */
  #reader({ value, lowBitsOf }: LibraryFunction): (row: number) => number {
    const { rows } = this.observed;
    if (lowBitsOf === undefined) return (row) => value(rows[row]);
    const { value: whole, mask } = lowBitsOf;
    const known = this.#wholes.get(whole) ?? new Int32Array(rows.length).fill(NOT_YET);
    this.#wholes.set(whole, known);
    return (row) => {
      if (known[row] === NOT_YET) known[row] = whole(rows[row]);
      return known[row] < 0 ? NO_VALUE : known[row] & mask;
    };
  }

  /** Misses with those of a block; -1 if they are too many. */
  #count(rows: Int32Array, from: number, to: number, before: number, allowed: Int32Array): number {
    const { kind, epoch, port } = this.observed;
    const [buckets, values, starts, counts, most] = [
      this.buckets,
      this.#values,
      this.#starts,
      this.#counts,
      this.#most,
    ];
    const ports = this.#ports;
    let misses = before;
    for (let n = from; n < to; n++) {
      const row = rows[n];
      const value = values[n - from];
      const size = this.#sizes[epoch[row]];
      const bucket = remainder(value, size);
      buckets[row] = bucket;
      if (bucket < 0 || kind[row] !== MAIN) continue;
      const here = starts[epoch[row]] + bucket;
      const rowsHere = ++counts[here * ports + port[row]];
      if (rowsHere > most[here]) most[here] = rowsHere;
      else if (++misses > allowed[n]) return -1;
    }
    return misses;
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
