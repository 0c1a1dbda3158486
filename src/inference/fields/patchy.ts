/**
 * Misses that are no noise: a device that hashes one kind of packet in another way, as some do behind a VLAN tag or for UDP, leaves
 * the best explanation of all flows with misses of that kind alone.
 */

import { type HashRow, MAIN } from '../../flows/rows.js';
import { logGamma } from '../../stats/log.js';
import type { LibraryFunction } from '../functions/library-function.js';
import type { WeighedComponent } from './components.js';
import { topPartition } from './posterior.js';

const KINDS: readonly ((row: HashRow) => boolean)[] = [
  ({ vlan }) => vlan > 0,
  ({ protocol }) => protocol === TCP,
  ({ inner }) => inner !== null,
];
const TCP = 6;
/** Chance that misses of any kind of flow would be as much of one. */
const BY_CHANCE = 0.001;

/** @param tested rows that could have missed; `missed` of those */
function ofOneKind(tested: readonly HashRow[], missed: readonly HashRow[]): boolean {
  return KINDS.some((isOfKind) => {
    const [of, hit] = [tested.filter(isOfKind).length, missed.filter(isOfKind).length];
    const [rest, others] = [tested.length - of, missed.length - hit];
    return (
      Math.min(of, rest) > 0 &&
      Math.min(tail(hit, missed.length, of, tested.length), tail(others, missed.length, rest, tested.length)) <
        BY_CHANCE
    );
  });
}

/** P(at least `hit` of `drawn`, drawn from `all` of which `marked` are marked): hypergeometric. */
function tail(hit: number, drawn: number, marked: number, all: number): number {
  let chance = 0;
  for (let n = hit; n <= Math.min(drawn, marked); n++) {
    if (drawn - n > all - marked) continue;
    chance += Math.exp(logChoose(marked, n) + logChoose(all - marked, drawn - n) - logChoose(all, drawn));
  }
  return chance;
}
const logChoose = (n: number, k: number) => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);

/** By the cells of the likeliest partition, each of which should have one port. */
export function cellsArePatchy({ component, parts }: WeighedComponent): boolean {
  return component.parts.some(({ evaluation }, i) => {
    const { observed, partitions } = evaluation;
    const { labels } = partitions.distinct[topPartition(parts[i])];
    const keys = [...observed.rows.keys()].filter((row) => observed.kind[row] === MAIN && labels[row] >= 0);
    return misses(
      keys.map((row) => observed.rows[row]),
      (_, n) => labels[keys[n]],
    );
  });
}

/** By the buckets of a function. @param buckets by epoch */
export const functionIsPatchy = (rows: readonly HashRow[], f: LibraryFunction, buckets: readonly number[]): boolean =>
  misses(rows, (row) => f.value(row) % buckets[row.epoch]);

/** Rows off the port that most rows of their cell took: is it one kind that is? */
function misses(rows: readonly HashRow[], cellOf: (row: HashRow, n: number) => number): boolean {
  const cells = new Map<number, HashRow[]>();
  rows.forEach((row, n) => {
    const cell = cellOf(row, n);
    if (cell < 0) return;
    const key = cell * EPOCHS + row.epoch;
    const here = cells.get(key);
    if (here === undefined) cells.set(key, [row]);
    else here.push(row);
  });
  const tested: HashRow[] = [];
  const missed: HashRow[] = [];
  for (const here of cells.values()) {
    if (here.length === 1) continue;
    const counts = new Map<number, number>();
    for (const { port } of here) counts.set(port, (counts.get(port) ?? 0) + 1);
    const [home] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a));
    for (const row of here) {
      tested.push(row);
      if (row.port !== home) missed.push(row);
    }
  }
  return missed.length > 0 && ofOneKind(tested, missed);
}
const EPOCHS = 2 ** 16;
