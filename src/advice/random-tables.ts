/** Loads under a policy: by bucket where the function is known, else the mean of many tables that could be it. */

import { seeded } from '../stats/random.js';
import type { LaidFlows } from './laid-flows.js';
import { type Spread, spreadOver } from './spread.js';

export const DRAWS = 200;
const SEED = 2014;

export type DrawnLoads = Spread & { readonly portOctets: Record<string, number> };

/**
 * Ports are drawn for cells, not for flows. Loads are named by rank: which link it would be is not known. A sampled flow that shares
 * its cell with no other stands for many cells, not for one of its whole weight: those lie evenly.
 */
export function overRandomTables(laid: Weights, cells: Int32Array, drawn: DrawnPorts): DrawnLoads {
  const { octets, isSampled } = laid;
  const { ports } = drawn;
  const size = cells.reduce((most, cell) => Math.max(most, cell), -1) + 1;
  const flowsOf = new Uint32Array(size);
  for (const cell of cells) if (cell >= 0) flowsOf[cell]++;
  const ofCell = new Float64Array(size);
  let even = 0;
  cells.forEach((cell, key) => {
    if (cell < 0) return;
    if (isSampled[key] === 1 && flowsOf[cell] === 1) even += octets[key];
    else ofCell[cell] += octets[key];
  });
  const loaded = ofCell.filter((load) => load > 0);
  const table = drawn.first(DRAWS * loaded.length);
  const draws = Array.from({ length: DRAWS }, (_, draw) => {
    const loads = new Float64Array(ports).fill(even / ports);
    for (let i = 0; i < loaded.length; i++) loads[table[draw * loaded.length + i]] += loaded[i];
    return loads.sort();
  });
  return overDraws(draws);
}

/** Ports drawn one after another. They are the same for all policies, which differ in their cells alone. */
export class DrawnPorts {
  #drawn = new Uint8Array(0);

  constructor(readonly ports: number) {}

  first(count: number): Uint8Array {
    if (this.#drawn.length < count) {
      const random = seeded(SEED);
      this.#drawn = new Uint8Array(count);
      for (let i = 0; i < count; i++) this.#drawn[i] = random.below(this.ports);
    }
    return this.#drawn;
  }
}

export type Weights = Pick<LaidFlows, 'octets' | 'isSampled'>;

/** @param draws equally likely loads, each sorted, least first */
export function overDraws(draws: readonly Float64Array[]): DrawnLoads {
  return { portOctets: byRank(draws), ...spreadOver(draws) };
}

/** @param draws sorted, least first */
export function byRank(draws: readonly Float64Array[]): Record<string, number> {
  const ports = draws[0].length;
  const mean = (rank: number) => draws.reduce((sum, loads) => sum + loads[ports - 1 - rank], 0) / draws.length;
  return Object.fromEntries(
    Array.from({ length: ports }, (_, rank) => [RANKS[rank] ?? `${rank + 1}th`, Math.round(mean(rank))]),
  );
}
const RANKS = ['busiest', '2nd', '3rd'];

/**
 * By bucket. What a sample stands for lies evenly, unless the sample says otherwise: it could not show a smaller unevenness than
 * its own, which would be taken for that of a million flows.
 */
export function loadsOnBuckets(
  { octets, isSampled }: Weights,
  buckets: ArrayLike<number>,
  ports: number,
): Float64Array {
  const loads = new Float64Array(ports);
  const sampled = new Float64Array(ports);
  const flows = new Uint32Array(ports);
  for (let key = 0; key < octets.length; key++) {
    const bucket = buckets[key];
    if (bucket < 0) continue;
    (isSampled[key] === 1 ? sampled : loads)[bucket] += octets[key];
    if (isSampled[key] === 1) flows[bucket]++;
  }
  const all = sampled.reduce((sum, load) => sum + load, 0);
  const isEven = looksEven(flows);
  for (let port = 0; port < ports; port++) loads[port] += isEven ? all / ports : sampled[port];
  return loads;
}

/** Pearson's chi-square against equal chances, at 1 %; Wilson and Hilferty's quantile. */
function looksEven(counts: Uint32Array): boolean {
  const freedom = counts.length - 1;
  const mean = counts.reduce((sum, n) => sum + n, 0) / counts.length;
  if (mean === 0 || freedom === 0) return true;
  const chiSquare = counts.reduce((sum, n) => sum + (n - mean) ** 2 / mean, 0);
  return chiSquare <= freedom * (1 - 2 / (9 * freedom) + 2.326 * Math.sqrt(2 / (9 * freedom))) ** 3;
}
