/** Whose headers a hypothesis reads: those outside, or those inside of tunnels. inference.md 0.4. */
import { TUNNEL } from '../../engine/pass.js';
import type { HashRow } from '../../flows/rows.js';

/** `inner`: behind IP-in-IP and GRE, which Linux and NICs look into. `overlay`: behind VXLAN, Geneve and GTP-U as well. */
export type View = 'outer' | 'inner' | 'overlay';

export const VIEW_PRIOR: Readonly<Record<View, number>> = { outer: 0.85, inner: 0.1, overlay: 0.05 };

export function readsInside({ inner }: HashRow, view: View): boolean {
  if (inner === null || view === 'outer') return false;
  return view === 'overlay' || inner.tunnel === TUNNEL.ipInIp || inner.tunnel === TUNNEL.gre;
}

/** The row as a sender of that view reads it: inner addresses, protocol and ports in place of the outer ones. */
export const readIn = (row: HashRow, view: View): HashRow => (readsInside(row, view) ? { ...row, ...row.inner } : row);

/** Views worth comparing: only those that differ, and only if two or more inner headers occur. */
export function viewsOf(rows: readonly HashRow[]): View[] {
  const seen = new Set<string>();
  for (const { inner } of rows) {
    if (inner) seen.add(`${inner.srcIp} ${inner.dstIp} ${inner.protocol} ${inner.srcPort} ${inner.dstPort}`);
  }
  if (seen.size < 2) return ['outer'];
  const usual = rows.some((row) => readsInside(row, 'inner'));
  const overlay = rows.some((row) => row.inner !== null && !readsInside(row, 'inner'));
  return ['outer', ...(usual ? ['inner' as const] : []), ...(overlay ? ['overlay' as const] : [])];
}
