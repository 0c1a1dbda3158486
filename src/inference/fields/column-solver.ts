/**
 * Is the port an affine map of key bits, asked of all rows at once: a map of no noise is one whose labels are in the span of the
 * columns of the key. Otherwise labels are subtracted until some rows, drawn at random, are believed; what is left of them are the
 * rows off that map. It says which questions the search through noise (affine-solver.ts) need not be asked.
 */

import { popCount } from '../../stats/gf2.js';
import { seeded } from '../../stats/random.js';
import type { AffineSolution } from './affine-solver.js';
import type { Columns } from './bit-columns.js';
import { Echelon } from './echelon.js';
import { type PortOrder, portOrders } from './port-orders.js';

/** Columns of a key, and the port of each row. */
export interface ColumnQuestion {
  readonly words: number; // of a column
  readonly key: readonly Columns[]; // without the constant 1
  readonly ports: PortColumns; // rows in random order
  readonly size: number; // ports: 2, 4 or 8
  readonly useless: number; // a misfit above this need not be exact: it is above this, too
}

/** The rows of each port as columns. */
export class PortColumns {
  readonly rows: number;
  readonly words: number;
  readonly bits: Int32Array;

  constructor(ports: Uint8Array, size: number) {
    this.rows = ports.length;
    this.words = Math.ceil(ports.length / 32);
    this.bits = new Int32Array(size * this.words);
    for (let i = 0; i < ports.length; i++) this.bits[ports[i] * this.words + (i >>> 5)] |= 1 << (i & 31);
  }
}

/** Of fewer rows a map that misses few can be there by chance, and is missed by chance: they are searched. */
const MANY_ROWS = 100;
/** Words of the rows that a try looks at first: if they are a sample of a map that misses few, they miss few. */
const FIRST_WORDS = 13;
const DEVIATIONS = 6;
/** Nothing linear in it: each of 8 tries misses nearly as many rows as a map that has nothing to do with them. */
const HOPELESS_AFTER = 8;
const HOPELESS = 0.85;
/** Otherwise it takes so many tries that a map which misses few is overlooked with this chance; where that is too many, a search. */
const OVERLOOKED = 1e-4;
const MOST_TRIES = 120;
/** In a small epoch of many rows what may be missed in all is no small part of it: that is searched. */
const LARGEST_SHARE = 0.2;

/** @returns null where only a search can tell */
export function solveColumns(question: ColumnQuestion): AffineSolution | null {
  const { words, key, ports, size } = question;
  const orders = portOrders(size);
  const span = new Echelon(words, 1 + key.reduce((sum, { count }) => sum + count, 0));
  span.add(constant(ports.rows), 0);
  for (const { count, bits } of key) for (let c = 0; c < count; c++) span.add(bits, c * words);
  const labels = new Labels(ports, words, size);
  labels.subtract(span);
  const ordersReaching = orders.filter((order) => labels.misses(order, 0) === 0).length;
  const solution = { rank: span.rank, orders: orders.length, ordersReaching };
  if (ordersReaching > 0) return { ...solution, misfit: 0 };
  if (ports.rows <= MANY_ROWS || mayFit(span, orders, question)) return null;
  return { ...solution, misfit: Number.POSITIVE_INFINITY };
}

/** Whether a map may miss no more rows than is useless. False only where the tries leave no doubt. */
function mayFit(span: Echelon, orders: readonly PortOrder[], { words, ports, size, useless }: ColumnQuestion): boolean {
  const some = Math.min(words, FIRST_WORDS);
  const rows = Math.min(ports.rows, 32 * some);
  const share = useless / ports.rows;
  if (share > LARGEST_SHARE) return true;
  const allowed = rows * share + DEVIATIONS * Math.sqrt(rows * share * (1 - share));
  const few = { believed: new Echelon(some, span.rank), labels: new Labels(ports, some, size) };
  const all = { believed: new Echelon(words, span.rank), labels: new Labels(ports, words, size) };
  const missed = ({ believed, labels }: typeof few, tried: number, most: number) => {
    const random = seeded(tried); // the same rows are believed, of few as of all
    believed.clear();
    for (let v = 0; v < span.rank; v++) believed.add(span.vectors, v * words, random.below(rows), some);
    labels.subtract(believed);
    return orders.reduce((least, order) => Math.min(least, labels.misses(order, most)), Number.POSITIVE_INFINITY);
  };
  const noneOff = (1 - share) ** span.rank; // chance that a try believes no row that is off
  const tries = Math.max(HOPELESS_AFTER, Math.ceil(Math.log(OVERLOOKED) / Math.log1p(-noneOff)));
  let least = rows;
  for (let tried = 1; tried <= tries; tried++) {
    const off = missed(few, tried, rows);
    least = Math.min(least, off);
    if (off <= allowed && missed(all, tried, useless) <= useless) return true;
    if (tried !== HOPELESS_AFTER) continue;
    if (least > HOPELESS * (1 - 1 / size) * (rows - few.believed.rank)) return false;
    if (tries > MOST_TRIES) return true;
  }
  return false;
}

/** The rows of each port, or the first of them, less what a space holds of them. */
class Labels {
  readonly #left: Int32Array;

  constructor(
    readonly ports: PortColumns,
    readonly words: number, // of the rows that are looked at
    readonly size: number,
  ) {
    this.#left = new Int32Array(size * words);
  }

  subtract(space: Echelon): void {
    const [left, words, { bits, words: all }] = [this.#left, this.words, this.ports];
    for (let port = 0; port < this.size; port++) {
      for (let word = 0; word < words; word++) left[port * words + word] = bits[port * all + word];
      space.reduce(left, port * words);
    }
  }

  /** Rows off the labels that an order gives the ports; more than `most` once there are. */
  misses({ label }: PortOrder, most: number): number {
    const [left, words, size] = [this.#left, this.words, this.size];
    let rows = 0;
    for (let word = 0; word < words && rows <= most; word++) {
      let off = 0;
      for (let bit = 1; bit < size; bit *= 2) {
        let sum = 0;
        for (let port = 0; port < size; port++) if ((label[port] & bit) !== 0) sum ^= left[port * words + word];
        off |= sum;
      }
      rows += popCount(off);
    }
    return rows;
  }
}

/** A bit for every row. */
function constant(rows: number): Int32Array {
  const bits = new Int32Array(Math.ceil(rows / 32)).fill(-1);
  if (rows % 32 !== 0) bits[bits.length - 1] = 2 ** (rows % 32) - 1;
  return bits;
}
