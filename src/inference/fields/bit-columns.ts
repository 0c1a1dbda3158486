/**
 * Bits of header fields as columns: a bit for each row, 32 rows to a word, set where the row differs from the first. What is linear
 * is then done to 32 rows at once. Bits that are the same in all rows have no column.
 */

import { lowestBit, popCount } from '../../stats/gf2.js';
import { PART_NUMBERS, PARTS, partOf } from './key-parts.js';
import { FIELD_WIDTH, type FieldColumn } from './observations.js';

/** Columns one behind the other. */
export interface Columns {
  readonly count: number;
  readonly bits: Int32Array;
}

export interface FieldBits extends Columns {
  readonly columnOf: Int16Array; // by place of the bit in the words of the field; -1
}

export class BitColumns {
  readonly words: number; // of a column
  readonly #ofField: FieldBits[] = new Array(FIELD_WIDTH.length);
  readonly #ofPart: Columns[] = new Array(PART_NUMBERS);

  constructor(
    readonly fields: readonly FieldColumn[],
    readonly rows: Int32Array,
  ) {
    this.words = Math.ceil(rows.length / 32);
  }

  /** @param part its number */
  of(part: number): Columns {
    this.#ofPart[part] ??= this.#make(part);
    return this.#ofPart[part];
  }

  /** Of a field, with what says which bits they are of. */
  ofField(field: number): FieldBits {
    this.#ofField[field] ??= fieldBits(this.fields[field], this.rows, this.words);
    return this.#ofField[field];
  }

  /** Mask of the parts that differ between rows. */
  varying(): number {
    return PARTS.reduce((mask, part) => (this.of(part).bits.some((word) => word !== 0) ? mask | (1 << part) : mask), 0);
  }

  #make(part: number): Columns {
    const { field, other } = partOf(part);
    return other === null ? this.ofField(field) : xorOf(this.ofField(field), this.ofField(other), this.words);
  }
}

function fieldBits({ words, bits }: FieldColumn, rows: Int32Array, columnWords: number): FieldBits {
  const columnOf = new Int16Array(words * 32).fill(-1);
  const values = new Int32Array(rows.length); // a word of the field, as far as it differs from that of the first row
  const made: Int32Array[] = [];
  let count = 0;
  for (let word = 0; word < words; word++) {
    const varying = takeWord(values, bits, words, word, rows);
    const columns = new Int32Array(popCount(varying) * columnWords);
    for (let left = varying, at = 0; left !== 0; left &= left - 1, at += columnWords) {
      const bit = lowestBit(left);
      columnOf[word * 32 + bit] = count++;
      takeBit(columns, at, values, bit);
    }
    made.push(columns);
  }
  return { count, bits: joined(made), columnOf };
}

// Small functions, each compiled once and soon: the compiler takes longer for these loops in one than they run.
function takeWord(into: Int32Array, bits: Int32Array, words: number, word: number, rows: Int32Array): number {
  const first = bits[rows[0] * words + word];
  let varying = 0;
  for (let i = 0; i < rows.length; i++) {
    into[i] = bits[rows[i] * words + word] ^ first;
    varying |= into[i];
  }
  return varying;
}

function takeBit(into: Int32Array, at: number, values: Int32Array, bit: number): void {
  for (let from = 0, word = at; from < values.length; from += 32, word++) {
    const to = Math.min(32, values.length - from);
    let rows = 0;
    for (let i = 0; i < to; i++) rows |= ((values[from + i] >>> bit) & 1) << i;
    into[word] = rows;
  }
}

function xorOf(a: FieldBits, b: FieldBits, words: number): Columns {
  const places = [...a.columnOf.keys()].filter((place) => a.columnOf[place] >= 0 || b.columnOf[place] >= 0);
  const bits = new Int32Array(places.length * words);
  for (const [i, place] of places.entries()) {
    for (const { columnOf, bits: from } of [a, b]) {
      if (columnOf[place] >= 0) addTo(bits, i * words, from, columnOf[place] * words, words);
    }
  }
  return { count: places.length, bits };
}

/** Adds one vector of bits to another. */
export function addTo(into: Int32Array, at: number, from: Int32Array, fromAt: number, words: number): void {
  for (let w = 0; w < words; w++) into[at + w] ^= from[fromAt + w];
}

function joined(parts: readonly Int32Array[]): Int32Array {
  if (parts.length === 1) return parts[0];
  const whole = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
