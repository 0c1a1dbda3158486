/**
 * Is the port a GF(2)-affine map of the bits of a key? XOR folds, CRCs and Toeplitz hashes are, whatever their
 * polynomial, seed, key or bit window. K = 2, 4, 8.
 */

import { type BitMatrix, bitMatrix, pivotColumns } from '../../stats/gf2.js';
import { seeded, shuffle } from '../../stats/random.js';

export interface AffineSolution {
  readonly rank: number; // of the keys with a constant 1 appended: linearly independent observations
  readonly misfit: number; // least number of flows off the port predicted for their key, over all maps found
  readonly orders: number; // orders of the ports that had to be tried
  readonly ordersReaching: number; // of those, how many reach that misfit
}

const ROUNDS = 30;
/** Nothing linear in it, most likely: after 5 rounds more than this share of the dependent flows is still off. */
const HOPELESS_AFTER = 5;
const HOPELESS = 0.35;

/**
 * @param keys one per row, a constant 1 among the bits; equal keys may repeat.
 * @param ports of each row, 0 to size-1.
 */
export function solveAffine(keys: BitMatrix, ports: Uint8Array, size: number): AffineSolution {
  const turn = sortedRows(keys); // or the answer would depend on the order of the rows
  const sorted = pick(keys, turn);
  const pivots = pivotColumns(sorted);
  const votes = vote(
    restrict(sorted, pivots),
    Uint8Array.from(turn, (row) => ports[row]),
    size,
  );
  const { misfit, orders, ordersReaching } = search(votes, size);
  return { rank: pivots.length, misfit, orders, ordersReaching };
}

export interface AffineHoldOut {
  readonly dependent: number; // distinct keys of the training rows that others determine
  readonly predicted: number; // held-back rows inside the span of the others
  readonly hit: number;
}

/** Learns the map from the rows not held back, and predicts the others. Outside the span nothing can be predicted. */
export function holdOutAffine(keys: BitMatrix, ports: Uint8Array, size: number, held: Uint8Array): AffineHoldOut {
  const short = restrict(keys, pivotColumns(keys));
  const rows = [...held.keys()];
  const training = pick(
    short,
    rows.filter((row) => !held[row]),
  );
  const votes = vote(
    training,
    ports.filter((_, row) => !held[row]),
    size,
  );
  const { best, order } = search(votes, size);
  let [predicted, hit] = [0, 0];
  for (const row of rows.filter((r) => held[r])) {
    const port = best.predict(short.bits.subarray(row * short.words, (row + 1) * short.words), order);
    if (port === null) continue;
    predicted++;
    if (port === ports[row]) hit++;
  }
  return { dependent: votes.keys.count - best.rank, predicted, hit };
}

/** Random orders of elimination until one has no noise in its basis: the map with the fewest misses. */
function search(votes: Votes, size: number) {
  const orders = portOrders(size);
  const least = new Float64Array(orders.length).fill(Number.POSITIVE_INFINITY);
  const random = seeded(0x5eed);
  const turn = votes.firstOrder.slice();
  let misfit = Number.POSITIVE_INFINITY;
  let best = eliminate(votes, turn, orders, size);
  let order = 0;
  for (let round = 0; round < ROUNDS && misfit > 0; round++) {
    if (round > 0) reorder(turn, votes, random);
    const found = round > 0 ? eliminate(votes, turn, orders, size) : best;
    for (let o = 0; o < orders.length; o++) {
      least[o] = Math.min(least[o], found.misfit[o]);
      if (found.misfit[o] < misfit) [misfit, best, order] = [found.misfit[o], found, o];
    }
    if (round + 1 >= HOPELESS_AFTER && misfit > HOPELESS * found.dependentFlows) break;
  }
  const ordersReaching = least.filter((value) => value === misfit).length;
  return { misfit, orders: orders.length, ordersReaching, best, order };
}

/** One entry per distinct key: who is on which port. */
interface Votes {
  readonly keys: BitMatrix;
  readonly counts: Int32Array; // per key and port
  readonly flows: Int32Array;
  readonly winner: Uint8Array; // most frequent port, the lowest on ties
  readonly lead: Int32Array; // over the second; 0 is a tie
  readonly firstOrder: Int32Array; // keys by falling lead
}

/** The rows reduced to the given columns. */
function restrict({ count, words, bits }: BitMatrix, columns: readonly number[]): BitMatrix {
  const short = bitMatrix(count, columns.length);
  for (let row = 0; row < count; row++) {
    columns.forEach((column, i) => {
      if ((bits[row * words + (column >>> 5)] >>> (column & 31)) & 1)
        short.bits[row * short.words + (i >>> 5)] |= 1 << (i & 31);
    });
  }
  return short;
}

function sortedRows({ count, words, bits }: BitMatrix): number[] {
  return Array.from({ length: count }, (_, row) => row).sort((a, b) => {
    for (let w = 0; w < words; w++) {
      const difference = bits[a * words + w] - bits[b * words + w];
      if (difference !== 0) return difference;
    }
    return 0;
  });
}

function pick({ words, bits }: BitMatrix, rows: readonly number[]): BitMatrix {
  const picked = { count: rows.length, words, bits: new Uint32Array(rows.length * words) };
  rows.forEach((row, i) => {
    picked.bits.set(bits.subarray(row * words, (row + 1) * words), i * words);
  });
  return picked;
}

