/** The bits of some header fields as columns with a name: what a finding can say a bucket is made of. */

import { Basis, type BitMatrix, bitMatrix } from '../../stats/gf2.js';
import { FIELDS } from './hypotheses.js';
import { FIELD_WIDTH, type Observations } from './observations.js';
import { fieldNames } from './summary.js';
import type { View } from './views.js';

export interface KeyColumn {
  readonly field: number; // index of FIELDS
  readonly bit: number; // 0 is the lowest
}

const IPV4_BITS = 32;
const ADDRESSES: readonly string[] = ['ip.src', 'ip.dst'];

/**
 * Bits of the fields of a mask; of addresses as many as the longest has.
 * @param low bits of each field that are taken, from the lowest
 */
export function columnsOf({ rows }: Observations, mask: number, low = 128): KeyColumn[] {
  const isIpv4 = rows.every((row) => row.srcIp.length <= 4);
  return FIELDS.flatMap((name, field) => {
    if (!((mask >> field) & 1)) return [];
    const width = isIpv4 && ADDRESSES.includes(name) ? IPV4_BITS : FIELD_WIDTH[field];
    return Array.from({ length: Math.min(low, width) }, (_, bit) => ({ field, bit }));
  });
}

export function bitAt({ fields }: Observations, row: number, { field, bit }: KeyColumn): number {
  const { words, bits } = fields[field];
  return (bits[row * words + words - 1 - (bit >> 5)] >>> (bit & 31)) & 1;
}

/** What each row differs in from the first. */
export function differences(observed: Observations, rows: readonly number[], columns: readonly KeyColumn[]): BitMatrix {
  const made = bitMatrix(rows.length, columns.length);
  for (const [c, column] of columns.entries()) {
    const first = bitAt(observed, rows[0], column);
    for (let i = 0; i < rows.length; i++) {
      if (bitAt(observed, rows[i], column) !== first) made.bits[i * made.words + (c >> 5)] |= 1 << (c & 31);
    }
  }
  return made;
}

/**
 * Bits that no two flows tried alone: what they do to the port, nothing in the capture can say of a function that nobody knows.
 * Bits that changed only together with others are among them.
 */
export function bitsNeverExercised(
  matrix: BitMatrix,
  columns: readonly KeyColumn[],
  view: View,
): Record<string, string> {
  const { count, words, bits } = matrix;
  const basis = new Basis(words, words);
  const row = new Uint32Array(words);
  for (let i = 0; i < count; i++) {
    for (let w = 0; w < words; w++) row[w] = bits[i * words + w];
    const pivot = basis.reduce(row);
    if (pivot >= 0) basis.add(pivot, row);
  }
  return byField(
    columns.filter((_, c) => {
      row.fill(0);
      row[c >> 5] = 1 << (c & 31);
      return basis.reduce(row) >= 0;
    }),
    view,
  );
}

/** Bits of the fields of a mask that are the same in all rows. */
export function bitsNeverVaried(observed: Observations, mask: number, view: View): Record<string, string> {
  const varied = observed.fields.map(({ words, bits }) => {
    const sum = new Uint32Array(words);
    for (let at = words; at < bits.length; at++) sum[at % words] |= bits[at] ^ bits[at - words];
    return sum;
  });
  const isSame = ({ field, bit }: KeyColumn) =>
    ((varied[field][varied[field].length - 1 - (bit >> 5)] >>> (bit & 31)) & 1) === 0;
  return byField(columnsOf(observed, mask).filter(isSame), view);
}

/** Ranges by field: `0-4, 8`. */
function byField(columns: readonly KeyColumn[], view: View): Record<string, string> {
  const found = new Map<number, number[]>();
  for (const { field, bit } of columns) found.set(field, [...(found.get(field) ?? []), bit]);
  return Object.fromEntries([...found].map(([field, list]) => [fieldNames(1 << field, view)[0], ranges(list)]));
}

/** @param numbers ascending */
function ranges(numbers: readonly number[]): string {
  const parts: { from: number; to: number }[] = [];
  for (const n of numbers) {
    const last = parts.at(-1);
    if (last?.to === n - 1) parts[parts.length - 1] = { from: last.from, to: n };
    else parts.push({ from: n, to: n });
  }
  return parts.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}
