import { bitMatrix, rank } from '../../stats/gf2.js';
import { type Part, varies } from './components.js';
import { UNJUDGED } from './partition-pool.js';

/**
 * How many independent bits of a field were tried without the key changing: rank over GF(2) of the XOR differences of
 * the field between each flow and the first of its cell (in its epoch). A linear hash that reads the field would have
 * moved flows with chance 1 - 1/K for each such bit; adjacent ports exercise one.
 *
 * @param labels cells of the partition, by row
 * @param field index of SHOWN_FIELDS
 */
export function exercisedBits({ shown, main, evaluation, tunnels }: Part, labels: Int32Array, field: number): number {
  const { words, bits } = shown[field];
  const { epoch } = evaluation.observed;
  const rows = field >= evaluation.observed.fields.length ? tunnels : main; // inner fields exist in tunnels only
  if (!varies(shown[field], rows)) return 0;
  const epochs = evaluation.observed.ports.length;
  const first = new Int32Array(labels.length * epochs).fill(-1); // row, by cell and epoch
  const differences = bitMatrix(rows.length, words * 32);
  rows.forEach((row, i) => {
    if (labels[row] === UNJUDGED) return;
    const cell = labels[row] * epochs + epoch[row];
    const reference = first[cell];
    if (reference < 0) first[cell] = row;
    else
      for (let w = 0; w < words; w++)
        differences.bits[i * words + w] = bits[row * words + w] ^ bits[reference * words + w];
  });
  return rank(differences);
}
