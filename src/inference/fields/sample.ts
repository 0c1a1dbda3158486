import type { HashRow } from '../../flows/rows.js';
import { MAIN } from '../../flows/rows.js';
import { type Random, seeded, shuffle } from '../../stats/random.js';
import { FIELDS } from './hypotheses.js';
import { groupsBy } from './values.js';

/** More rows sharpen no verdict but cost time. */
export const SAMPLE = 2000;
const BY_SOURCE = 1000;
const SUPPLEMENTARY = 500;
const SOURCE = FIELDS.indexOf('ip.src');

/**
 * One sample for every hypothesis and class: with a sample of its own for each, the noise of the sample would outweigh
 * what decides between them. Half are all flows of some source addresses, because pairs of flows that differ in one
 * field only hardly survive a uniform choice; the rest is uniform.
 */
export function sampleRows(rows: readonly HashRow[]): readonly HashRow[] {
  const random = seeded(2000);
  const main = indexes(rows, (row) => row.kind === MAIN);
  const others = indexes(rows, (row) => row.kind !== MAIN);
  if (main.length <= SAMPLE && others.length <= SUPPLEMENTARY) return rows;

  const chosen = new Set<number>(
    others.length <= SUPPLEMENTARY ? others : shuffle(others, random).slice(0, SUPPLEMENTARY),
  );
  for (const row of main.length <= SAMPLE ? main : sampleMain(rows, main, random)) chosen.add(row);
  return rows.filter((_, i) => chosen.has(i));
}

function sampleMain(rows: readonly HashRow[], main: number[], random: Random): Iterable<number> {
  const { of, count } = groupsBy(
    main.map((i) => rows[i]),
    SOURCE,
  );
  const sources = Array.from({ length: count }, (): number[] => []);
  main.forEach((row, i) => {
    sources[of[i]].push(row);
  });
  const chosen = new Set<number>();
  for (const s of shuffle(Int32Array.from(sources.keys()), random)) {
    for (const i of sources[s]) if (chosen.size < BY_SOURCE) chosen.add(i);
    if (chosen.size >= BY_SOURCE) break;
  }
  for (const i of shuffle(Int32Array.from(main), random)) {
    if (chosen.size >= SAMPLE) break;
    chosen.add(i);
  }
  return chosen;
}

function indexes(rows: readonly HashRow[], wanted: (row: HashRow) => boolean): number[] {
  const found: number[] = [];
  for (let i = 0; i < rows.length; i++) if (wanted(rows[i])) found.push(i);
  return found;
}
