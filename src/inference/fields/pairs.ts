/**
 * Direct evidence: flows that differ in one field only. If two of them took different ports, the port is not chosen
 * without that field, or something that changes with it; no prior, no model. All flows are looked at, never a sample.
 */

import type { FlowId } from '../../engine/pass.js';
import type { HashRow, HashRows } from '../../flows/rows.js';
import { SHOWN_FIELDS } from './components.js';
import { type FieldValue, shownValue } from './values.js';

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

const EXAMPLES = 3;
const ALL_FIELDS = (1 << SHOWN_FIELDS.length) - 1;

/**
 * By SHOWN_FIELDS, over the epochs with two ports or more.
 *
 * @param unseen MAC addresses that are not in the capture: flows that differ in an IP address may differ in those too
 */
export function fieldPairs(
  { epochs, whole }: Pick<HashRows, 'epochs' | 'whole'>,
  unseen: { readonly src: boolean; readonly dst: boolean } = { src: false, dst: false },
): FieldPairs[] {
  const proves = (field: number) =>
    !(unseen.src && SHOWN_FIELDS[field] === 'ip.src') && !(unseen.dst && SHOWN_FIELDS[field] === 'ip.dst');
  const sums = SHOWN_FIELDS.map(() => ({ differing: 0, moved: 0, examples: [] as FlowPair[] }));
  for (const [epoch, { ports }] of epochs.entries()) {
    if (ports.length < 2) continue;
    for (const [field, { differing, moved, examples }] of whole.pairs(epoch, ALL_FIELDS).entries()) {
      if (!proves(field)) continue;
      const sum = sums[field];
      sum.differing += differing;
      sum.moved += moved;
      sum.examples.push(...examples.map(({ a, b }) => pairOf(whole, field, epoch, a, b)));
    }
  }
  // As the rows come: in order of the second flow.
  const inOrder = (x: FlowPair, y: FlowPair) => x.b - y.b || x.epoch - y.epoch;
  return sums.map(({ examples, ...counts }) => ({ ...counts, examples: examples.sort(inOrder).slice(0, EXAMPLES) }));
}

function pairOf(whole: HashRows['whole'], field: number, epoch: number, a: number, b: number): FlowPair {
  const [first, second] = [whole.row(a, epoch), whole.row(b, epoch)];
  return {
    a: a as FlowId,
    b: b as FlowId,
    values: [shownValue(first, field), shownValue(second, field)],
    ports: [first.port, second.port],
    epoch,
  };
}

const TELLING_FRAMES = 3;

/** The same among some rows, for what is asked of a few of them: groups by all fields but one. */
export function pairsAmong(rows: readonly HashRow[]): FieldPairs[] {
  const telling = rows.filter(({ frames, stray, flow }) => frames >= TELLING_FRAMES && !stray && flow !== null);
  const values = telling.map((row) => SHOWN_FIELDS.map((_, field) => shownValue(row, field)));
  return SHOWN_FIELDS.map((_, field) => {
    const groups = new Map<string, Map<FieldValue, HashRow>>();
    for (const [i, row] of telling.entries()) {
      const key = `${row.epoch} ${row.inner?.unnamed ?? ''} ${values[i].filter((_value, other) => other !== field).join(' ')}`;
      const group = groups.get(key) ?? new Map<FieldValue, HashRow>();
      groups.set(key, group);
      if (!group.has(values[i][field])) group.set(values[i][field], row);
    }
    let differing = 0;
    const apart: FlowPair[] = [];
    for (const group of groups.values()) {
      const [[value, first], ...others] = group;
      differing += others.length;
      for (const [other, row] of others) {
        if (row.port === first.port) continue;
        apart.push({
          a: first.flow!,
          b: row.flow!,
          values: [value, other],
          ports: [first.port, row.port],
          epoch: row.epoch,
        });
      }
    }
    return { differing, moved: apart.length, examples: apart.slice(0, EXAMPLES) };
  });
}
