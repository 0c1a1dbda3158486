/**
 * Is the port a sum of weights, one for each bit of the key that is set, modulo the number of ports? Sums of addresses and ports
 * are, checksums, and the remainder of any number whose digits are header bits. K = 3, 5, 7: as K is prime, that
 * is linear algebra. With two ports it is the affine map over GF(2).
 */

import { type BitMatrix, lowestBit } from '../../stats/gf2.js';
import { seeded } from '../../stats/random.js';
import type { AffineSolution } from './affine-solver.js';
import { moduloOrders, type PortOrder } from './port-orders.js';
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
  const orders = moduloOrders(size);
  const least = new Float64Array(orders.length).fill(Number.POSITIVE_INFINITY);
  const fewest = votes.flows.reduce((sum, n, key) => sum + n - votes.counts[key * size + votes.winner[key]], 0);
  const order = votes.firstOrder.slice();
  const random = seeded(0x5eed);
  let rank = 0;
  let misfit = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS && misfit > fewest; round++) {
    if (round > 0) reorder(order, votes, random);
    const found = tryOrder(votes, order, orders, size, useless);
    if (found.misfit.size > 0) rank = found.rank; // or it was given up before all keys were seen
    for (const [o, off] of found.misfit) least[o] = Math.min(least[o], off);
    misfit = least.reduce((min, off) => Math.min(min, off));
    if (round + 1 >= HOPELESS_AFTER && misfit > useless) break;
  }
  return { rank, misfit, orders: orders.length, ordersReaching: least.filter((off) => off === misfit).length };
}

/**
 * The first independent keys of an order are believed, and predict the others.
 *
 * @returns misfits by order of the ports, of those that may not be given up; the rank is that of the keys if any is left
 */
function tryOrder(votes: Votes, turn: Int32Array, orders: readonly PortOrder[], size: number, useless: number) {
  const { keys, counts, flows, winner } = votes;
  const basis = new ReducedBasis(keys.words * 32, size);
  const misfit = new Map<number, number>(); // of the keys predicted
  for (let o = 0; o < orders.length; o++) misfit.set(o, 0);
  let believedOff = 0;
  let predicted = 0;
  for (const key of turn) {
    if (basis.believe(keys.bits, key * keys.words, winner[key])) {
      believedOff += flows[key] - counts[key * size + winner[key]];
      continue;
    }
    predicted += flows[key];
    const most = Math.min(useless - believedOff, FIRST_MISSES + HOPELESS * predicted);
    for (const [o, before] of misfit) {
      const off = before + flows[key] - counts[key * size + orders[o].port[basis.predict(orders[o].label)]];
      if (off > most) misfit.delete(o);
      else misfit.set(o, off);
    }
    if (misfit.size === 0) break;
  }
  for (const [o, off] of misfit) misfit.set(o, off + believedOff);
  return { rank: basis.rank, misfit };
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

  constructor(
    readonly columns: number,
    readonly size: number,
  ) {
    this.#width = columns + size;
    this.#vectorAt = new Int16Array(columns).fill(-1);
    this.#sum = new Int32Array(this.#width);
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

  /** Label of the key that was determined, under an order of the ports. */
  predict(label: readonly number[]): number {
    let total = 0;
    for (let port = 0; port < this.size; port++) total += this.#sum[this.columns + port] * label[port];
    return total % this.size;
  }

  #add(sum: Int32Array, pivot: number): void {
    const { size } = this;
    const lead = modulo(sum[pivot], size);
    let inverse = 1;
    while ((inverse * lead) % size !== 1) inverse++;
    const added = Uint8Array.from(sum, (value) => (modulo(value, size) * inverse) % size);
    for (const vector of this.#vectors) {
      const times = vector[pivot];
      if (times > 0) for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] + (size - times) * added[i]) % size;
    }
    this.#vectorAt[pivot] = this.#vectors.push(added) - 1;
    this.rank++;
  }
}

const modulo = (value: number, size: number) => ((value % size) + size) % size;

function addTo(sum: Int32Array, vector: Uint8Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += vector[i];
}
