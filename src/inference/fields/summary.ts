/** The posterior in a few lines: which field sets, which of them nothing tells apart, which ports their keys go to. */

import type { Hash, HeaderField } from '../../document/schema.js';
import type { HashRows } from '../../flows/rows.js';
import { Smallest } from '../../stats/smallest.js';
import { INNER_FIELDS, SHOWN_FIELDS, type ShownField, shownBits, type WeighedComponent } from './components.js';
import { smallestSets } from './confounded.js';
import { FIELDS, INCLUDED, POLICY_OF } from './hypotheses.js';
import { shownValue } from './values.js';
import type { View } from './views.js';

const LISTED = 20;
const FEWEST_POSTERIOR = 1e-4;
const WORTH_NAMING = 0.01;
const CELLS_LISTED = 1000;

/** Header fields a mask of hypothesis fields stands for. In the views into tunnels: those inside. */
export function fieldNames(mask: number, view: View): HeaderField[] {
  return FIELDS.flatMap((name, field): HeaderField[] => {
    if (!((mask >> field) & 1)) return [];
    const inner = view !== 'outer' ? INNER_FIELDS.find(({ outer }) => outer === field) : undefined;
    return [inner?.name ?? name];
  });
}

export interface FieldSet {
  readonly mask: number;
  readonly view: View;
  posterior: number;
  readonly names: Map<string, number>; // policies and functions of these fields, with their posterior
}

/** Field sets by posterior, over all views that explain all rows by one hypothesis. */
export function fieldSets(weighed: readonly WeighedComponent[]): FieldSet[] {
  const sets: FieldSet[] = [];
  for (const { component, parts, posterior } of weighed) {
    if (component.parts.length !== 1) continue;
    const { view } = component;
    const { hypothesis, function: functions } = component.parts[0].evaluation.explanations;
    const { byExplanation } = parts[0];
    const byMask = new Map<number, FieldSet>();
    for (let i = 0; i < byExplanation.length; i++) {
      const share = posterior * byExplanation[i];
      if (share < 1e-12) continue;
      const mask = INCLUDED[hypothesis[i]];
      let set = byMask.get(mask);
      if (!set) {
        set = { mask, view, posterior: 0, names: new Map() };
        byMask.set(mask, set);
      }
      set.posterior += share;
      const policy = POLICY_OF[hypothesis[i]];
      const f = functions[i];
      if (policy !== null) set.names.set(policy, (set.names.get(policy) ?? 0) + share);
      if (f !== null) set.names.set(functionId(f, view), (set.names.get(functionId(f, view)) ?? 0) + share);
    }
    sets.push(...byMask.values());
  }
  return sets.sort((a, b) => b.posterior - a.posterior || a.mask - b.mask);
}

/** Linux' encapsulation policies are its plain ones on what is in the tunnel. */
export function functionId({ id }: { id: string }, view: View): string {
  return view === 'inner' ? (ENCAPSULATED[id] ?? id) : id;
}
const ENCAPSULATED: Readonly<Record<string, string>> = {
  'linux-layer2+3': 'linux-encap2+3',
  'linux-layer3+4': 'linux-encap3+4',
};

export function summarise(sets: readonly FieldSet[]): Hash['hypotheses'] {
  return sets
    .filter(({ posterior }) => posterior >= FEWEST_POSTERIOR)
    .slice(0, LISTED)
    .map(({ mask, view, posterior, names }) => ({
      fields: fieldNames(mask, view),
      posterior,
      knownAs: [...names]
        .filter(([, share]) => share >= WORTH_NAMING * posterior)
        .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
        .map(([name]) => name),
    }));
}

/** Fields of the likeliest field set; [] where a number per connection is likelier than any. */
export function bestFields([best]: readonly FieldSet[], weighed: readonly WeighedComponent[]): HeaderField[] {
  const connection = weighed.reduce((sum, { component, posterior, parts: [part] }) => {
    return component.parts.length === 1 ? sum + posterior * (part.perConnection + part.socket) : sum;
  }, 0);
  return best && best.posterior > connection ? fieldNames(best.mask, best.view) : [];
}

/** Groups of field sets that divide the flows alike, so that no table could tell them apart; likeliest first. */
export function indistinguishable(weighed: readonly WeighedComponent[]): HeaderField[][][] {
  const classes: { posterior: number; sets: HeaderField[][] }[] = [];
  for (const { component, parts, posterior } of weighed) {
    component.parts.forEach((part, i) => {
      parts[i].byPartition.forEach((share, partition) => {
        if (posterior * share < 0.05) return;
        const sets = smallestSets(part, partition).map((mask) => fieldNames(mask, component.view));
        if (sets.length > 1) classes.push({ posterior: posterior * share, sets });
      });
    });
  }
  return classes.sort((a, b) => b.posterior - a.posterior).map(({ sets }) => sets);
}

/**
 * Keys of the given fields, the port each one's flows took, and how many they were; `null` where they took several.
 * @param epoch the one to look at: the mapping of another need not be the same.
 */
export function cells(
  { whole }: Pick<HashRows, 'whole'>,
  fields: readonly HeaderField[],
  epoch: number,
  portName: (port: number) => string,
): Hash['cells'] {
  const groups = whole.groups(epoch, shownBits(fields));
  const largest = new Smallest(CELLS_LISTED); // equals in order of first appearance
  for (let cell = 0; cell < groups.count; cell++) largest.offer(-groups.flows(cell), cell);
  return largest.items().map((cell) => {
    const row = whole.row(groups.first(cell), epoch);
    const key = Object.fromEntries(
      fields.map((field) => [field, shownValue(row, SHOWN_FIELDS.indexOf(field as ShownField))]),
    );
    const isSplit = (groups.ports(cell) & (groups.ports(cell) - 1)) !== 0;
    return { key, port: isSplit ? null : portName(row.port), flows: groups.flows(cell) };
  });
}
