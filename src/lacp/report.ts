/** Everything the LACPDUs of a capture say, for the document, for epochs and for findings. */

import type { Analysis, LacpPort } from '../document/schema.js';
import type { DirectionIndex, Pass } from '../engine/pass.js';
import { median } from '../stats/median.js';
import { aggregatesOf } from './aggregates.js';
import { type LacpFault, lacpFaults } from './faults.js';
import { finalState, type PortHistory, portHistory } from './history.js';
import { gapsNs, type PortPdus, readSlowFrames, type SlowFrames, silenceLimitsNs, type TimedPdu } from './pdus.js';
import { DISTRIBUTING, has, partyOf, SHORT_TIMEOUT } from './state.js';

/** What the transmitter of a direction itself says of its ports. */
export interface Transmitter {
  readonly speaks: boolean; // a LACPDU of it is in the capture
  readonly silenceLimitsNs: readonly (number | null)[]; // by port: without PDUs for longer it is gone; null where it never spoke
  readonly announcements: readonly (readonly Announcement[])[]; // by port of the pass, in order of time
}

export interface Announcement {
  readonly timeNs: number;
  readonly distributing: boolean;
}

export interface LacpReport {
  readonly present: boolean;
  /** Without any LACPDU: slow senders speak every 30 s, so a short capture proves nothing. Null if there are some. */
  readonly absence: 'normal-at-slow-rate' | 'no-lacp' | null;
  readonly ports: readonly PortPdus[];
  readonly histories: readonly PortHistory[];
  readonly aggregates: readonly (readonly number[])[]; // port indexes, the largest first
  readonly faults: readonly LacpFault[];
  readonly transmitters: readonly [ingress: Transmitter, egress: Transmitter]; // by DirectionIndex
  readonly lacpdus: number;
  readonly markers: number;
  readonly malformed: SlowFrames['malformed'];
}

/** Two slow periods and some: a sender that is there has spoken by then. */
const LONG_ENOUGH_NS = 65e9;

/** @param mayBeSilent ports that need have no LACPDU: the aggregate itself, other interfaces */
export function readLacp(
  pass: Pick<Pass, 'ports' | 'control' | 'durationNs'>,
  station: { readonly macs: ReadonlySet<number> },
  mayBeSilent: ReadonlySet<number> = new Set(),
): LacpReport {
  const { ports, lacpdus, markers, malformed } = readSlowFrames(pass, station);
  const transmitters = [
    transmitter(ports.map((port) => port.received)),
    transmitter(ports.map((port) => port.sent)),
  ] as const;
  const histories = ports.map((pdus, port) => {
    const limits = transmitters.map(({ silenceLimitsNs: limit }) => limit[port] ?? Number.POSITIVE_INFINITY);
    return portHistory(pdus, pass.durationNs, Math.min(...limits));
  });
  return {
    present: lacpdus > 0,
    absence: lacpdus > 0 ? null : pass.durationNs < LONG_ENOUGH_NS ? 'normal-at-slow-rate' : 'no-lacp',
    ports,
    histories,
    aggregates: aggregatesOf(histories),
    faults: lacpFaults(ports, histories, malformed).filter(
      ({ kind, ...of }) => !(kind === 'no-lacpdu' && 'port' in of && mayBeSilent.has(of.port)),
    ),
    transmitters,
    lacpdus,
    markers,
    malformed,
  };
}

function transmitter(ports: readonly (readonly TimedPdu[])[]): Transmitter {
  return {
    speaks: ports.some((pdus) => pdus.length > 0),
    silenceLimitsNs: silenceLimitsNs(ports),
    announcements: ports.map((pdus) =>
      pdus.map(({ timeNs, pdu }) => ({ timeNs, distributing: has(pdu.actor, DISTRIBUTING) })),
    ),
  };
}

export interface Interval {
  readonly fromNs: number;
  readonly toNs: number;
}

/** When the transmitter of a direction announced Distributing on a port; what a PDU says holds until the next one. */
export function distributingIntervals(
  report: LacpReport,
  direction: DirectionIndex,
  port: number,
  endNs: number,
): Interval[] {
  const intervals: Interval[] = [];
  let fromNs: number | null = null;
  for (const { timeNs, distributing } of report.transmitters[direction].announcements[port]) {
    if (distributing) fromNs ??= timeNs;
    else if (fromNs !== null) {
      intervals.push({ fromNs, toNs: timeNs });
      fromNs = null;
    }
  }
  if (fromNs !== null) intervals.push({ fromNs, toNs: endNs });
  return intervals;
}

export function everDistributing(report: LacpReport, direction: DirectionIndex, port: number): boolean {
  return report.transmitters[direction].announcements[port].some(({ distributing }) => distributing);
}

/** @param timeText turns ns since the origin into the time strings of the document */
export function lacpDocument(
  report: LacpReport,
  portNames: readonly string[],
  timeText: (ns: number) => string,
): Analysis['lacp'] {
  return {
    present: report.present,
    ports: report.present
      ? report.histories.map((history, port) => portDocument(report, portNames[port], port, history, timeText))
      : [],
    aggregates: report.aggregates.map((ports) => ports.map((port) => portNames[port])),
  };
}

function portDocument(
  report: LacpReport,
  name: string,
  port: number,
  history: PortHistory,
  timeText: (ns: number) => string,
): LacpPort {
  const { sent, received } = report.ports[port];
  const { actor, partner, spans } = history;
  const intervalNs = median(gapsNs(received));
  return {
    port: name,
    actor: actor && partyOf(actor),
    partner: partner && partner.system !== 0 ? partyOf(partner) : null,
    pdus: { sent: sent.length, received: received.length },
    interval: intervalNs === null ? null : intervalNs / 1e9,
    timeout: actor && (has(actor, SHORT_TIMEOUT) ? 'short' : 'long'),
    state: finalState(history),
    flaps: history.flaps,
    transitions: spans
      .slice(1)
      .map(({ state, fromNs }, i) => ({ time: timeText(fromNs), from: spans[i].state, to: state })),
  };
}
