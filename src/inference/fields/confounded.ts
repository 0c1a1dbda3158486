/** What a capture cannot tell apart: fields, and sets of fields, that divide its flows alike. */

import type { HeaderField } from '../../document/schema.js';
import { INNER_FIELDS, type Part, SHOWN_FIELDS, varies, type WeighedComponent } from './components.js';
import { bitCount, FIELDS, INCLUDED } from './hypotheses.js';
import { topPartition } from './posterior.js';
import type { View } from './views.js';

/** Fields that could stand in the place of this one, for all the capture shows. `field` indexes SHOWN_FIELDS. */
export function confounders({ component, parts }: WeighedComponent, field: number): HeaderField[] {
  const found = new Set<number>();
  component.parts.forEach((part, i) => {
    for (const other of equalColumns(part, field)) found.add(other);
    const read = SHOWN_FIELDS.map((_, shown) => shown).filter((shown) => readAs(component.view, shown) !== null);
    const own = readAs(component.view, field);
    if (own === null) return;
    const replacing = replacements(part, topPartition(parts[i]), own);
    for (const shown of read) if (replacing.has(readAs(component.view, shown)!)) found.add(shown);
  });
  return SHOWN_FIELDS.filter((_, shown) => shown !== field && found.has(shown));
}

/** The field of a hypothesis that a shown field is in this view; null for one the view does not read. */
function readAs(view: View, shown: number): number | null {
  if (shown >= FIELDS.length) return view === 'outer' ? null : INNER_FIELDS[shown - FIELDS.length].outer;
  return view !== 'outer' && INNER_FIELDS.some(({ outer }) => outer === shown) ? null : shown;
}

/** Other varying fields whose values change exactly where this one's do. */
function equalColumns({ shown, main, tunnels }: Part, field: number): number[] {
  if (!varies(shown[field], main)) return [];
  // Without tunnels an inner field is the outer one, not another that could be confused with it.
  const columns = tunnels.length > 0 ? shown : shown.slice(0, FIELDS.length);
  return columns.flatMap((column, other) =>
    other !== field && sameDivision(shown[field].labels, column.labels, main) ? [other] : [],
  );
}

function sameDivision(a: Int32Array, b: Int32Array, rows: readonly number[]): boolean {
  const forward = new Map<number, number>();
  const backward = new Map<number, number>();
  return rows.every((row) => {
    const [x, y] = [forward.get(a[row]), backward.get(b[row])];
    if (x === undefined && y === undefined) {
      forward.set(a[row], b[row]);
      backward.set(b[row], a[row]);
      return true;
    }
    return x === b[row] && y === a[row];
  });
}

/** Fields that hypotheses of one partition have in the place of `field`, where it holds some with and some without. */
function replacements(part: Part, partition: number, field: number): Set<number> {
  const sets = smallestSets(part, partition);
  const bit = 1 << field;
  const withField = sets.filter((set) => set & bit);
  const without = sets.filter((set) => !(set & bit));
  const found = new Set<number>();
  for (const a of withField) {
    for (const b of without) {
      for (let other = 0; other < FIELDS.length; other++) if (((b & ~a) >> other) & 1) found.add(other);
    }
  }
  return found;
}

/** Sets of varying fields, as masks, that make this partition and of which none can be left out. */
export function smallestSets(part: Part, partition: number): readonly number[] {
  const known = smallest.get(part) ?? [];
  smallest.set(part, known);
  known[partition] ??= findSmallest(part, partition);
  return known[partition];
}
const smallest = new WeakMap<Part, (readonly number[])[]>(); // each field asks for those of the likeliest partition

function findSmallest({ evaluation, main }: Part, partition: number): number[] {
  const { observed, explanations } = evaluation;
  let varying = 0;
  observed.fields.forEach((column, field) => {
    if (varies(column, main)) varying |= 1 << field;
  });
  const sets = new Set<number>();
  for (let i = 0; i < explanations.count; i++) {
    if (explanations.partition[i] === partition) sets.add(INCLUDED[explanations.hypothesis[i]] & varying);
  }
  const bySize = [...sets].sort((a, b) => bitCount(a) - bitCount(b) || a - b);
  const found: number[] = [];
  for (const set of bySize) if (!found.some((small) => (small & set) === small)) found.push(set);
  return found;
}
