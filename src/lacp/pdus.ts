/** The LACPDUs of a capture by member port and by which end of the LAG sent them. */

import { readMac } from '../control/addresses.js';
import { decodeLacpdu, LACP_SUBTYPE, type Lacpdu } from '../control/lacpdu.js';
import { isMalformed } from '../control/malformed.js';
import { MARKER_SUBTYPE } from '../control/marker.js';
import type { Pass } from '../engine/pass.js';
import { median } from '../stats/median.js';
import { FAST_PERIOD_NS, has, MISSED_INTERVALS, SHORT_TIMEOUT, SLOW_PERIOD_NS } from './state.js';

/** Where a PDU is: opens in Wireshark. */
export interface PduRef {
  readonly input: number;
  readonly frame: number;
  readonly timeNs: number;
}

export interface TimedPdu extends PduRef {
  readonly pdu: Lacpdu;
}

export interface PortPdus {
  readonly sent: readonly TimedPdu[]; // by the local station
  readonly received: readonly TimedPdu[];
}

/** A LACPDU that was there, and of which nothing is known. */
export interface MalformedPdu extends PduRef {
  readonly port: number;
  readonly reason: string;
}

export interface SlowFrames {
  readonly ports: readonly PortPdus[]; // one per port of the pass
  readonly lacpdus: number;
  readonly markers: number;
  readonly malformed: readonly MalformedPdu[];
}

/** @param station any MAC the local station sends from, systems included */
export function readSlowFrames(
  pass: Pick<Pass, 'ports' | 'control'>,
  station: { macs: ReadonlySet<number> },
): SlowFrames {
  const ports = pass.ports.map(() => ({ sent: [] as TimedPdu[], received: [] as TimedPdu[] }));
  const malformed: MalformedPdu[] = [];
  let lacpdus = 0;
  let markers = 0;
  for (const { kind, port, input, frame, timeNs, payloadAt, bytes } of pass.control) {
    if (kind !== 'slow' || payloadAt >= bytes.length) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const subtype = view.getUint8(payloadAt);
    if (subtype === MARKER_SUBTYPE) markers++;
    if (subtype !== LACP_SUBTYPE) continue; // OAM, ESMC and others share address and EtherType
    lacpdus++;
    const pdu = decodeLacpdu(view, payloadAt, bytes.length);
    if (isMalformed(pdu)) {
      malformed.push({ port, input, frame, timeNs, reason: pdu.reason });
      continue;
    }
    const isOwn = station.macs.has(pdu.actor.system) || station.macs.has(readMac(view, 6));
    ports[port][isOwn ? 'sent' : 'received'].push({ input, frame, timeNs, pdu });
  }
  // Several files of one port come one after the other.
  for (const { sent, received } of ports) for (const list of [sent, received]) list.sort((a, b) => a.timeNs - b.timeNs);
  return { ports, lacpdus, markers, malformed };
}

/** Gaps between successive PDUs; bursts at a change of state and copies say nothing of the rate. */
export function gapsNs(pdus: readonly TimedPdu[]): number[] {
  const gaps: number[] = [];
  for (let i = 1; i < pdus.length; i++) {
    const gap = pdus[i].timeNs - pdus[i - 1].timeNs;
    if (gap >= FAST_PERIOD_NS / 10) gaps.push(gap);
  }
  return gaps;
}

/**
 * How long the sender of these PDUs (one list per port) may be silent on each port before it counts as gone, ns; null where it
 * never spoke. The median alone would take the quick exchange at start for the rate, so the interval that the other side
 * asks for on this port counts too: a port without partner speaks slowly beside fast ones.
 */
export function silenceLimitsNs(ports: readonly (readonly TimedPdu[])[]): (number | null)[] {
  const measured = median(ports.flatMap(gapsNs)) ?? 0;
  return ports.map((pdus) => {
    if (pdus.length === 0) return null;
    const short = pdus.filter(({ pdu }) => has(pdu.partner, SHORT_TIMEOUT)).length;
    const asked = short > pdus.length / 2 ? FAST_PERIOD_NS : SLOW_PERIOD_NS;
    return MISSED_INTERVALS * Math.max(measured, asked);
  });
}
