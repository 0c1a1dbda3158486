import type { HashRow } from '../../flows/rows.js';
import { MAIN } from '../../flows/rows.js';
import { rankOfFlow, rankOfSource } from '../../flows/sample.js';
import { ip32 } from '../../policies/bytes.js';

/** More rows sharpen no verdict but cost time. */
export const SAMPLE = 2000;
const BY_SOURCE = 1000;
const SUPPLEMENTARY = 500;

/**
 * One sample for every hypothesis and class: with a sample of its own for each, the noise of the sample would outweigh
 * what decides between them. Half are all flows of some source addresses, the rest is uniform (flows/sample.ts).
 */
export function sampleRows(rows: readonly HashRow[]): readonly HashRow[] {
  const main = indexes(rows, true);
  const others = indexes(rows, false);
  if (main.length <= SAMPLE && others.length <= SUPPLEMENTARY) return rows;
  const chosen = new Uint8Array(rows.length);
  for (const i of others.length <= SUPPLEMENTARY ? others : first(others, SUPPLEMENTARY, ranks(others, rankOfFlow))) {
    chosen[i] = 1;
  }
  if (main.length <= SAMPLE) for (const i of main) chosen[i] = 1;
  else markMain(rows, main, chosen);
  return rows.filter((_, i) => chosen[i] === 1);
}

function markMain(rows: readonly HashRow[], main: Int32Array, chosen: Uint8Array): void {
  const bySource = first(
    main,
    BY_SOURCE,
    ranks(main, (i) => rankOfSource(ip32(rows[i].srcIp))),
  );
  for (const i of bySource) chosen[i] = 1;
  const rest = main.filter((i) => chosen[i] === 0);
  const uniform = first(
    rest,
    SAMPLE - bySource.length,
    ranks(rest, (i) => rankOfFlow(rows[i].flow ?? i)),
  );
  for (const i of uniform) chosen[i] = 1;
}

function ranks(items: Int32Array, rank: (item: number) => number): Float64Array {
  const all = new Float64Array(items.length);
  for (let i = 0; i < items.length; i++) all[i] = rank(items[i]);
  return all;
}

/** Those of the lowest rank, of equal ones the first. @param rank 32 bits, of each item */
function first(items: Int32Array, most: number, rank: Float64Array): Int32Array {
  const packed = rank.map((n, i) => n * ITEMS + i).sort(); // one number each sorts without a comparison in JavaScript
  const found = new Int32Array(Math.min(most, items.length));
  for (let i = 0; i < found.length; i++) found[i] = items[packed[i] % ITEMS];
  return found;
}
const ITEMS = 2 ** 21;

function indexes(rows: readonly HashRow[], main: boolean): Int32Array {
  const found = new Int32Array(rows.length);
  let count = 0;
  for (let i = 0; i < rows.length; i++) if ((rows[i].kind === MAIN) === main) found[count++] = i;
  return found.subarray(0, count);
}
