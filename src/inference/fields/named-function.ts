/** The exact function, where one explains the flows: its name, the order of the ports, and a test on held-back flows. */

import type { Hash } from '../../document/schema.js';
import type { HashRow } from '../../flows/rows.js';
import { remainder } from '../../policies/policy.js';
import { seeded, shuffle } from '../../stats/random.js';
import type { LibraryFunction } from '../functions/library-function.js';
import type { WeighedComponent } from './components.js';
import { functionId } from './summary.js';
import type { View } from './views.js';

export type NamedFunction = NonNullable<Hash['function']>;

/** Functions that no flow told apart, the one to name first, and the rows as they read them. */
export interface FunctionGroup {
  readonly view: View;
  readonly posterior: number;
  readonly members: readonly { readonly function: LibraryFunction; readonly share: number }[]; // shares of the group
}

/** A member less likely than this does not have to agree with a prediction, and is not listed. */
export const MEMBER = 0.01;
/**
 * Members less likely than the likeliest by up to this factor are as good: shares of the prior depend on how many
 * functions of the same fields are known. The most widely used of them gives the name.
 */
const AS_GOOD = 10;

/** Groups of all views under which one hypothesis explains all rows, likeliest first. */
export function functionGroups(weighed: readonly WeighedComponent[]): FunctionGroup[] {
  return weighed
    .flatMap(({ component, parts, posterior }): FunctionGroup[] => {
      if (component.parts.length !== 1) return [];
      const { explanations, groups } = component.parts[0].evaluation;
      const shares = new Map<LibraryFunction, number>();
      explanations.function.forEach((f, i) => {
        if (f) shares.set(f, (shares.get(f) ?? 0) + parts[0].byExplanation[i]);
      });
      return groups.map((group) => {
        const known = group.filter((f) => shares.has(f));
        const total = known.reduce((sum, f) => sum + shares.get(f)!, 0);
        return {
          view: component.view,
          posterior: posterior * total,
          members: ranked(known.map((f) => ({ function: f, share: shares.get(f)! / total }))),
        };
      });
    })
    .filter(({ posterior }) => posterior > 0)
    .sort((a, b) => b.posterior - a.posterior);
}

/** As good ones in the order of the library, then the others by share. @param members in the order of the library */
function ranked<Member extends { share: number }>(members: readonly Member[]): Member[] {
  const most = members.reduce((max, { share }) => Math.max(max, share), 0);
  const asGood = members.filter(({ share }) => share * AS_GOOD >= most);
  const others = members.filter(({ share }) => share * AS_GOOD < most && share >= MEMBER);
  return [...asGood, ...others.sort((a, b) => b.share - a.share)];
}

/** Ports by bucket; null for a bucket no flow fell into. */
export type PortOrder = readonly (number | null)[];

export interface FunctionTest {
  readonly orders: readonly PortOrder[]; // by epoch
  readonly explained: number;
  readonly tested: number;
  readonly heldOutAccuracy: number | null; // null where no held-back flow fell into a known bucket
  readonly heldOut: number; // held-back flows that fell into one
  readonly guess: number; // how many the most used port of each epoch would have got right, as a share
}

const FOLDS = 4;

/** Where a function is tested: by epoch, its ports and its buckets. */
export interface TestedEpoch {
  readonly ports: number;
  readonly buckets: number;
}

/**
 * How well the function does once the order of the ports is learnt: on all rows, and on each quarter of the rows after
 * learning from the other three. Rows it has no value for are not tested.
 *
 * @param rows main rows, `port` within their epoch's ports
 * @param values of the function for each
 */
export function testFunction(
  rows: readonly HashRow[],
  values: Float64Array,
  epochs: readonly TestedEpoch[],
): FunctionTest {
  let [explained, tested, predicted, hit, guessed] = [0, 0, 0, 0, 0];
  const orders = epochs.map(({ ports, buckets }, epoch) => {
    const here = definedIn(epoch, rows, values);
    // Rows by quarter (drawn), bucket and port: what the other quarters say is the sum less one of them.
    const quarters = Array.from({ length: FOLDS }, () => new Int32Array(buckets * ports));
    const drawn = shuffle(here.slice(), seeded(epoch + 1));
    for (let n = 0; n < drawn.length; n++) {
      const row = drawn[n];
      quarters[n % FOLDS][remainder(values[row], buckets) * ports + rows[row].port]++;
    }
    const all = quarters.reduce((sum, quarter) => sum.map((n, i) => n + quarter[i]));
    const order = portOrder(all, ports);
    tested += here.length;
    guessed += mostUsed(all, ports);
    explained += onOrder(all, order, ports).hit;
    for (const quarter of quarters) {
      const learnt = portOrder(
        all.map((n, i) => n - quarter[i]),
        ports,
      );
      const found = onOrder(quarter, learnt, ports);
      predicted += found.predicted;
      hit += found.hit;
    }
    return order;
  });
  const heldOutAccuracy = predicted > 0 ? hit / predicted : null;
  return { orders, explained, tested, heldOutAccuracy, heldOut: predicted, guess: tested > 0 ? guessed / tested : 0 };
}

/** Rows of an epoch that the function has a value for. */
function definedIn(epoch: number, rows: readonly HashRow[], values: Float64Array): Int32Array {
  const here = new Int32Array(rows.length);
  let count = 0;
  for (let i = 0; i < rows.length; i++) if (rows[i].epoch === epoch && values[i] >= 0) here[count++] = i;
  return here.subarray(0, count);
}

/** Rows of the port that most have. @param counts rows per bucket and port */
function mostUsed(counts: Int32Array, ports: number): number {
  const byPort = new Int32Array(ports);
  counts.forEach((n, cell) => {
    byPort[cell % ports] += n;
  });
  return byPort.reduce((max, n) => Math.max(max, n), 0);
}

/** For each bucket the port with most rows, the lowest on ties. @param counts rows per bucket and port */
function portOrder(counts: Int32Array, ports: number): PortOrder {
  return Array.from({ length: counts.length / ports }, (_, bucket) => {
    const here = counts.subarray(bucket * ports, (bucket + 1) * ports);
    const most = here.reduce((max, n) => Math.max(max, n), 0);
    return most === 0 ? null : here.indexOf(most);
  });
}

function onOrder(counts: Int32Array, order: PortOrder, ports: number) {
  let [predicted, hit] = [0, 0];
  order.forEach((port, bucket) => {
    if (port === null) return;
    for (let p = 0; p < ports; p++) predicted += counts[bucket * ports + p];
    hit += counts[bucket * ports + port];
  });
  return { predicted, hit };
}

/** Ids of the group, the one to name first, and of other products with the same formula. */
export function groupIds({ members, view }: FunctionGroup, tunnels: boolean): string[] {
  const ids = members.map(({ function: f }) => functionId(f, view));
  const twins = members.flatMap(({ function: f }) =>
    f.alsoKnownAs.filter((twin) => !(tunnels && twin.startsWith('linux-encap'))),
  );
  return [...new Set([...ids, ...twins])];
}
