// LACPDU. IEEE 802.1AX, "LACPDU structure"; offsets count from the Slow Protocols subtype octet.

import { readMac } from './addresses.js';
import { type Malformed, malformed } from './malformed.js';

export const LACP_SUBTYPE = 1;

const VERSION = 1;
const ACTOR = 2;
const PARTNER = 22;
const COLLECTOR = 42;
const PORT_TLV_LENGTH = 20; // counts the two octets of type and length, unlike LLDP
const COLLECTOR_TLV_LENGTH = 16;
const NEEDED = PARTNER + PORT_TLV_LENGTH; // of 110: the rest is delay and padding, which short captures lose

/** What one side says of a port: its own, or the peer's as last heard. */
export interface PortInfo {
  readonly systemPriority: number; // lower wins
  readonly system: number; // MAC-shaped identifier of the system, 0: nobody
  readonly key: number; // ports with equal keys may aggregate; means something inside its system only
  readonly portPriority: number;
  readonly port: number; // number inside the system
  readonly state: number; // bits named in lacp/state.ts
}

/** The sender is the actor; the partner is the peer as last heard, so it can be out of date. */
export interface Lacpdu {
  readonly version: number; // any: receivers read the version 1 part of later ones
  readonly actor: PortInfo;
  readonly partner: PortInfo;
  readonly collectorMaxDelay: number | null; // units of 10 microseconds; null if cut
  readonly warnings: readonly string[]; // TLV types or lengths other than the standard's; read all the same
}

/** Reads by fixed offset whatever the TLV headers say, as receivers do. */
export function decodeLacpdu(view: DataView, at: number, end: number): Lacpdu | Malformed {
  if (end - at < NEEDED) return malformed('LACPDU', at, `${end - at} of the ${NEEDED} bytes needed`);
  if (view.getUint8(at) !== LACP_SUBTYPE) return malformed('LACPDU', at, `subtype ${view.getUint8(at)}, not 1`);

  const hasCollector = end - at >= COLLECTOR + 4;
  const warnings = [
    tlvWarning(view, at + ACTOR, 'actor', 1, PORT_TLV_LENGTH),
    tlvWarning(view, at + PARTNER, 'partner', 2, PORT_TLV_LENGTH),
    hasCollector ? tlvWarning(view, at + COLLECTOR, 'collector', 3, COLLECTOR_TLV_LENGTH) : null,
  ].filter((warning) => warning !== null);

  return {
    version: view.getUint8(at + VERSION),
    actor: portInfo(view, at + ACTOR),
    partner: portInfo(view, at + PARTNER),
    collectorMaxDelay: hasCollector ? view.getUint16(at + COLLECTOR + 2) : null,
    warnings,
  };
}

function tlvWarning(view: DataView, tlv: number, name: string, type: number, length: number): string | null {
  const [foundType, foundLength] = [view.getUint8(tlv), view.getUint8(tlv + 1)];
  if (foundType === type && foundLength === length) return null;
  return `${name} TLV has type ${foundType} and length ${foundLength}, not ${type} and ${length}`;
}

function portInfo(view: DataView, tlv: number): PortInfo {
  return {
    systemPriority: view.getUint16(tlv + 2),
    system: readMac(view, tlv + 4),
    key: view.getUint16(tlv + 10),
    portPriority: view.getUint16(tlv + 12),
    port: view.getUint16(tlv + 14),
    state: view.getUint8(tlv + 16),
  };
}
