import type { FieldColumn, Observations } from './observations.js';

/** How many low bits of each field a hash of few bits may read: nobody knows, so each as likely as the others. */
export const LOW_BITS = [2, 3, 4, 6] as const;

/**
 * The rows as a hash sees them that reads the low bits of every field alone. A table of these is all that such a hash can
 * be, whatever it does with them; in a table of whole fields flows that differ in higher bits have nothing in common, and
 * fields whose low bits vary little look as if they were not read. inference.md G.5.
 */
export function lowBits(observed: Observations, bits: number): Observations {
  return { ...observed, fields: observed.fields.map((column) => lowest(column, bits)) };
}

function lowest({ words, bits }: FieldColumn, count: number): FieldColumn {
  const values = new Int32Array(bits.length / words);
  for (let row = 0; row < values.length; row++) values[row] = bits[(row + 1) * words - 1] & (2 ** count - 1);
  return { words: 1, bits: values, labels: values };
}
