/** The exact function, where one explains the flows: its name, the order of the ports, and a test on held-back flows. */

import type { Hash } from '../../document/schema.js';
import { type HashRow, MAIN } from '../../flows/rows.js';
import { seeded, shuffle } from '../../stats/random.js';
import type { LibraryFunction } from '../functions/function.js';
import type { View, WeighedComponent } from './components.js';
import { functionId } from './summary.js';

export type NamedFunction = NonNullable<Hash['function']>;

/** Functions that no flow told apart, likeliest first, and the rows as they read them. */
export interface FunctionGroup {
  readonly view: View;
  readonly posterior: number;
  readonly members: readonly { readonly function: LibraryFunction; readonly share: number }[]; // shares of the group
}

/** A member less likely than this does not have to agree with a prediction, and is not listed. */
const MEMBER = 0.01;

/** Groups of all views under which one hypothesis explains all rows, likeliest first. */
export function functionGroups(weighed: readonly WeighedComponent[]): FunctionGroup[] {
  return weighed
    .flatMap(({ component, parts, posterior }): FunctionGroup[] => {
      if (component.parts.length !== 1) return [];
      const { explanations, groups } = component.parts[0].evaluation;
      const shares = groups.map(() => new Map<LibraryFunction, number>());
      explanations.forEach(({ function: f, group }, i) => {
        if (f) shares[group].set(f, parts[0].byExplanation[i]);
      });
      return shares.map((members) => {
        const total = [...members.values()].reduce((sum, share) => sum + share, 0);
        return {
          view: component.view,
          posterior: posterior * total,
          members: [...members]
            .map(([f, share]) => ({ function: f, share: share / total }))
            .filter(({ share }) => share >= MEMBER)
            .sort((a, b) => b.share - a.share), // stable: the library has the most widely used first
        };
      });
    })
    .filter(({ posterior }) => posterior > 0)
    .sort((a, b) => b.posterior - a.posterior);
}

/** Ports by bucket; null for a bucket no flow fell into. */
export type PortOrder = readonly (number | null)[];

/**
 * @param rows main rows of one epoch, `port` within the epoch.
 * @returns for each bucket the port with most rows, the lowest on ties.
 */
export function portOrder(rows: readonly HashRow[], bucketOf: (row: HashRow) => number, ports: number): PortOrder {
  const counts = Array.from({ length: ports }, () => new Int32Array(ports));
  for (const row of rows) counts[bucketOf(row)][row.port]++;
  return counts.map((bucket) => {
    const most = Math.max(...bucket);
    return most === 0 ? null : bucket.indexOf(most);
  });
}

export interface FunctionTest {
  readonly orders: readonly PortOrder[]; // by epoch
  readonly explained: number;
  readonly tested: number;
  readonly heldOutAccuracy: number | null; // null where no held-back flow fell into a known bucket
}

const FOLDS = 4;

/**
 * How well the function does once the order of the ports is learnt: on all rows, and on each quarter of the rows after
 * learning from the other three.
 */
export function testFunction(
  rows: readonly HashRow[],
  ports: readonly number[],
  value: (row: HashRow) => number,
): FunctionTest {
  const byEpoch = ports.map((_, epoch) => rows.filter((row) => row.kind === MAIN && row.epoch === epoch));
  let [explained, tested, predicted, hit] = [0, 0, 0, 0];
  const orders = byEpoch.map((here, epoch) => {
    const bucketOf = (row: HashRow) => value(row) % ports[epoch];
    const order = portOrder(here, bucketOf, ports[epoch]);
    tested += here.length;
    explained += here.filter((row) => order[bucketOf(row)] === row.port).length;
    const shuffled = shuffle(Int32Array.from(here.keys()), seeded(epoch + 1));
    for (let fold = 0; fold < FOLDS; fold++) {
      const held = (_: number, i: number) => i % FOLDS === fold;
      const training = [...shuffled].filter((_, i) => i % FOLDS !== fold).map((i) => here[i]);
      const learnt = portOrder(training, bucketOf, ports[epoch]);
      for (const i of [...shuffled].filter(held)) {
        const port = learnt[bucketOf(here[i])];
        if (port === null) continue;
        predicted++;
        if (port === here[i].port) hit++;
      }
    }
    return order;
  });
  return { orders, explained, tested, heldOutAccuracy: predicted > 0 ? hit / predicted : null };
}

/** Ids of the group, the likeliest first, and of other products with the same formula. */
export function groupIds({ members, view }: FunctionGroup, tunnels: boolean): string[] {
  const ids = members.map(({ function: f }) => functionId(f, view));
  const twins = members.flatMap(({ function: f }) =>
    f.twins.filter((twin) => !(tunnels && twin.startsWith('linux-encap'))),
  );
  return [...new Set([...ids, ...twins])];
}
