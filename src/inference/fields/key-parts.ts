/** What the key of a hypothesis is made of, as a linear hash sees it: fields, or the XOR of the two of a pair. */

import { BOTH, DST, hypothesis, NONE, PAIR_FIELDS, SINGLE_FIELDS, SRC } from './hypotheses.js';
import { FIELD_WIDTH } from './observations.js';

/** A field, or two of them where the hash sees their XOR only. */
export interface KeyPart {
  readonly field: number;
  readonly other: number | null;
}

const FIELDS = FIELD_WIDTH.length;
/** All there are; sets of them are masks of their numbers. */
export const PART_NUMBERS = 2 * FIELDS;

export const partOf = (number: number): KeyPart =>
  number < FIELDS
    ? { field: number, other: null }
    : { field: number - FIELDS, other: PAIR_FIELDS.find(([src]) => src === number - FIELDS)![1] };

/** Numbers of the parts that the fields of all hypotheses can be: those of the fields, and of each pair that of its first. */
export const PARTS: readonly number[] = [...FIELD_WIDTH.keys(), ...PAIR_FIELDS.map(([src]) => FIELDS + src)];

/** Numbers of the parts, in the order of a key. */
export function keyParts(index: number): number[] {
  const { mac, ip, port, singles } = hypothesis(index);
  const parts: number[] = [];
  [mac, ip, port].forEach((mode, pair) => {
    const [src, dst] = PAIR_FIELDS[pair];
    if (mode === NONE) return;
    if (mode === SRC || mode === BOTH) parts.push(src);
    if (mode === DST || mode === BOTH) parts.push(dst);
    if (mode > BOTH) parts.push(FIELDS + src);
  });
  SINGLE_FIELDS.forEach((field, i) => {
    if ((singles >> i) & 1) parts.push(field);
  });
  return parts;
}

export const partsOf = (index: number) => keyParts(index).reduce((mask, part) => mask | (1 << part), 0);