function vote({ count, words, bits }: BitMatrix, ports: Uint8Array, size: number): Votes {
  const numbers = new Map<string, number>();
  const keyOf = Int32Array.from({ length: count }, (_, row) => {
    const value = bits.subarray(row * words, (row + 1) * words).join();
    if (!numbers.has(value)) numbers.set(value, numbers.size);
    return numbers.get(value)!;
  });
  const distinct = { count: numbers.size, words, bits: new Uint32Array(numbers.size * words) };
  const counts = new Int32Array(numbers.size * size);
  for (let row = 0; row < count; row++) {
    distinct.bits.set(bits.subarray(row * words, (row + 1) * words), keyOf[row] * words);
    counts[keyOf[row] * size + ports[row]]++;
  }
  const flows = new Int32Array(numbers.size);
  const winner = new Uint8Array(numbers.size);
  const lead = new Int32Array(numbers.size);
  for (let key = 0; key < numbers.size; key++) {
    const here = counts.subarray(key * size, (key + 1) * size);
    const sorted = here.slice().sort((a, b) => b - a);
    flows[key] = here.reduce((sum, n) => sum + n, 0);
    winner[key] = here.indexOf(sorted[0]);
    lead[key] = sorted[0] - sorted[1];
  }
  const firstOrder = Int32Array.from(flows.keys()).sort((a, b) => lead[b] - lead[a] || a - b);
  return { keys: distinct, counts, flows, winner, lead, firstOrder };
}

/** Random, but keys whose ports tie come last: as a basis they would be a coin toss. */
function reorder(order: Int32Array, { lead }: Votes, random: ReturnType<typeof seeded>): void {
  const shuffled = shuffle(order.slice(), random);
  order.set(shuffled.filter((key) => lead[key] > 0));
  order.set(
    shuffled.filter((key) => lead[key] === 0),
    shuffled.filter((key) => lead[key] > 0).length,
  );
}

/**
 * Gaussian elimination in the given order, with the labels of the ports (for all orders of the ports at once) carried
 * along as further bits: what is left of them when a key has been reduced to nothing is the error of the prediction.
 * Counted per flow, never per key: a tie counted as a whole miss makes finer, wrong field sets win.
 */
function eliminate(votes: Votes, order: Int32Array, orders: readonly PortOrder[], size: number) {
  const { keys, counts, flows, winner } = votes;
  const labelBits = Math.log2(size);
  const keyWords = keys.words;
  const words = keyWords + Math.ceil((orders.length * labelBits) / 30); // 30: whole labels per word for 1, 2 and 3 bits
  const perWord = 30 / labelBits;
  const labelAt = (of: Uint32Array, o: number) =>
    (of[keyWords + Math.floor(o / perWord)] >>> ((o % perWord) * labelBits)) & (size - 1);
  const basis: (Uint32Array | undefined)[] = [];
  const misfit = new Float64Array(orders.length);
  const row = new Uint32Array(words);
  let dependentFlows = 0;
  for (const key of order) {
    row.fill(0);
    row.set(keys.bits.subarray(key * keyWords, (key + 1) * keyWords));
    orders.forEach(({ label }, o) => {
      row[keyWords + Math.floor(o / perWord)] |= label[winner[key]] << ((o % perWord) * labelBits);
    });
    const pivot = reduce(row, keyWords, basis);
    if (pivot >= 0) {
      basis[pivot] = row.slice();
      const off = flows[key] - counts[key * size + winner[key]];
      for (let o = 0; o < orders.length; o++) misfit[o] += off;
      continue;
    }
    dependentFlows += flows[key];
    orders.forEach(({ label, port }, o) => {
      misfit[o] += flows[key] - counts[key * size + port[label[winner[key]] ^ labelAt(row, o)]];
    });
  }
  const predict = (key: Uint32Array, o: number): number | null => {
    row.fill(0);
    row.set(key);
    if (reduce(row, keyWords, basis) >= 0) return null;
    return orders[o].port[labelAt(row, o)];
  };
  return { misfit, dependentFlows, rank: basis.filter(Boolean).length, predict };
}

/** Subtracts basis vectors, kept by their lowest bit, until a bit without one shows; -1 if none does. */
function reduce(row: Uint32Array, keyWords: number, basis: readonly (Uint32Array | undefined)[]): number {
  for (let word = 0; word < keyWords; word++) {
    while (row[word] !== 0) {
      const pivot = word * 32 + 31 - Math.clz32(row[word] & -row[word]);
      const vector = basis[pivot];
      if (!vector) return pivot;
      for (let w = word; w < row.length; w++) row[w] ^= vector[w];
    }
  }
  return -1;
}

/** A naming of the ports by the elements of GF(2)^m, and its inverse. */
interface PortOrder {
  readonly label: readonly number[];
  readonly port: readonly number[];
}

/**
 * Namings that no affine map turns into one another. All bijections of 2 or of 4 ports are affine: one. Of the 8! of 8
 * ports |AGL(3,2)| = 1344 are, so 30 remain: ports 0, 1, 2 are 0, 1, 2; port 3 is either 3, then port 4 is 4, or it is
 * off their plane, then it is 4.
 */
export function portOrders(size: number): PortOrder[] {
  const labels =
    size < 8
      ? [Array.from({ length: size }, (_, port) => port)]
      : [
          ...permutations([5, 6, 7]).map((rest) => [0, 1, 2, 3, 4, ...rest]),
          ...permutations([3, 5, 6, 7]).map((rest) => [0, 1, 2, 4, ...rest]),
        ];
  return labels.map((label) => ({ label, port: label.map((_, value) => label.indexOf(value)) }));
}

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}
