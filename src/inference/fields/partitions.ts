/**
 * Which flows a hypothesis gives the same key: its partition of the rows into cells. Many of the 3456 hypotheses give
 * the same partition of the flows at hand (a field that is constant drops out), and what a random table says depends
 * on the partition alone, so each is made once.
 */

import { ICMP, MAIN, NO_IP, type RowKind } from '../../flows/rows.js';
import {
  BOTH,
  DST,
  HYPOTHESES,
  hypothesis,
  MODES,
  NONE,
  PAIR_FIELDS,
  SINGLE_FIELDS,
  SRC,
  SYM,
  XOR,
} from './hypotheses.js';
import { Interner, type Observations } from './observations.js';

/** Of a row the hypothesis does not define: ICMP under a hash of ports, frames without IP under a hash of addresses. */
export const UNJUDGED = -1;

export interface Partition {
  readonly labels: Int32Array; // cell of each row, numbered in order of first appearance; or UNJUDGED
  readonly cells: number;
}

export interface Partitions {
  readonly distinct: readonly Partition[];
  readonly of: Uint16Array; // by hypothesis
  /** By reading and hypothesis; the first is `of`. That of the reading before where what is left out contradicts nothing. */
  readonly byReading: readonly Uint16Array[];
}

/** What is judged of the rows that a hypothesis defines: all, those with IP, flows alone. Each leaves out more. */
export const READINGS = [0, 1, 2] as const;
export type Reading = (typeof READINGS)[number];
/** What each leaves out beside what the one before does. */
export const LEFT_OUT = [null, NO_IP, ICMP] as const;
export const isLeftOut = (kind: number, reading: Reading) => LEFT_OUT.some((k, i) => k === kind && i <= reading);

/**
 * @param hypotheses the only ones to have a partition: what `of` says of any other is meaningless
 * @param into where equal ones may be already
 */
export function partition(
  observed: Observations,
  hypotheses: Iterable<number> = ALL,
  into = new PartitionPool(observed.count),
): Partitions {
  const pool = new PartitionPool(observed.count);
  const [macs, ips, ports] = PAIR_FIELDS.map((_, pair) => pairPartitions(observed, pair).map((made) => pool.add(made)));
  const singles = singlePartitions(observed, pool);
  const telling = READINGS.filter((reading) => reading === 0 || observed.kind.includes(LEFT_OUT[reading]!));
  const sameAs = READINGS.map((reading) => telling.findLast((other) => other <= reading)!);
  const unjudged = READINGS.map((reading) => leftOutRows(observed, reading));
  const of = telling.map(() => new Uint16Array(HYPOTHESES));
  const ofPairs = new Int32Array(HYPOTHESES / SUBSETS).fill(-1); // number in the first pool
  const fullestBy: Reading[] = new Array(HYPOTHESES / SUBSETS).fill(0);
  const judged: (number | undefined)[] = []; // by number in the first pool and reading, that in the second
  const numberOf = (made: number, reading: Reading) => {
    const at = made * READINGS.length + reading;
    let number = judged[at];
    if (number === undefined) {
      const [whole, leftOut] = [pool.distinct[made], unjudged[reading]];
      number = into.add(leftOut ? without(whole, leftOut) : whole);
      judged[at] = number;
    }
    return number;
  };
  const agreeing: (boolean | undefined)[] = []; // by number in the first pool and reading
  const isAsBefore = (made: number, reading: Reading) => {
    const at = made * READINGS.length + reading;
    agreeing[at] ??= goWithFlows(observed, pool.distinct[made], LEFT_OUT[reading]!);
    return agreeing[at];
  };
  for (const index of hypotheses) {
    const pairs = Math.floor(index / SUBSETS);
    if (ofPairs[pairs] < 0) {
      const { mac, ip, port } = hypothesis(index);
      ofPairs[pairs] = pool.meet(pool.meet(macs[mac], ips[ip]), ports[port]);
      fullestBy[pairs] = sameAs[fullestReading(mac, port)];
    }
    const made = pool.meet(ofPairs[pairs], singles[index % SUBSETS]);
    const fullest = fullestBy[pairs];
    for (let i = 0; i < telling.length; i++) {
      const reading = telling[i];
      if (reading <= fullest) of[i][index] = numberOf(made, fullest);
      else of[i][index] = isAsBefore(made, reading) ? of[i - 1][index] : numberOf(made, reading);
    }
  }
  const byReading = READINGS.map((reading) => of[telling.indexOf(sameAs[reading])]);
  return { distinct: into.distinct, of: of[0], byReading };
}
/** Of the single fields: hypotheses that differ in nothing else follow each other. */
const SUBSETS = 2 ** SINGLE_FIELDS.length;
export const ALL: readonly number[] = Array.from({ length: HYPOTHESES }, (_, index) => index);

