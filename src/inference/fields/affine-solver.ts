/**
 * Is the port a GF(2)-affine map of the bits of a key? XOR folds, CRCs and Toeplitz hashes are, whatever their
 * polynomial, seed, key or bit window. K = 2, 4, 8.
 */

import { type BitMatrix, bitMatrix, pivotColumns } from '../../stats/gf2.js';
import { NumberIndex } from '../../stats/number-index.js';
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
  columns.forEach((column, i) => {
    const [from, shift, to, bit] = [column >>> 5, column & 31, i >>> 5, i & 31];
    for (let row = 0; row < count; row++) {
      short.bits[row * short.words + to] |= ((bits[row * words + from] >>> shift) & 1) << bit;
    }
  });
  return short;
}

/** By their words, the first one first; stable. */
function sortedRows({ count, words, bits }: BitMatrix): Uint32Array {
  let order = Uint32Array.from({ length: count }, (_, row) => row);
  const keys = new Float64Array(count); // a word, and behind it the place so far: numbers sort faster than rows are compared
  const places = 2 ** Math.ceil(Math.log2(count + 1));
  for (let word = words - 1; word >= 0; word--) {
    for (let i = 0; i < count; i++) keys[i] = bits[order[i] * words + word] * places + i;
    keys.sort();
    order = Uint32Array.from(keys, (key) => order[key % places]);
  }
  return order;
}

function pick({ words, bits }: BitMatrix, rows: ArrayLike<number>): BitMatrix {
  const picked = { count: rows.length, words, bits: new Uint32Array(rows.length * words) };
  for (let i = 0; i < rows.length; i++) {
    for (let word = 0; word < words; word++) picked.bits[i * words + word] = bits[rows[i] * words + word];
  }
  return picked;
}

function vote({ count, words, bits }: BitMatrix, ports: Uint8Array, size: number): Votes {
  const keyOf = numberKeys(count, words, bits);
  const keyCount = keyOf.reduce((most, key) => Math.max(most, key + 1), 0);
  const distinct = { count: keyCount, words, bits: new Uint32Array(keyCount * words) };
  const counts = new Int32Array(keyCount * size);
  for (let row = 0; row < count; row++) {
    const key = keyOf[row];
    for (let word = 0; word < words; word++) distinct.bits[key * words + word] = bits[row * words + word];
    counts[key * size + ports[row]]++;
  }
  const flows = new Int32Array(keyCount);
  const winner = new Uint8Array(keyCount);
  const lead = new Int32Array(keyCount);
  for (let key = 0; key < keyCount; key++) {
    let [first, second] = [0, 0];
    for (let port = 0; port < size; port++) {
      const n = counts[key * size + port];
      flows[key] += n;
      if (n > first) [first, second, winner[key]] = [n, first, port];
      else if (n > second) second = n;
    }
    lead[key] = first - second;
  }
  const firstOrder = Int32Array.from(flows.keys()).sort((a, b) => lead[b] - lead[a] || a - b);
  return { keys: distinct, counts, flows, winner, lead, firstOrder };
}

/** Numbers for equal keys, in order of first appearance: word by word, each with what the ones before it are numbered. */
function numberKeys(count: number, words: number, bits: Uint32Array): Int32Array {
  const keys = new Int32Array(count);
  for (let word = 0; word < words; word++) {
    const numbers = new NumberIndex();
    for (let row = 0; row < count; row++) keys[row] = numbers.idOf(keys[row] * 2 ** 32 + bits[row * words + word]);
  }
  return keys;
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
  const basis = new Basis(keyWords, words);
  const misfit = new Float64Array(orders.length);
  const row = new Uint32Array(words);
  // Labels of the winning port, for all orders of the ports.
  const labels = Array.from({ length: size }, (_, port) => {
    const packed = new Uint32Array(words - keyWords);
    orders.forEach(({ label }, o) => {
      packed[Math.floor(o / perWord)] |= label[port] << ((o % perWord) * labelBits);
    });
    return packed;
  });
  let dependentFlows = 0;
  for (let i = 0; i < order.length; i++) {
    const key = order[i];
    const labelOfWinner = labels[winner[key]];
    for (let word = 0; word < keyWords; word++) row[word] = keys.bits[key * keyWords + word];
    for (let word = keyWords; word < words; word++) row[word] = labelOfWinner[word - keyWords];
    const pivot = basis.reduce(row);
    if (pivot >= 0) {
      basis.add(pivot, row);
      const off = flows[key] - counts[key * size + winner[key]];
      for (let o = 0; o < orders.length; o++) misfit[o] += off;
      continue;
    }
    dependentFlows += flows[key];
    for (let o = 0; o < orders.length; o++) {
      const { label, port } = orders[o];
      misfit[o] += flows[key] - counts[key * size + port[label[winner[key]] ^ labelAt(row, o)]];
    }
  }
  const predict = (key: Uint32Array, o: number): number | null => {
    row.fill(0);
    row.set(key);
    if (basis.reduce(row) >= 0) return null;
    return orders[o].port[labelAt(row, o)];
  };
  return { misfit, dependentFlows, rank: basis.rank, predict };
}

/** Independent vectors, kept by their lowest bit. */
class Basis {
  readonly #vectors: Uint32Array; // by pivot
  readonly #has: Uint8Array;
  rank = 0;

  /** @param keyWords of the words of a vector: the others are carried along. */
  constructor(
    readonly keyWords: number,
    readonly words: number,
  ) {
    this.#vectors = new Uint32Array(keyWords * 32 * words);
    this.#has = new Uint8Array(keyWords * 32);
  }

  add(pivot: number, vector: Uint32Array): void {
    this.#vectors.set(vector, pivot * this.words);
    this.#has[pivot] = 1;
    this.rank++;
  }

  /** Subtracts vectors until a bit without one shows, and says which; -1 if none does. */
  reduce(row: Uint32Array): number {
    const [vectors, has, words] = [this.#vectors, this.#has, this.words];
    for (let word = 0; word < this.keyWords; word++) {
      for (let left = row[word]; left !== 0; left = row[word]) {
        const pivot = word * 32 + 31 - Math.clz32(left & -left);
        if (has[pivot] === 0) return pivot;
        for (let w = word; w < words; w++) row[w] ^= vectors[pivot * words + w];
      }
    }
    return -1;
  }
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
