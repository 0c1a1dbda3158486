/** The life of one member port as its LACPDUs tell it: states, when they changed, and what both ends last said. */

import type { PortInfo } from '../control/lacpdu.js';
import type { LacpPort } from '../document/schema.js';
import type { PortPdus, TimedPdu } from './pdus.js';
import { AGGREGATION, CARRIES, DEFAULTED, EXPIRED, has, SETTLED_NS, SYNCHRONIZATION } from './state.js';

export type PortState = LacpPort['state'];

/** A time in one state, from the PDU that began it. */
export interface StateSpan {
  readonly state: PortState;
  readonly fromNs: number;
}

export interface PortHistory {
  /** Last said; the partner by itself if its PDUs were captured, else as the other end hears it. */
  readonly actor: PortInfo | null;
  readonly partner: PortInfo | null;
  readonly partnerSpoke: boolean;
  readonly spans: readonly StateSpan[]; // never two alike in a row; the first begins with the first PDU
  readonly flaps: number; // times it stopped carrying traffic
}

interface Views {
  sent: TimedPdu | null;
  received: TimedPdu | null;
}

/** @param silentAfterNs without a PDU of either end for so long, the port counts as silent */
export function portHistory(pdus: PortPdus, endNs: number, silentAfterNs: number): PortHistory {
  const events = [
    ...pdus.sent.map((pdu) => ({ side: 'sent' as const, pdu })),
    ...pdus.received.map((pdu) => ({ side: 'received' as const, pdu })),
  ].sort((a, b) => a.pdu.timeNs - b.pdu.timeNs);

  const now: Views = { sent: null, received: null };
  const spans: { state: PortState; waits: boolean; fromNs: number }[] = [];
  const enter = (state: PortState, waits: boolean, fromNs: number) => {
    const last = spans.at(-1);
    if (last?.state !== state || last.waits !== waits) spans.push({ state, waits, fromNs });
  };
  let heardNs = events[0]?.pdu.timeNs ?? 0;
  for (const { side, pdu } of events) {
    if (pdu.timeNs - heardNs > silentAfterNs) enter('silent', false, heardNs + silentAfterNs);
    heardNs = pdu.timeNs;
    now[side] = pdu;
    const { actor, partner } = ends(now);
    const waits = actor !== null && partner !== null && !(has(actor, SYNCHRONIZATION) && has(partner, SYNCHRONIZATION));
    enter(stateOf(now), waits, pdu.timeNs);
  }
  if (events.length > 0 && endNs - heardNs > silentAfterNs) enter('silent', false, heardNs + silentAfterNs);

  const settled = merged(
    spans.map(({ state, waits, fromNs }, i) => {
      const lasted = (spans[i + 1]?.fromNs ?? endNs) - fromNs;
      // Unsynchronized for long with a live partner: a spare, or more links than the system may use.
      return { state: state === 'negotiating' && waits && lasted > SETTLED_NS ? 'standby' : state, fromNs };
    }),
  );
  return {
    ...ends(now),
    partnerSpoke: now.received !== null,
    spans: settled,
    flaps: settled.filter(({ state }, i) => i > 0 && state !== 'aggregated' && settled[i - 1].state === 'aggregated')
      .length,
  };
}

export function finalState(history: PortHistory): PortState {
  return history.spans.at(-1)?.state ?? 'silent';
}

/** Each end by its own PDUs; by what the other heard of it only where there are none. */
function ends({ sent, received }: Views): { actor: PortInfo | null; partner: PortInfo | null } {
  return {
    actor: sent?.pdu.actor ?? received?.pdu.partner ?? null,
    partner: received?.pdu.actor ?? sent?.pdu.partner ?? null,
  };
}

function stateOf(views: Views): PortState {
  const { actor, partner } = ends(views);
  if (actor === null || partner === null) return 'silent';
  const speakers = [views.sent, views.received].filter((view) => view !== null).map(({ pdu }) => pdu);
  if (speakers.some((pdu) => has(pdu.actor, EXPIRED))) return 'expired';
  if (speakers.some((pdu) => has(pdu.actor, DEFAULTED) || pdu.partner.system === 0)) return 'defaulted';
  if (!has(actor, AGGREGATION) || !has(partner, AGGREGATION)) return 'individual';
  // Hearsay lags behind: of an end that was not captured, Synchronization is enough.
  const carries =
    has(actor, views.sent ? CARRIES : SYNCHRONIZATION) && has(partner, views.received ? CARRIES : SYNCHRONIZATION);
  return carries ? 'aggregated' : 'negotiating';
}

function merged(spans: readonly StateSpan[]): StateSpan[] {
  return spans.filter(({ state }, i) => i === 0 || state !== spans[i - 1].state);
}
