/**
 * Direct evidence: flows that differ in one field only. If two of them took different ports, the port is not chosen
 * without that field, or something that changes with it; no prior, no model. All rows are looked at, never a sample.
 */

import type { FlowId } from '../../engine/pass.js';
import { type HashRow, MAIN } from '../../flows/rows.js';
import { NumberIndex } from '../../stats/number-index.js';
import { seeded } from '../../stats/random.js';
import { SHOWN_FIELDS } from './components.js';
import { type FieldValue, groupsBy, shownValue } from './values.js';

/** Two flows that differ in one field only, on two ports at one time. */
export interface FlowPair {
  readonly a: FlowId;
  readonly b: FlowId;
  readonly values: readonly [FieldValue, FieldValue]; // of the field, in a and in b
  readonly ports: readonly [number, number]; // indexes into the ports of the epoch
  readonly epoch: number;
}

export interface FieldPairs {
  readonly differing: number; // independent pairs: one less than there are values, summed over groups
  readonly moved: number; // of those, on another port than the first of their group
  readonly examples: readonly FlowPair[]; // three at most
}

const FRAMES_ENOUGH = 3;
const EXAMPLES = 3;

/** By SHOWN_FIELDS. */
export function fieldPairs(rows: readonly HashRow[]): FieldPairs[] {
  const eligible = rows.filter((row) => row.kind === MAIN && !row.stray && row.frames >= FRAMES_ENOUGH);
  const columns = SHOWN_FIELDS.map((_, field) => numbered(eligible, field));
  const sums = fingerprints(columns, eligible);
  return columns.map((column) => pairsOf(eligible, column, sums));
}

/** A number per distinct value, and a random weight per number. */
interface Column {
  readonly field: number;
  readonly labels: Int32Array;
  readonly weights: Float64Array; // by label
  readonly varies: boolean;
}

function numbered(rows: readonly HashRow[], field: number): Column {
  const { of: labels, count } = groupsBy(rows, field);
  const random = seeded(field + 1);
  // 48 random bits: sums of 16 stay exact, and unequal keys collide with chance n^2 / 2^49.
  const weights = new Float64Array(count).map(() => random.below(2 ** 24) * 2 ** 24 + random.below(2 ** 24));
  return { field, labels, weights, varies: count > 1 };
}

/** Sum of the weights of all fields: that less the weight of one field says where all others agree. */
function fingerprints(columns: readonly Column[], rows: readonly HashRow[]): Float64Array {
  const random = seeded(0xe90c);
  const epochs = rows.reduce((most, { epoch }) => Math.max(most, epoch), 0) + 1;
  const epochWeights = Float64Array.from({ length: epochs }, () => random.below(2 ** 24) * 2 ** 24);
  const sums = new Float64Array(rows.length);
  for (let i = 0; i < sums.length; i++) sums[i] = epochWeights[rows[i].epoch];
  for (const { labels, weights } of columns) {
    for (let i = 0; i < sums.length; i++) sums[i] += weights[labels[i]];
  }
  return sums;
}

function pairsOf(rows: readonly HashRow[], { field, labels, weights, varies }: Column, sums: Float64Array): FieldPairs {
  const examples: FlowPair[] = [];
  let differing = 0;
  let moved = 0;
  if (!varies) return { differing, moved, examples };
  const groups = new NumberIndex(); // by what the other fields say
  const firstOfGroup: number[] = [];
  const seen = new NumberIndex(); // group and value
  for (let i = 0; i < rows.length; i++) {
    const group = groups.idOf(sums[i] - weights[labels[i]]);
    if (group === firstOfGroup.length) {
      firstOfGroup.push(i);
      continue;
    }
    const first = firstOfGroup[group];
    if (labels[i] === labels[first]) continue;
    const known = seen.size;
    if (seen.idOf(group * weights.length + labels[i]) < known) continue;
    differing++;
    const [a, b] = [rows[first], rows[i]];
    if (a.port === b.port) continue;
    moved++;
    if (examples.length < EXAMPLES && a.flow !== null && b.flow !== null) {
      examples.push({
        a: a.flow,
        b: b.flow,
        values: [shownValue(a, field), shownValue(b, field)],
        ports: [a.port, b.port],
        epoch: a.epoch,
      });
    }
  }
  return { differing, moved, examples };
}
