/**
 * Is the port a sum of weights, one for each bit of the key that is set, modulo the number of ports? Sums of addresses and ports
 * are, checksums, and the remainder of any number whose digits are header bits. K = 3, 5, 7: as K is prime, that
 * is linear algebra. With two ports it is the affine map over GF(2).
 */

import { type BitMatrix, lowestBit } from '../../stats/gf2.js';
import { seeded } from '../../stats/random.js';
import type { AffineSolution } from './affine-solver.js';
import { moduloOrders } from './port-orders.js';
import { pick, reorder, sortedRows, type Votes, vote } from './votes.js';

const ROUNDS = 12;
/** No sum, most likely: so many tries, and each missed more flows than a function may. */
const HOPELESS_AFTER = 5;
/** Nor, under this order of the ports, where more than this share of the flows predicted so far are off, and a few to begin with. */
const HOPELESS = 0.35;
const FIRST_MISSES = 12;

/**
 * @param keys one per row, a constant 1 among the bits; equal keys may repeat.
 * @param ports of each row, 0 to size-1.
 * @param size a prime above 2
 * @param useless a misfit above this need not be exact, nor need the rank: it is above this, too.
 */
export function solveModular(keys: BitMatrix, ports: Uint8Array, size: number, useless: number): AffineSolution {
  const turn = sortedRows(keys); // or the answer would depend on the order of the rows
  const votes = vote(
    pick(keys, turn),
    turn.map((row) => ports[row]),
    size,
  );
  const orders = ordersOf(size);
  const least = new Float64Array(orders.count).fill(Number.POSITIVE_INFINITY);
  const fewest = votes.flows.reduce((sum, n, key) => sum + n - votes.counts[key * size + votes.winner[key]], 0);
  const order = votes.firstOrder.slice();
  const random = seeded(0x5eed);
  let rank = 0;
  let misfit = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS && misfit > fewest; round++) {
    if (round > 0) reorder(order, votes, random);
    const found = tryOrder(votes, order, orders, size, useless);
    if (found.alive > 0) rank = found.rank; // or it was given up before all keys were seen
    for (let i = 0; i < found.alive; i++) {
      const o = found.order[i];
      least[o] = Math.min(least[o], found.misfit[i]);
    }
    misfit = least.reduce((min, off) => Math.min(min, off));
    if (round + 1 >= HOPELESS_AFTER && misfit > useless) break;
  }
  return { rank, misfit, orders: orders.count, ordersReaching: least.filter((off) => off === misfit).length };
}

/** moduloOrders as rows of `size` columns: of 7 ports there are 120, looked up for every key. */
interface OrderTable {
  readonly count: number;
  readonly label: Uint8Array;
  readonly port: Uint8Array;
}

const tables = new Map<number, OrderTable>();

function ordersOf(size: number): OrderTable {
  const known = tables.get(size);
  if (known) return known;
  const orders = moduloOrders(size);
  const made = {
    count: orders.length,
    label: Uint8Array.from(orders.flatMap(({ label }) => label)),
    port: Uint8Array.from(orders.flatMap(({ port }) => port)),
  };
  tables.set(size, made);
  return made;
}

/** Orders of the ports that may not be given up, the first `alive` of them, each with its misfit. */
interface Tried {
  readonly rank: number; // that of the keys if any is left
  readonly alive: number;
  readonly order: Uint8Array;
  readonly misfit: Float64Array;
}