/** Which rows a hypothesis defines: a hash of ports flows alone, one of MAC addresses all, any other those with IP. */
const fullestReading = (mac: number, port: number): Reading => (port !== NONE ? 2 : mac === NONE ? 1 : 0);

/** No hypothesis leaves out any row. */
export const judgesEveryRow = ({ kind }: Observations) => !kind.some((k) => k === ICMP || k === NO_IP);

/** Of a pool, by far; two of their numbers as one are still a small number, which is no object. */
const MOST_PARTITIONS = 2 ** 15;

/** Partitions of the same rows. Numbers equal ones alike, and makes each product of two of them once. */
export class PartitionPool {
  readonly distinct: Partition[] = [];
  readonly #byHash = new Map<number, number[]>();
  readonly #products = new Map<number, number>();
  readonly #meet: Meet;

  constructor(readonly rows: number) {
    this.#meet = new Meet(rows);
  }

  add(candidate: Partition): number {
    const known = this.distinct.indexOf(candidate);
    if (known >= 0) return known;
    const hash = hashOf(candidate);
    const same = this.#byHash.get(hash) ?? [];
    for (const number of same) if (equal(this.distinct[number], candidate)) return number;
    const number = this.distinct.push(candidate) - 1;
    this.#byHash.set(hash, [...same, number]);
    return number;
  }

  /** The coarsest partition that is finer than both. */
  meet(a: number, b: number): number {
    const [one, other] = [this.distinct[a], this.distinct[b]];
    if (a === b || other.cells <= 1 || one.cells === this.rows) return a;
    if (one.cells <= 1 || other.cells === this.rows) return b;
    const key = a < b ? a * MOST_PARTITIONS + b : b * MOST_PARTITIONS + a;
    let number = this.#products.get(key);
    if (number === undefined) {
      number = this.add(this.#meet.of(one, other));
      this.#products.set(key, number);
    }
    return number;
  }
}

/** Cells of two partitions that share a row, numbered in order of first appearance. Keeps its hash table between uses. */
class Meet {
  readonly #keys: Int32Array;
  readonly #cells: Int32Array;

  constructor(rows: number) {
    const slots = 2 ** Math.ceil(Math.log2(2 * Math.max(1, rows)));
    this.#keys = new Int32Array(slots);
    this.#cells = new Int32Array(slots);
  }

  of(a: Partition, b: Partition): Partition {
    const [keys, cells] = [this.#keys.fill(-1), this.#cells];
    const mask = keys.length - 1;
    const labels = new Int32Array(a.labels.length);
    let count = 0;
    const [ofA, ofB, cellsOfB] = [a.labels, b.labels, b.cells];
    for (let row = 0; row < labels.length; row++) {
      const key = ofA[row] * cellsOfB + ofB[row]; // below 2^31: at most 2,500 rows each
      let slot = (Math.imul(key, 0x9e3779b1) >>> 7) & mask;
      while (keys[slot] !== key && keys[slot] >= 0) slot = (slot + 1) & mask;
      if (keys[slot] < 0) {
        keys[slot] = key;
        cells[slot] = count++;
      }
      labels[row] = cells[slot];
    }
    return { labels, cells: count };
  }
}

/** Of some rows, as whoever looks it up compares all of them. */
function hashOf({ labels, cells }: Partition): number {
  let hash = cells;
  for (let row = 0; row < labels.length; row += HASHED) hash = (Math.imul(hash, 0x01000193) ^ (labels[row] + 1)) | 0;
  return hash;
}
const HASHED = 5;

function equal(a: Partition, b: Partition): boolean {
  if (a.labels === b.labels) return true;
  if (a.cells !== b.cells) return false;
  for (let row = 0; row < a.labels.length; row++) if (a.labels[row] !== b.labels[row]) return false;
  return true;
}

/** Cells renumbered in order of first appearance. */
function canonical(labels: ArrayLike<number>): Partition {
  let most = 0;
  for (let row = 0; row < labels.length; row++) if (labels[row] > most) most = labels[row];
  const numbers = new Int32Array(most + 1).fill(UNJUDGED);
  const renumbered = new Int32Array(labels.length);
  let cells = 0;
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row];
    if (label !== UNJUDGED && numbers[label] === UNJUDGED) numbers[label] = cells++;
    renumbered[row] = label === UNJUDGED ? UNJUDGED : numbers[label];
  }
  return { labels: renumbered, cells };
}

