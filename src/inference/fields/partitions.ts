/**
 * Which flows a hypothesis gives the same key: its partition of the rows into cells. Many of the 3456 hypotheses give
 * the same partition of the flows at hand (a field that is constant drops out), and what a random table says depends
 * on the partition alone, so each is made once.
 */

import { ICMP, NO_IP } from '../../flows/rows.js';
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
}

export function partition(observed: Observations): Partitions {
  const pairs = PAIR_FIELDS.map((_, pair) => pairPartitions(observed, pair));
  const singles = singlePartitions(observed);
  const unjudged = unjudgedRows(observed);
  const pool = new Pool();
  const of = new Uint16Array(HYPOTHESES);

  const macIp = new Products(pairs[0], pairs[1]);
  const all = new Map<string, number>();
  for (let index = 0; index < HYPOTHESES; index++) {
    const { mac, ip, port, singles: set } = hypothesis(index);
    const judge = port !== NONE ? 0 : mac === NONE ? 1 : 2;
    const key = `${pairs[0].of[mac]} ${pairs[1].of[ip]} ${pairs[2].of[port]} ${singles.of[set]} ${judge}`;
    let number = all.get(key);
    if (number === undefined) {
      const left = macIp.get(pairs[0].of[mac], pairs[1].of[ip]);
      const right = meet(left, pairs[2].distinct[pairs[2].of[port]]);
      const made = meet(right, singles.distinct[singles.of[set]]);
      number = pool.add(unjudged ? without(made, unjudged[judge]) : made);
      all.set(key, number);
    }
    of[index] = number;
  }
  return { distinct: pool.distinct, of };
}

/** The coarsest partition that is finer than both: same cell where both agree. */
export function meet(a: Partition, b: Partition): Partition {
  if (a.cells <= 1) return b;
  if (b.cells <= 1) return a;
  const labels = new Int32Array(a.labels.length);
  const size = a.cells * b.cells;
  const table = size <= 1 << 20 ? new Int32Array(size).fill(-1) : null;
  const map = table ? null : new Map<number, number>();
  let cells = 0;
  for (let row = 0; row < labels.length; row++) {
    const key = a.labels[row] * b.cells + b.labels[row];
    let cell = table ? table[key] : (map!.get(key) ?? -1);
    if (cell < 0) {
      cell = cells++;
      if (table) table[key] = cell;
      else map!.set(key, cell);
    }
    labels[row] = cell;
  }
  return { labels, cells };
}

/** Products of partitions of two pools, each made when first asked for. */
class Products {
  readonly #made = new Map<number, Partition>();

  constructor(
    readonly a: { distinct: readonly Partition[] },
    readonly b: { distinct: readonly Partition[] },
  ) {}

  get(a: number, b: number): Partition {
    const key = a * this.b.distinct.length + b;
    let made = this.#made.get(key);
    if (!made) {
      made = meet(this.a.distinct[a], this.b.distinct[b]);
      this.#made.set(key, made);
    }
    return made;
  }
}

/** Numbers equal partitions alike. */
class Pool {
  readonly distinct: Partition[] = [];
  readonly #byHash = new Map<number, number[]>();

  add(candidate: Partition): number {
    let hash = 0;
    for (const label of candidate.labels) hash = (Math.imul(hash, 0x01000193) ^ (label + 1)) | 0;
    const same = this.#byHash.get(hash) ?? [];
    for (const number of same) if (equal(this.distinct[number], candidate)) return number;
    const number = this.distinct.push(candidate) - 1;
    this.#byHash.set(hash, [...same, number]);
    return number;
  }
}

function equal(a: Partition, b: Partition): boolean {
  return a.cells === b.cells && a.labels.every((label, row) => label === b.labels[row]);
}

/** Cells renumbered in order of first appearance. */
function canonical(labels: ArrayLike<number>): Partition {
  const numbers = new Map<number, number>();
  const renumbered = Int32Array.from(labels, (label) => {
    if (label === UNJUDGED) return UNJUDGED;
    if (!numbers.has(label)) numbers.set(label, numbers.size);
    return numbers.get(label)!;
  });
  return { labels: renumbered, cells: numbers.size };
}

function without({ labels }: Partition, unjudged: Uint8Array): Partition {
  return canonical(labels.map((label, row) => (unjudged[row] ? UNJUDGED : label)));
}

/** Rows left out by what the hash sees of ports and MACs: [ports seen, neither, no ports but MACs]; null if none ever is. */
function unjudgedRows({ kind }: Observations): [Uint8Array, Uint8Array, Uint8Array] | null {
  if (!kind.some((k) => k === ICMP || k === NO_IP)) return null;
  return [
    kind.map((k) => (k === ICMP || k === NO_IP ? 1 : 0)),
    kind.map((k) => (k === NO_IP ? 1 : 0)),
    new Uint8Array(kind.length),
  ];
}

/** The six modes of a pair. */
function pairPartitions({ count, fields }: Observations, pair: number): { distinct: Partition[]; of: number[] } {
  const [src, dst] = PAIR_FIELDS[pair].map((field) => fields[field]);
  const pool = new Pool();
  const of = MODES.map((_, mode) => {
    switch (mode) {
      case SRC:
        return pool.add(canonical(src.labels));
      case DST:
        return pool.add(canonical(dst.labels));
      case BOTH:
        return pool.add(meet(canonical(src.labels), canonical(dst.labels)));
      case SYM: {
        const low = src.labels.map((label, row) => Math.min(label, dst.labels[row]));
        const high = src.labels.map((label, row) => Math.max(label, dst.labels[row]));
        return pool.add(meet(canonical(low), canonical(high)));
      }
      case XOR: {
        const xor = src.bits.map((word, i) => word ^ dst.bits[i]);
        return pool.add(canonical(new Interner().labels(xor, src.words)));
      }
      default:
        return pool.add({ labels: new Int32Array(count), cells: Math.min(1, count) });
    }
  });
  return { distinct: pool.distinct, of };
}

/** The 16 subsets of the single fields. */
function singlePartitions({ count, fields }: Observations): { distinct: Partition[]; of: number[] } {
  const pool = new Pool();
  const of = Array.from({ length: 16 }, (_, set) => {
    let made: Partition = { labels: new Int32Array(count), cells: Math.min(1, count) };
    SINGLE_FIELDS.forEach((field, i) => {
      if ((set >> i) & 1) made = meet(made, canonical(fields[field].labels));
    });
    return pool.add(made);
  });
  return { distinct: pool.distinct, of };
}
