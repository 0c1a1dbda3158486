/** Loads under a policy whose function is secret: the mean of many tables that could be it. */

import { seeded } from '../stats/random.js';
import { type Spread, spreadOver } from './spread.js';

export const DRAWS = 200;
const SEED = 2014;

export type DrawnLoads = Spread & { readonly portOctets: Record<string, number> };

/** Ports are drawn for cells, not for flows. Loads are named by rank: which link it would be is not known. */
export function overRandomTables(octets: Float64Array, cells: Int32Array, ports: number): DrawnLoads {
  const ofCell = new Float64Array(cells.reduce((most, cell) => Math.max(most, cell), -1) + 1);
  cells.forEach((cell, key) => {
    if (cell >= 0) ofCell[cell] += octets[key];
  });
  const random = seeded(SEED);
  const draws = Array.from({ length: DRAWS }, () => {
    const loads = new Float64Array(ports);
    for (const load of ofCell) loads[random.below(ports)] += load;
    return loads.sort();
  });
  return overDraws(draws);
}

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
