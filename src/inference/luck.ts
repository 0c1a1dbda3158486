/**
 * Was it bad luck? The chance that a fair hash spreads as few units over as few links as was seen: P(busy links <= seen)
 * for n units thrown on K links, exactly. Small: not luck, the units share what is hashed. It judges the number of busy
 * links only; how uneven busy links are is what `balance` says.
 */

import type { HeaderField, LuckRow } from '../document/schema.js';
import { type HashRows, MAIN } from '../flows/rows.js';
import { chanceOfAtMostBusyBins, expectedBusyBins } from '../stats/balls-in-bins.js';
import { SHOWN_FIELDS } from './fields/components.js';
import { longestEpoch } from './fields/epochs.js';
import { groupsByAll } from './fields/values.js';

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
  const main = input.rows.filter((row) => row.kind === MAIN);
  if (main.length === 0) return [];
  const epoch = longestEpoch(input.epochs, main);
  const links = input.epochs[epoch].ports.length;
  if (links < 2) return [];
  const here = main.filter((row) => row.epoch === epoch);
  const busy = new Set(here.map((row) => row.port)).size;
  const row = (unit: LuckRow['unit'], keys: readonly HeaderField[]) => {
    const indexes = keys.map((field) => SHOWN_FIELDS.indexOf(field as never));
    return luckRow(unit, groupsByAll(here, indexes).count, links, busy);
  };
  const rows = [
    row('peers', input.egress ? ['eth.dst', 'ip.dst'] : ['eth.src', 'ip.src']),
    luckRow('flows', here.length, links, busy),
  ];
  return fields.length > 0 ? [...rows, row('cells', fields)] : rows;
}
