/**
 * Was it bad luck? The chance that a fair hash spreads as few units over as few links as was seen: P(busy links <= seen)
 * for n units thrown on K links, exactly. Small: not luck, the units share what is hashed. It judges the number of busy
 * links only; how uneven busy links are is what `balance` says.
 */

import type { HeaderField, LuckRow } from '../document/schema.js';
import type { HashRows } from '../flows/rows.js';
import { chanceOfAtMostBusyBins, expectedBusyBins } from '../stats/balls-in-bins.js';
import { shownBits } from './fields/components.js';
import { longestEpoch } from './fields/epochs.js';

/** @param n units that a fair hash would place independently; `links` it could choose from. */
export function luckRow(unit: LuckRow['unit'], n: number, links: number, busyLinks: number): LuckRow {
  return {
    unit,
    n,
    links,
    busyLinks,
    expectedBusyLinks: expectedBusyBins(n, links),
    chance: chanceOfAtMostBusyBins(n, links, busyLinks),
  };
}

/**
 * A row for the hosts behind the links, one for the flows, one for the cells of the hash (keys of `fields`), all in the
 * longest epoch: in another the links are others. [] where there was no choice.
 *
 * @param fields of the likeliest hypothesis; [] leaves the cells out.
 */
export function luckRows(input: HashRows, fields: readonly HeaderField[]): LuckRow[] {
  const epoch = longestEpoch(input, 1);
  if (epoch === null) return [];
  const counts = input.whole.portCounts[epoch];
  const links = counts.length;
  if (links < 2) return [];
  const flows = counts.reduce((sum, n) => sum + n, 0);
  const busy = counts.filter((n) => n > 0).length;
  const row = (unit: LuckRow['unit'], keys: readonly HeaderField[]) =>
    luckRow(unit, input.whole.groupCount(epoch, shownBits(keys)), links, busy);
  const rows = [
    row('peers', input.egress ? ['eth.dst', 'ip.dst'] : ['eth.src', 'ip.src']),
    luckRow('flows', flows, links, busy),
  ];
  return fields.length > 0 ? [...rows, row('cells', fields)] : rows;
}
