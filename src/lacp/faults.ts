/** What is wrong or worth knowing about the LACP of a LAG, as facts; findings put them into words. */

import { finalState, type PortHistory } from './history.js';
import type { MalformedPdu, PduRef, PortPdus, TimedPdu } from './pdus.js';
import { AGGREGATION, CARRIES, CHURN_NS, DISTRIBUTING, has, SETTLED_NS, SYNCHRONIZATION } from './state.js';

export type Side = 'local' | 'partner';

/** Ports are indexes into `Pass.ports`; `pdus` are the frames that show it. */
export type LacpFault = { readonly pdus: readonly PduRef[] } & (
  | { readonly kind: 'no-partner'; readonly port: number; readonly distributing: boolean } // speaks, and never heard anybody
  | { readonly kind: 'partner-lost'; readonly port: number } // heard somebody once
  | { readonly kind: 'expired'; readonly port: number }
  | { readonly kind: 'went-silent'; readonly port: number; readonly lastNs: number } // no goodbye: the link went down
  | { readonly kind: 'no-lacpdu'; readonly port: number } // while other ports have some
  | { readonly kind: 'unread'; readonly ports: readonly number[]; readonly count: number; readonly reason: string } // reason: of the first
  | { readonly kind: 'individual'; readonly port: number; readonly side: Side }
  | { readonly kind: 'standby'; readonly port: number; readonly side: Side } // whose Synchronization is clear
  | { readonly kind: 'half-open'; readonly port: number; readonly side: Side } // who does not distribute
  | { readonly kind: 'partner-is-actor'; readonly port: number }
  | { readonly kind: 'partner-changed'; readonly port: number; readonly from: number; readonly to: number } // systems
  | { readonly kind: 'views-differ'; readonly port: number; readonly side: Side } // whose picture of the other is out of date
  | { readonly kind: 'flapping'; readonly port: number; readonly flaps: number }
  | {
      readonly kind: 'churn';
      readonly port: number;
      readonly side: Side;
      readonly fromNs: number;
      readonly toNs: number;
    }
  | { readonly kind: 'partner-not-captured'; readonly ports: readonly number[] } // heard, but its PDUs are not in the capture
  | { readonly kind: 'own-not-captured'; readonly ports: readonly number[] }
  | { readonly kind: 'same-port-twice'; readonly ports: readonly number[] } // two inputs, one port
  | { readonly kind: 'key-mismatch'; readonly side: Side; readonly groups: readonly Group<number>[] }
  | { readonly kind: 'two-partners'; readonly groups: readonly Group<number>[] } // values are partner systems
);

export interface Group<V> {
  readonly value: V;
  readonly ports: readonly number[];
}

export function lacpFaults(
  ports: readonly PortPdus[],
  histories: readonly PortHistory[],
  malformed: readonly MalformedPdu[] = [],
): LacpFault[] {
  const mismatched = mismatches(ports, histories);
  // Such a port waits because it belongs elsewhere, and is nobody's spare.
  const elsewhere = new Set(mismatched.flatMap(({ groups }) => groups.flatMap((group) => group.ports)));
  const unread = new Set(malformed.map(({ port }) => port));
  return [
    ...histories
      .flatMap((history, port) => portFaults(port, ports, history))
      .filter((fault) => fault.kind !== 'no-lacpdu' || !unread.has(fault.port))
      .filter((fault) => fault.kind !== 'standby' || !elsewhere.has(fault.port)),
    ...notRead(malformed, unread),
    ...notCaptured(ports, histories),
    ...samePortTwice(ports, histories),
    ...mismatched,
  ];
}

function notRead(malformed: readonly MalformedPdu[], ports: ReadonlySet<number>): LacpFault[] {
  if (malformed.length === 0) return [];
  const [{ reason, ...first }] = malformed;
  return [{ kind: 'unread', ports: [...ports], count: malformed.length, reason, pdus: [ref(first)] }];
}

