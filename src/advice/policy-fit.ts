/** How well a policy explains the links that flows were seen on. */

import type { WhatIf } from '../document/schema.js';
import type { Header } from '../flows/main-row.js';
import type { HashRow } from '../flows/rows.js';
import type { Policy } from '../policies/policy.js';
import { bestAssignment } from '../stats/assignment.js';
import { isKeyed, withKeys } from './policies.js';

export function bucketsOf(policy: Policy, keys: readonly Header[], ports: number): Int32Array {
  const buckets = new Int32Array(keys.length);
  for (let i = 0; i < keys.length; i++) buckets[i] = policy.bucket(keys[i], ports);
  return buckets;
}

/**
 * Flows on the link of their bucket, with the best order of links. A secret table may send each cell anywhere: only flows beyond the
 * first of theirs say something of it, and must be on the most frequent link of the cell. Null where nothing is compared.
 */
function fitOf(
  policy: Policy,
  labels: Int32Array,
  seen: readonly HashRow[],
  ports: number,
): { flows: number; of: number } | null {
  const { byLabel, of } = countedBy(labels, seen, ports);
  if (of === 0 || policy.secret === 'per-connection') return null;
  if (isByTable(policy)) {
    const told = of - byLabel.size;
    const most = [...byLabel.values()].reduce((sum, counts) => sum + Math.max(...counts), 0);
    return told === 0 ? null : { flows: most - byLabel.size, of: told };
  }
  const scores = new Int32Array(ports * ports);
  for (const [bucket, counts] of byLabel) scores.set(counts, bucket * ports);
  return { flows: bestAssignment(scores, ports).score, of };
}

/** Of its formula nothing is known here but which flows it cannot tell apart. */
export const isByTable = (policy: Policy) => policy.secret !== 'none' && !isKeyed(policy);

/** Flows by label and link; those without one are left out. */
function countedBy(labels: Int32Array, seen: readonly HashRow[], ports: number) {
  const byLabel = new Map<number, Int32Array>();
  let of = 0;
  labels.forEach((label, i) => {
    if (label < 0) return;
    const counts = byLabel.get(label) ?? new Int32Array(ports);
    byLabel.set(label, counts);
    counts[seen[i].port]++;
    of++;
  });
  return { byLabel, of };
}

/** Of the keys that it may have, the best; null where there are more of them than can be tried. */
export function fitOfAnyKey(
  policy: Policy,
  labels: Int32Array,
  seen: readonly HashRow[],
  ports: number,
): WhatIf['flowsFitted'] {
  if (!isKeyed(policy)) return fitOf(policy, labels, seen, ports);
  if ((ports & (ports - 1)) !== 0) return null;
  const fits = withKeys(policy, ports).map((each) => fitOf(each, bucketsOf(each, seen, ports), seen, ports));
  return fits.reduce((best, fit) => (fit !== null && (best === null || fit.flows > best.flows) ? fit : best), null);
}

/** No flow is where the policy cannot have sent it. */
export function fitsAll(policy: Policy, labels: Int32Array, seen: readonly HashRow[], ports: number): boolean {
  if (labels.some((label) => label < 0) || policy.secret === 'per-connection') return false;
  const fit = fitOf(policy, labels, seen, ports);
  return fit === null ? labels.length > 0 : fit.flows === fit.of;
}
