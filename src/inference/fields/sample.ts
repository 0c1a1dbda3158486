import type { HashRow } from '../../flows/rows.js';
import { MAIN } from '../../flows/rows.js';
import { rankOfFlow, rankOfSource } from '../../flows/sample.js';
import { ip32 } from '../../policies/bytes.js';
import { Smallest } from '../../stats/smallest.js';

/** More rows sharpen no verdict but cost time. */
export const SAMPLE = 2000;
const BY_SOURCE = 1000;
const SUPPLEMENTARY = 500;

/**
 * One sample for every hypothesis and class: with a sample of its own for each, the noise of the sample would outweigh
 * what decides between them. Half are all flows of some source addresses, the rest is uniform (flows/sample.ts).
 */
export function sampleRows(rows: readonly HashRow[]): readonly HashRow[] {
  const main = indexes(rows, (row) => row.kind === MAIN);
  const others = indexes(rows, (row) => row.kind !== MAIN);
  if (main.length <= SAMPLE && others.length <= SUPPLEMENTARY) return rows;
  const chosen = new Set(others.length <= SUPPLEMENTARY ? others : first(others, SUPPLEMENTARY, rankOfFlow));
  for (const row of main.length <= SAMPLE ? main : sampleMain(rows, main)) chosen.add(row);
  return rows.filter((_, i) => chosen.has(i));
}

function sampleMain(rows: readonly HashRow[], main: readonly number[]): Set<number> {
  const chosen = new Set(first(main, BY_SOURCE, (i) => rankOfSource(ip32(rows[i].srcIp))));
  const rest = main.filter((i) => !chosen.has(i));
  for (const i of first(rest, SAMPLE - chosen.size, (row) => rankOfFlow(rows[row].flow ?? row))) chosen.add(i);
  return chosen;
}

function first(items: readonly number[], most: number, rank: (item: number) => number): number[] {
  const found = new Smallest(most);
  for (const item of items) found.offer(rank(item), item);
  return found.items();
}

function indexes(rows: readonly HashRow[], wanted: (row: HashRow) => boolean): number[] {
  const found: number[] = [];
  for (let i = 0; i < rows.length; i++) if (wanted(rows[i])) found.push(i);
  return found;
}
