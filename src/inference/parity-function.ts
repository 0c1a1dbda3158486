/** Words for a table over XORs of header bits: what is said where no known function fits, and such a table predicts. */

import type { HashRow, HashRows } from '../flows/rows.js';
import { BitColumns } from './fields/bit-columns.js';
import { Echelon } from './fields/echelon.js';
import { bitsNeverExercised, columnsOf, differences, type KeyColumn } from './fields/key-columns.js';
import type { NamedFunction } from './fields/named-function.js';
import { type Observations, observe } from './fields/observations.js';
import { bucketOf, FEWEST_KEYS, MOST_RANK, type ParityTable, searchParities } from './fields/parity-search.js';
import { sampleRows } from './fields/sample.js';
import { type FieldSet, fieldNames } from './fields/summary.js';
import { readIn } from './fields/views.js';
import type { Steps } from './steps.js';

const ALL_BITS = 128;
/** With more independent bits than a table can be searched for: the lowest of each field, which switches take. */
const LOW_BITS = [4, 3];

export interface FoundParities {
  readonly buckets: number;
  readonly rows: readonly HashRow[]; // main rows, as the likeliest view reads them
  readonly values: Float64Array; // buckets of the rows
  readonly what: Pick<NamedFunction, 'id' | 'description' | 'parameters' | 'alternatives'>;
}

/**
 * @param main main rows of epochs with two ports or more
 * @param set the likeliest fields
 * @param longest the epoch that the XORs are learnt from
 */
export function* findParities(
  { epochs }: HashRows,
  main: readonly HashRow[],
  set: Pick<FieldSet, 'mask' | 'view'>,
  longest: number,
): Steps<FoundParities | null> {
  const ports = epochs.map((epoch) => epoch.ports.length);
  const here = sampleRows(main.filter((row) => row.epoch === longest)).map((row) => readIn(row, set.view));
  if (here.length < FEWEST_KEYS) return null;
  const observed = observe(here, ports);
  const differing = new BitColumns(observed.fields, Int32Array.from(here.keys()));
  const [whole, ...low] = [ALL_BITS, ...LOW_BITS].map((bits) => space(observed, differing, set.mask, bits));
  const spaces = whole.used.length <= MOST_RANK ? [whole] : low.filter(({ used }) => used.length <= MOST_RANK);
  let best: { table: ParityTable; among: Space } | null = null;
  for (const among of spaces) {
    const table = yield* searchParities(inputOf(observed, among, ports[longest]));
    if (table && (best === null || table.hits > best.table.hits)) best = { table, among };
  }
  if (best === null) return null;
  const { table, among } = best;
  const read = main.map((row) => readIn(row, set.view));
  const all = observe(read, ports);
  const keys = keysOf(all, among.used);
  const values = new Float64Array(keys.length);
  for (let i = 0; i < keys.length; i++) values[i] = bucketOf(keys[i], table.parities);
  const fields = fieldNames(set.mask, set.view);
  const names = (parity: number) =>
    among.used
      .filter((_, coordinate) => (parity >>> coordinate) & 1)
      .map(({ field, bit }) => `${fieldNames(1 << field, set.view)[0]} bit ${bit}`);
  return {
    buckets: 2 ** table.parities.length,
    rows: all.rows,
    values,
    what: {
      id: 'parity-table',
      description: `a table over XORs of single bits of ${fields.join(', ')}, of which known sender is not known`,
      parameters: {
        fields,
        bucketBits: table.parities.map(names),
        heldOutFlowsPredicted: table.heldOut,
        heldOutFlowsRight: table.hits,
        bitsNeverExercised: bitsNeverExercised(
          differences(observed, [0, ...whole.rows], whole.columns),
          whole.columns,
          set.view,
        ),
        ...(among === whole ? {} : { bitsSearched: `the lowest ${among.bits} of each field` }),
      },
      alternatives: [],
    },
  };
}

/** Bits of some fields, and those of them that determine the others in these rows. */
interface Space {
  readonly bits: number; // of each field, at most
  readonly columns: readonly KeyColumn[];
  readonly used: readonly KeyColumn[];
  readonly rows: readonly number[]; // whose differences from the first all others are sums of
}

function space(observed: Observations, differing: BitColumns, mask: number, bits: number): Space {
  const columns = columnsOf(observed, mask, bits);
  const span = new Echelon(differing.words, columns.length);
  const used = columns.filter(({ field, bit }) => {
    const { columnOf, bits } = differing.ofField(field);
    const column = columnOf[columnOf.length - 32 - (bit & ~31) + (bit & 31)];
    return column >= 0 && span.add(bits, column * differing.words);
  });
  return { bits, columns, used, rows: span.ownRows() };
}

/** Of all rows. */
function keysOf(observed: Observations, used: readonly KeyColumn[]): Uint32Array {
  const keys = new Uint32Array(observed.count);
  used.forEach(({ field, bit }, coordinate) => {
    const { words, bits } = observed.fields[field];
    addBit(keys, coordinate, bits, words, words - 1 - (bit >> 5), bit & 31);
  });
  return keys;
}

function addBit(keys: Uint32Array, to: number, bits: Int32Array, words: number, word: number, bit: number): void {
  for (let row = 0; row < keys.length; row++) keys[row] |= ((bits[row * words + word] >>> bit) & 1) << to;
}

/** Distinct keys, each with the port that most of its flows took. */
function inputOf(observed: Observations, { used }: Space, ports: number) {
  const counts = new Map<number, Int32Array>();
  for (const [row, key] of keysOf(observed, used).entries()) {
    const here = counts.get(key) ?? new Int32Array(ports);
    counts.set(key, here);
    here[observed.port[row]]++;
  }
  const mostUsed = (here: Int32Array) => here.indexOf(here.reduce((max, n) => Math.max(max, n), 0));
  return {
    keys: Uint32Array.from(counts.keys()),
    port: Uint8Array.from(counts.values(), mostUsed),
    ports,
    rank: used.length,
  };
}
