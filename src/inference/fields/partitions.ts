/**
 * Which flows a hypothesis gives the same key: its partition of the rows into cells. Many of the 3456 hypotheses give
 * the same partition of the flows at hand (a field that is constant drops out), and what a random table says depends
 * on the partition alone, so each is made once.
 */

import { ICMP, MAIN, NO_IP, type RowKind } from '../../flows/rows.js';
import { lowestBit } from '../../stats/gf2.js';
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
import { Meet, type Partition, PartitionPool, UNJUDGED } from './partition-pool.js';

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
  const read = new Readings(observed, pool, into, telling);
  const of = telling.map(() => new Uint16Array(HYPOTHESES));
  const made = new Map<number, Subsets>(); // by number of the partition of the pairs, and fullest reading
  for (const [pairs, wanted] of subsetsAmong(hypotheses).entries()) {
    if (wanted === 0) continue;
    const { mac, ip, port } = hypothesis(pairs * SUBSETS);
    const ofPairs = pool.meet(pool.meet(macs[mac], ips[ip]), ports[port]);
    const fullest = sameAs[fullestReading(mac, port)];
    const key = ofPairs * READINGS.length + fullest;
    let subsets = made.get(key);
    if (!subsets) {
      subsets = { known: 0, byReading: telling.map(() => new Uint16Array(SUBSETS)) };
      made.set(key, subsets);
    }
    for (let left = wanted & ~subsets.known; left !== 0; left &= left - 1) {
      const set = lowestBit(left);
      read.number(pool.meet(ofPairs, singles[set]), fullest, subsets.byReading, set);
    }
    subsets.known |= wanted;
    for (let i = 0; i < telling.length; i++) of[i].set(subsets.byReading[i], pairs * SUBSETS);
  }
  const byReading = READINGS.map((reading) => of[telling.indexOf(sameAs[reading])]);
  return { distinct: into.distinct, of: of[0], byReading };
}

/** Partitions by subset of the single fields: many pairs divide the rows alike, and so do they with any of those. */
interface Subsets {
  known: number; // mask of subsets
  readonly byReading: readonly Uint16Array[];
}

/** By modes of the pairs: a mask of the subsets that are asked for. */
function subsetsAmong(hypotheses: Iterable<number>): Uint16Array {
  const wanted = new Uint16Array(HYPOTHESES / SUBSETS);
  if (hypotheses === ALL) return wanted.fill(2 ** SUBSETS - 1);
  for (const index of hypotheses) wanted[Math.floor(index / SUBSETS)] |= 1 << (index % SUBSETS);
  return wanted;
}

/** What is left of partitions under each reading. */
class Readings {
  readonly #unjudged: readonly (Uint8Array | null)[];
  readonly #judged: (number | undefined)[] = []; // by number in the first pool and reading, that in the second
  readonly #agreeing: (boolean | undefined)[] = []; // by number in the first pool and reading

  constructor(
    readonly observed: Observations,
    readonly pool: PartitionPool,
    readonly into: PartitionPool,
    readonly telling: readonly Reading[],
  ) {
    this.#unjudged = READINGS.map((reading) => leftOutRows(observed, reading));
  }

  /** Numbers a partition of all rows, by reading. */
  number(made: number, fullest: Reading, byReading: readonly Uint16Array[], at: number): void {
    for (let i = 0; i < this.telling.length; i++) {
      const reading = this.telling[i];
      if (reading <= fullest) byReading[i][at] = this.#numberOf(made, fullest);
      else byReading[i][at] = this.#isAsBefore(made, reading) ? byReading[i - 1][at] : this.#numberOf(made, reading);
    }
  }

  #numberOf(made: number, reading: Reading): number {
    const at = made * READINGS.length + reading;
    let number = this.#judged[at];
    if (number === undefined) {
      const [whole, leftOut] = [this.pool.distinct[made], this.#unjudged[reading]];
      number = this.into.add(leftOut ? without(whole, leftOut) : whole);
      this.#judged[at] = number;
    }
    return number;
  }

  #isAsBefore(made: number, reading: Reading): boolean {
    const at = made * READINGS.length + reading;
    this.#agreeing[at] ??= goWithFlows(this.observed, this.pool.distinct[made], LEFT_OUT[reading]!);
    return this.#agreeing[at];
  }
}
/** Of the single fields: hypotheses that differ in nothing else follow each other. */
const SUBSETS = 2 ** SINGLE_FIELDS.length;
export const ALL: readonly number[] = Array.from({ length: HYPOTHESES }, (_, index) => index);

/** Which rows a hypothesis defines: a hash of ports flows alone, one of MAC addresses all, any other those with IP. */
const fullestReading = (mac: number, port: number): Reading => (port !== NONE ? 2 : mac === NONE ? 1 : 0);

/** No hypothesis leaves out any row. */
export const judgesEveryRow = ({ kind }: Observations) => !kind.some((k) => k === ICMP || k === NO_IP);

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