function portFaults(port: number, ports: readonly PortPdus[], history: PortHistory): LacpFault[] {
  const { sent, received } = ports[port];
  const last = [...sent, ...received].sort((a, b) => a.timeNs - b.timeNs).at(-1);
  if (last === undefined) {
    return ports.some((other) => other.sent.length + other.received.length > 0)
      ? [{ kind: 'no-lacpdu', port, pdus: [] }]
      : [];
  }

  const faults: LacpFault[] = [];
  const pdus = [ref(sent.at(-1) ?? last)];
  const { actor, partner } = history;
  const state = finalState(history);
  const lacking = (bit: number): Side => (actor !== null && !has(actor, bit) ? 'local' : 'partner');
  if (state === 'defaulted') {
    const heard = received.length > 0 || sent.some(({ pdu }) => pdu.partner.system !== 0);
    const distributing = actor !== null && has(actor, DISTRIBUTING);
    faults.push(heard ? { kind: 'partner-lost', port, pdus } : { kind: 'no-partner', port, distributing, pdus });
  }
  if (state === 'expired') faults.push({ kind: 'expired', port, pdus });
  if (state === 'silent') faults.push({ kind: 'went-silent', port, lastNs: last.timeNs, pdus: [ref(last)] });
  if (state === 'individual') faults.push({ kind: 'individual', port, side: lacking(AGGREGATION), pdus });
  if (state === 'standby') faults.push({ kind: 'standby', port, side: lacking(SYNCHRONIZATION), pdus });
  if (state === 'negotiating' && last.timeNs - history.spans.at(-1)!.fromNs > SETTLED_NS) {
    const local = sent.at(-1)?.pdu.actor;
    const peer = received.at(-1)?.pdu.actor;
    const bothIn =
      local !== undefined && peer !== undefined && has(local, SYNCHRONIZATION) && has(peer, SYNCHRONIZATION);
    if (bothIn && has(local, CARRIES) !== has(peer, CARRIES)) {
      faults.push({
        kind: 'half-open',
        port,
        side: lacking(DISTRIBUTING),
        pdus: [ref(sent.at(-1)!), ref(received.at(-1)!)],
      });
    }
  }
  if (actor !== null && actor.system !== 0 && actor.system === partner?.system) {
    faults.push({ kind: 'partner-is-actor', port, pdus });
  }
  // Several ports in one capture (of the aggregate, or merged): nobody says which PDU answers which.
  const isOnePort = [sent, received].every((said) => new Set(said.map(({ pdu }) => pdu.actor.port)).size <= 1);
  if (isOnePort && flapsWithinAMinute(history) >= 2)
    faults.push({ kind: 'flapping', port, flaps: history.flaps, pdus });
  // A picture of an end that is gone is out of date by nature.
  if (isOnePort && ['aggregated', 'negotiating', 'standby'].includes(state))
    faults.push(...outdatedViews(port, sent, received));
  faults.push(...partnerChanged(port, received));
  faults.push(...churn(port, 'local', sent), ...churn(port, 'partner', received));
  return faults;
}

/** Three in a row: one or two differing PDUs right after a change are normal. */
function outdatedViews(port: number, sent: readonly TimedPdu[], received: readonly TimedPdu[]): LacpFault[] {
  const lasting = (speaker: readonly TimedPdu[], other: readonly TimedPdu[]): boolean =>
    speaker.length >= 3 && other.length > 0 && speaker.slice(-3).every((said) => !agrees(said, other));
  const faults: LacpFault[] = [];
  if (lasting(sent, received)) faults.push({ kind: 'views-differ', port, side: 'local', pdus: [ref(sent.at(-1)!)] });
  if (lasting(received, sent))
    faults.push({ kind: 'views-differ', port, side: 'partner', pdus: [ref(received.at(-1)!)] });
  return faults;
}

function agrees({ timeNs, pdu }: TimedPdu, other: readonly TimedPdu[]): boolean {
  const heard = other.filter((said) => said.timeNs <= timeNs).at(-1)?.pdu.actor;
  const { partner } = pdu;
  return (
    heard === undefined ||
    (heard.systemPriority === partner.systemPriority &&
      heard.system === partner.system &&
      heard.key === partner.key &&
      heard.portPriority === partner.portPriority &&
      heard.port === partner.port &&
      has(heard, AGGREGATION) === has(partner, AGGREGATION))
  );
}

function flapsWithinAMinute({ spans }: PortHistory): number {
  const left = spans.filter(({ state }, i) => i > 0 && state !== 'aggregated' && spans[i - 1].state === 'aggregated');
  return Math.max(
    0,
    ...left.map(({ fromNs }) => left.filter((l) => l.fromNs >= fromNs && l.fromNs <= fromNs + CHURN_NS).length),
  );
}

/** Once, from one system to another: two that speak in turn are another trouble. */
function partnerChanged(port: number, received: readonly TimedPdu[]): LacpFault[] {
  const changes = received.filter(({ pdu }, i) => i > 0 && pdu.actor.system !== received[i - 1].pdu.actor.system);
  if (changes.length !== 1) return [];
  const [first, now] = [received[0], changes[0]];
  const [from, to] = [first.pdu.actor.system, now.pdu.actor.system];
  return [{ kind: 'partner-changed', port, from, to, pdus: [ref(first), ref(now)] }];
}

