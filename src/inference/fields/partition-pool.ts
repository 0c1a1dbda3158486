/** Partitions of the same rows: equal ones under one number, and the coarsest that is finer than two of them. */

/** Of a row the hypothesis does not define: ICMP under a hash of ports, frames without IP under a hash of addresses. */
export const UNJUDGED = -1;

export interface Partition {
  readonly labels: Int32Array; // cell of each row, numbered in order of first appearance; or UNJUDGED
  readonly cells: number;
}

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
export class Meet {
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
