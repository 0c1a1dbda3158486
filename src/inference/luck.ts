/**
 * Was it bad luck? The chance that a fair hash spreads as few units over as few links as was seen: P(busy links <= seen)
 * for n units thrown on K links, exactly. Small: not luck, the units share what is hashed. `fullest` asks
 * the same of the link with most units.
 */

import type { HeaderField, LuckRow } from '../document/schema.js';
import type { HashRows } from '../flows/rows.js';
import {
  busyBins,
  chanceOfAtMostBusyBins,
  chanceOfLoadAtLeast,
  expectedBusyBins,
  largestBin,
} from '../stats/balls-in-bins.js';
import { shownBits } from './fields/components.js';
import { longestEpoch } from './fields/epochs.js';

/**
 * @param n units that a fair hash would place independently; `links` it could choose from.
 * @param most of them on one link; null where that cannot be said
 */
export function luckRow(
  unit: LuckRow['unit'],
  n: number,
  links: number,
  busyLinks: number,
  most: number | null = null,
): LuckRow {
  return {
    unit,
    n,
    links,
    busyLinks,
    expectedBusyLinks: expectedBusyBins(n, links),
    chance: chanceOfAtMostBusyBins(n, links, busyLinks),
    busyChances: [...busyBins(n, links)].slice(1).map((chance) => Math.min(1, chance)),
    fullest: most === null ? null : fullestLink(n, links, most),
  };
}

const WORTH_LISTING = 1e-4;

/** How many units the fullest link has, by luck alone. */
function fullestLink(n: number, links: number, seen: number): LuckRow['fullest'] {
  const chances = largestBin(n, links);
  if (chances === null) return null;
  let expected = 0;
  chances.forEach((chance, units) => {
    expected += chance * units;
  });
  return {
    units: seen,
    expected,
    chance: chanceOfLoadAtLeast(n, links, seen),
    chances: [...chances.entries()].flatMap(([units, chance]) =>
      chance >= WORTH_LISTING || units === seen ? [{ units, chance }] : [],
    ),
  };
}

/** Of units that are groups of flows. Null where one of them was on several links, or so many that nobody asks. */
function mostOnOneLink({ whole }: HashRows, epoch: number, fields: number, links: number): number | null {
  if (whole.groupCount(epoch, fields) > MOST_UNITS) return null;
  const groups = whole.groups(epoch, fields);
  const counts = new Array<number>(links).fill(0);
  for (let group = 0; group < groups.count; group++) {
    const ports = groups.ports(group);
    if ((ports & (ports - 1)) !== 0) return null;
    counts[31 - Math.clz32(ports)]++;
  }
  return Math.max(...counts);
}
const MOST_UNITS = 500;

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
  const row = (unit: LuckRow['unit'], keys: readonly HeaderField[]) => {
    const fields = shownBits(keys);
    return luckRow(
      unit,
      input.whole.groupCount(epoch, fields),
      links,
      busy,
      mostOnOneLink(input, epoch, fields, links),
    );
  };
  const rows = [
    row('peers', input.egress ? ['eth.dst', 'ip.dst'] : ['eth.src', 'ip.src']),
    luckRow('flows', flows, links, busy, Math.max(...counts)),
  ];
  return fields.length > 0 ? [...rows, row('cells', fields)] : rows;
}