/** Not synchronized for a minute although it speaks; from the first such PDU to the last in a row. */
function churn(port: number, side: Side, pdus: readonly TimedPdu[]): LacpFault[] {
  let first: TimedPdu | null = null;
  const faults: LacpFault[] = [];
  let last: TimedPdu | null = null;
  for (const said of [...pdus, null]) {
    if (said !== null && !has(said.pdu.actor, SYNCHRONIZATION)) {
      first ??= said;
      last = said;
      continue;
    }
    if (first !== null && last !== null && last.timeNs - first.timeNs >= CHURN_NS) {
      faults.push({
        kind: 'churn',
        port,
        side,
        fromNs: first.timeNs,
        toNs: last.timeNs,
        pdus: [ref(first), ref(last)],
      });
    }
    first = null;
  }
  return faults;
}

function notCaptured(ports: readonly PortPdus[], histories: readonly PortHistory[]): LacpFault[] {
  const oneSided = (heard: 'sent' | 'received', missing: 'sent' | 'received') =>
    histories.flatMap((history, port) => {
      const said = ports[port][heard].at(-1);
      const alive =
        said !== undefined && said.pdu.partner.system !== 0 && !['expired', 'defaulted'].includes(finalState(history));
      return alive && ports[port][missing].length === 0 ? [port] : [];
    });
  const faults: LacpFault[] = [];
  const refs = (list: readonly number[], side: 'sent' | 'received') =>
    list.map((port) => ref(ports[port][side].at(-1)!));
  const partner = oneSided('sent', 'received');
  if (partner.length > 0) faults.push({ kind: 'partner-not-captured', ports: partner, pdus: refs(partner, 'sent') });
  const own = oneSided('received', 'sent');
  if (own.length > 0) faults.push({ kind: 'own-not-captured', ports: own, pdus: refs(own, 'received') });
  return faults;
}

/** A port number is unique inside its system, so two inputs with one are one port captured twice. */
function samePortTwice(ports: readonly PortPdus[], histories: readonly PortHistory[]): LacpFault[] {
  const known = histories.flatMap(({ actor }, port) => (actor !== null && actor.port !== 0 ? [{ actor, port }] : []));
  const groups = groupBy(known, ({ actor }) => `${actor.system} ${actor.port}`);
  return groups
    .filter((members) => members.length > 1)
    .map((members) => ({
      kind: 'same-port-twice',
      ports: members.map(({ port }) => port),
      pdus: lastOf(ports, members),
    }));
}

type Mismatch = Extract<LacpFault, { readonly kind: 'key-mismatch' | 'two-partners' }>;

function mismatches(ports: readonly PortPdus[], histories: readonly PortHistory[]): Mismatch[] {
  const linked = histories.flatMap(({ actor, partner }, port) =>
    actor !== null && partner !== null && actor.system !== 0 && partner.system !== 0 ? [{ actor, partner, port }] : [],
  );
  const faults: Mismatch[] = [];
  const split = <V extends number>(members: typeof linked, value: (member: (typeof linked)[number]) => V) =>
    groupBy(members, (member) => `${value(member)}`).map((group) => ({
      value: value(group[0]),
      ports: group.map(({ port }) => port),
    }));

  for (const members of groupBy(linked, ({ actor, partner }) => `${actor.system} ${partner.system}`)) {
    const own = split(members, ({ actor }) => actor.key);
    if (own.length > 1) faults.push({ kind: 'key-mismatch', side: 'local', groups: own, pdus: lastOf(ports, members) });
    for (const bundle of groupBy(members, ({ actor }) => `${actor.key}`)) {
      const theirs = split(bundle, ({ partner }) => partner.key);
      if (theirs.length > 1)
        faults.push({ kind: 'key-mismatch', side: 'partner', groups: theirs, pdus: lastOf(ports, bundle) });
    }
  }
  for (const members of groupBy(linked, ({ actor }) => `${actor.system} ${actor.key}`)) {
    const systems = split(members, ({ partner }) => partner.system);
    if (systems.length > 1) faults.push({ kind: 'two-partners', groups: systems, pdus: lastOf(ports, members) });
  }
  return faults;
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups.values()];
}

function lastOf(ports: readonly PortPdus[], members: readonly { readonly port: number }[]): PduRef[] {
  return members.map(({ port }) => ref((ports[port].sent.at(-1) ?? ports[port].received.at(-1))!));
}

const ref = ({ input, frame, timeNs }: PduRef): PduRef => ({ input, frame, timeNs });
