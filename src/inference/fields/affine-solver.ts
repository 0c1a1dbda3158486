/**
 * Is the port a GF(2)-affine map of the bits of a key? XOR folds, CRCs and Toeplitz hashes are, whatever their
 * polynomial, seed, key or bit window. K = 2, 4, 8.
 */

import { type BitMatrix, bitMatrix, pivotColumns, wordsFor } from '../../stats/gf2.js';
import { seeded } from '../../stats/random.js';
import { Elimination, type Try } from './elimination.js';
import { portOrders } from './port-orders.js';
import { pick, reorder, sortedRows, type Votes, vote } from './votes.js';

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
 * @param useless a misfit above this need not be exact: it is above this, too.
 */
export function solveAffine(
  keys: BitMatrix,
  ports: Uint8Array,
  size: number,
  useless = Number.POSITIVE_INFINITY,
): AffineSolution {
  const turn = sortedRows(keys); // or the answer would depend on the order of the rows
  const sorted = pick(keys, turn);
  const pivots = pivotColumns(sorted);
  const votes = vote(
    restrict(sorted, pivots),
    turn.map((row) => ports[row]),
    size,
  );
  const { misfit, orders, ordersReaching } = search(votes, pivots.length, size, useless);
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
  const rank = pivotColumns(training).length;
  const { best, order } = search(votes, rank, size, Number.POSITIVE_INFINITY);
  let [predicted, hit] = [0, 0];
  for (const row of rows.filter((r) => held[r])) {
    const port = best.predict(short.bits.subarray(row * short.words, (row + 1) * short.words), order);
    if (port === null) continue;
    predicted++;
    if (port === ports[row]) hit++;
  }
  return { dependent: votes.keys.count - rank, predicted, hit };
}

/** Random orders of elimination until one has no noise in its basis: the map with the fewest misses. */
function search(votes: Votes, rank: number, size: number, useless: number) {
  const orders = portOrders(size);
  const flows = votes.flows.reduce((sum, n) => sum + n, 0);
  // Above, a misfit is useless and hopeless, however large: a try may be given up there, and where it cannot beat the least.
  const known = Math.max(useless, HOPELESS * flows);
  const least = new Float64Array(orders.length).fill(Number.POSITIVE_INFINITY);
  const enough = new Float64Array(orders.length).fill(Number.POSITIVE_INFINITY);
  const random = seeded(0x5eed);
  const turn = votes.firstOrder.slice();
  const elimination = new Elimination(votes, rank, orders, size);
  // No map misses fewer. With several orders of the ports the others may reach it, too.
  const fewest = orders.length > 1 ? 0 : flows - sumOfMost(votes, size);
  let misfit = Number.POSITIVE_INFINITY;
  let best: Try | null = null;
  let order = 0;
  for (let round = 0; round < ROUNDS && misfit > fewest; round++) {
    if (round > 0) reorder(turn, votes, random);
    const found = elimination.try(turn, enough);
    for (let o = 0; found.misfit !== null && o < orders.length; o++) {
      least[o] = Math.min(least[o], found.misfit[o]);
      enough[o] = Math.min(least[o], known + 1);
      if (found.misfit[o] < misfit) [misfit, best, order] = [found.misfit[o], found, o];
    }
    if (round + 1 >= HOPELESS_AFTER && misfit > HOPELESS * found.dependentFlows) break;
  }
  const ordersReaching = least.filter((value) => value === misfit).length;
  return { misfit, orders: orders.length, ordersReaching, best: best!, order }; // the first try is never given up
}

function sumOfMost({ counts, winner }: Votes, size: number): number {
  let sum = 0;
  for (let key = 0; key < winner.length; key++) sum += counts[key * size + winner[key]];
  return sum;
}

/** The rows reduced to the given columns. */
function restrict(keys: BitMatrix, columns: readonly number[]): BitMatrix {
  const { count, words, bits } = keys;
  if (words === wordsFor(columns.length)) return keys; // no shorter
  const short = bitMatrix(count, columns.length);
  columns.forEach((column, i) => {
    const [from, shift, to, bit] = [column >>> 5, column & 31, i >>> 5, i & 31];
    for (let row = 0; row < count; row++) {
      short.bits[row * short.words + to] |= ((bits[row * words + from] >>> shift) & 1) << bit;
    }
  });
  return short;
}