/** The first independent keys of an order are believed, and predict the others. */
function tryOrder(votes: Votes, turn: Int32Array, orders: OrderTable, size: number, useless: number): Tried {
  const { keys, counts, flows, winner } = votes;
  const basis = new ReducedBasis(keys.words * 32, size);
  const order = new Uint8Array(orders.count);
  for (let o = 0; o < orders.count; o++) order[o] = o;
  const misfit = new Float64Array(orders.count); // of the keys predicted
  let alive = orders.count;
  let believedOff = 0;
  let predicted = 0;
  for (const key of turn) {
    if (basis.believe(keys.bits, key * keys.words, winner[key])) {
      believedOff += flows[key] - counts[key * size + winner[key]];
      continue;
    }
    predicted += flows[key];
    const most = Math.min(useless - believedOff, FIRST_MISSES + HOPELESS * predicted);
    let kept = 0;
    for (let i = 0; i < alive; i++) {
      const o = order[i];
      const port = orders.port[o * size + basis.predict(orders.label, o * size)];
      const off = misfit[i] + flows[key] - counts[key * size + port];
      if (off > most) continue;
      order[kept] = o;
      misfit[kept++] = off;
    }
    alive = kept;
    if (alive === 0) break;
  }
  for (let i = 0; i < alive; i++) misfit[i] += believedOff;
  return { rank: basis.rank, alive, order, misfit };
}

/**
 * Independent keys modulo a prime in reduced echelon form. Behind each vector stands how often each port's label is in the
 * label of the vector: what the labels are, an order of the ports says later.
 */
class ReducedBasis {
  rank = 0;
  readonly #width: number;
  readonly #vectors: Uint8Array[] = [];
  readonly #vectorAt: Int16Array; // by column that is its pivot; -1
  readonly #sum: Int32Array;
  readonly #remainder: Uint8Array; // of what a digit and a product of two can be: a division takes longer than to look it up

  constructor(
    readonly columns: number,
    readonly size: number,
  ) {
    this.#width = columns + size;
    this.#vectorAt = new Int16Array(columns).fill(-1);
    this.#sum = new Int32Array(this.#width);
    this.#remainder = Uint8Array.from({ length: size * size }, (_, value) => value % size);
  }

  /** Takes in a key with the label of its port. False if others determine it: `predict` then speaks of it. */
  believe(bits: Uint32Array, at: number, port: number): boolean {
    const { columns, size } = this;
    const sum = this.#sum.fill(0); // of the vectors that make up the key, less the key
    for (let word = 0; word < columns >>> 5; word++) {
      for (let left = bits[at + word]; left !== 0; left &= left - 1) {
        const column = word * 32 + lowestBit(left);
        const vector = this.#vectorAt[column];
        if (vector >= 0) addTo(sum, this.#vectors[vector]);
        sum[column]--;
      }
    }
    for (let i = 0; i < sum.length; i++) sum[i] %= size;
    let pivot = 0;
    while (pivot < columns && sum[pivot] === 0) pivot++;
    if (pivot === columns) return false;
    sum[columns + port]--;
    this.#add(sum, pivot);
    return true;
  }

  /** Label of the key that was determined, under the order of the ports whose labels begin there. */
  predict(labels: Uint8Array, at: number): number {
    const { columns, size } = this;
    let total = 0;
    for (let port = 0; port < size; port++) total += this.#sum[columns + port] * labels[at + port];
    return total % size;
  }

  #add(sum: Int32Array, pivot: number): void {
    const { size } = this;
    const lead = modulo(sum[pivot], size);
    let inverse = 1;
    while ((inverse * lead) % size !== 1) inverse++;
    const added = new Uint8Array(sum.length);
    for (let i = 0; i < sum.length; i++) added[i] = (modulo(sum[i], size) * inverse) % size;
    for (const vector of this.#vectors) {
      const times = vector[pivot];
      if (times > 0) subtract(vector, added, size - times, this.#remainder);
    }
    this.#vectorAt[pivot] = this.#vectors.push(added) - 1;
    this.rank++;
  }
}

const modulo = (value: number, size: number) => ((value % size) + size) % size;

function addTo(sum: Int32Array, vector: Uint8Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += vector[i];
}

function subtract(vector: Uint8Array, added: Uint8Array, times: number, remainder: Uint8Array): void {
  for (let i = 0; i < vector.length; i++) vector[i] = remainder[vector[i] + times * added[i]];
}