function without({ labels }: Partition, unjudged: Uint8Array): Partition {
  return canonical(labels.map((label, row) => (unjudged[row] ? UNJUDGED : label)));
}

/** 1 for rows left out; null if none is. */
function leftOutRows({ kind }: Observations, reading: Reading): Uint8Array | null {
  const isAny = LEFT_OUT.some((left, i) => left !== null && i <= reading && kind.includes(left));
  return isAny ? kind.map((k) => (isLeftOut(k, reading) ? 1 : 0)) : null;
}

/**
 * Whether all rows of a kind are on the port of most flows of their cell: they contradict no function that the flows do not, and
 * to leave them out could only lose.
 */
function goWithFlows({ ports, port, kind, epochStart }: Observations, { labels, cells }: Partition, of: RowKind) {
  return ports.every((k, epoch) => {
    const counts = new Int32Array(cells * k);
    const [start, end] = [epochStart[epoch], epochStart[epoch + 1]];
    for (let row = start; row < end; row++) if (kind[row] === MAIN) counts[labels[row] * k + port[row]]++;
    for (let row = start; row < end; row++) {
      if (kind[row] !== of) continue;
      const cell = labels[row] * k;
      const here = counts[cell + port[row]];
      if (here === 0) return false;
      for (let p = cell; p < cell + k; p++) if (counts[p] > here) return false;
    }
    return true;
  });
}

/** The six modes of a pair. */
function pairPartitions({ count, fields }: Observations, pair: number): Partition[] {
  const [src, dst] = PAIR_FIELDS[pair].map((field) => fields[field]);
  const [bySrc, byDst] = [canonical(src.labels), canonical(dst.labels)];
  const none = oneCell(count);
  // With one of the two constant, whatever sees both divides the rows as the other does.
  const one = byDst.cells <= 1 ? bySrc : bySrc.cells <= 1 ? byDst : null;
  if (one) return MODES.map((_, mode) => (mode === NONE ? none : mode === SRC ? bySrc : mode === DST ? byDst : one));
  const meet = new Meet(count);
  return MODES.map((_, mode) => {
    switch (mode) {
      case SRC:
        return bySrc;
      case DST:
        return byDst;
      case BOTH:
        return meet.of(bySrc, byDst);
      case SYM: {
        const low = src.labels.map((label, row) => Math.min(label, dst.labels[row]));
        const high = src.labels.map((label, row) => Math.max(label, dst.labels[row]));
        return meet.of(canonical(low), canonical(high));
      }
      case XOR: {
        const xor = src.bits.map((word, i) => word ^ dst.bits[i]);
        return canonical(new Interner().labels(xor, src.words));
      }
      default:
        return none;
    }
  });
}

const oneCell = (rows: number): Partition => ({ labels: new Int32Array(rows), cells: Math.min(1, rows) });

/** The 16 subsets of the single fields, by number in the pool. */
function singlePartitions({ count, fields }: Observations, pool: PartitionPool): number[] {
  const none = pool.add(oneCell(count));
  const each = SINGLE_FIELDS.map((field) => pool.add(canonical(fields[field].labels)));
  return Array.from({ length: 16 }, (_, set) =>
    each.reduce((made, single, i) => ((set >> i) & 1 ? pool.meet(made, single) : made), none),
  );
}
