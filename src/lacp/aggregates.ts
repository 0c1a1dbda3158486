/** Which ports belong to one aggregate. IEEE 802.1AX, "Link Aggregation Group identifier". */

import type { PortInfo } from '../control/lacpdu.js';
import type { PortHistory } from './history.js';
import { AGGREGATION, has } from './state.js';

/**
 * Identifier of the group a port belongs to, in an order that does not depend on which end is local, so that captures of
 * both ends fall together; null without a partner. Individual ports carry their port ids in it: they are alone.
 */
export function groupId({ actor, partner }: Pick<PortHistory, 'actor' | 'partner'>): string | null {
  if (actor === null || partner === null || actor.system === 0 || partner.system === 0) return null;
  const alone = !has(actor, AGGREGATION) || !has(partner, AGGREGATION);
  return [actor, partner]
    .map((end) => endId(end, alone))
    .sort()
    .join(' ');
}

function endId(end: PortInfo, withPort: boolean): string {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  const system = `${hex(end.systemPriority, 4)}-${hex(end.system, 12)}-${hex(end.key, 4)}`;
  return withPort ? `${system}-${hex(end.portPriority, 4)}-${hex(end.port, 4)}` : system;
}

/** Port numbers by aggregate, the largest first; ports without a partner are in none. */
export function aggregatesOf(histories: readonly PortHistory[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [port, history] of histories.entries()) {
    const id = groupId(history);
    if (id !== null) groups.set(id, [...(groups.get(id) ?? []), port]);
  }
  return [...groups.values()].sort((a, b) => b.length - a.length || a[0] - b[0]);
}
