// LLDP. IEEE 802.1AB, "LLDPDU and TLV formats"; offsets count from the first TLV header.

import { ipText, macText, readMac } from './addresses.js';
import { type Malformed, malformed } from './malformed.js';
import { hexText, rawText } from './text.js';

const END = 0;
const CHASSIS_ID = 1;
const PORT_ID = 2;
const TTL = 3;
const PORT_DESCRIPTION = 4;
const SYSTEM_NAME = 5;
const SYSTEM_DESCRIPTION = 6;
const ORGANIZATION = 127;

const ADDRESS_FAMILY_IPV4 = 1;
const ADDRESS_FAMILY_IPV6 = 2;
// The subtypes of chassis and port differ: a MAC address is 4 there and 3 here, a network address 5 and 4.
const CHASSIS_SUBTYPES = { mac: 4, network: 5 };
const PORT_SUBTYPES = { mac: 3, network: 4 };

// The same layout under the 802.1 and, deprecated, the 802.3 identifier.
const LINK_AGGREGATION = [
  { oui: 0x0080c2, subtype: 7 },
  { oui: 0x00120f, subtype: 3 },
];

const IEEE_802_3 = 0x00120f;
const MAC_PHY = 1; // MAC/PHY configuration/status: autonegotiation (1), what is advertised (2), MAU type (2)

export interface Lldpdu {
  readonly chassis: string | null;
  readonly portId: string | null;
  readonly ttlSeconds: number | null; // 0: the sender says goodbye
  readonly portDescription: string | null;
  readonly systemName: string | null;
  readonly systemDescription: string | null;
  /** The port id is a hint only: devices put their LACP port number or an interface index in it. */
  readonly linkAggregation: { readonly capable: boolean; readonly aggregated: boolean; readonly portId: number } | null;
  readonly mauType: number | null; // what the port runs at: see mau.ts
  readonly warnings: readonly string[];
}

/** Texts are what the sender wrote, control characters and all: whoever shows them makes them safe. */
export function decodeLldp(view: DataView, at: number, end: number): Lldpdu | Malformed {
  const found: { -readonly [field in keyof Lldpdu]: Lldpdu[field] } = {
    chassis: null,
    portId: null,
    ttlSeconds: null,
    portDescription: null,
    systemName: null,
    systemDescription: null,
    linkAggregation: null,
    mauType: null,
    warnings: [],
  };
  const warnings: string[] = [];
  let tlvs = 0;
  // Two octets of header a TLV: type in the upper 7 bits, length without the header in the lower 9.
  for (let tlv = at; end - tlv >= 2; ) {
    const header = view.getUint16(tlv);
    const type = header >> 9;
    const value = tlv + 2;
    const valueEnd = value + (header & 0x1ff);
    if (type === END) break;
    if (valueEnd > end) {
      warnings.push(`TLV of type ${type} runs ${valueEnd - end} bytes past the end`);
      break;
    }
    tlvs++;
    tlv = valueEnd;
    if (type === CHASSIS_ID) found.chassis ??= identifier(view, value, valueEnd, CHASSIS_SUBTYPES);
    else if (type === PORT_ID) found.portId ??= identifier(view, value, valueEnd, PORT_SUBTYPES);
    else if (type === TTL && valueEnd - value >= 2) found.ttlSeconds ??= view.getUint16(value);
    else if (type === PORT_DESCRIPTION) found.portDescription ??= rawText(view, value, valueEnd);
    else if (type === SYSTEM_NAME) found.systemName ??= rawText(view, value, valueEnd);
    else if (type === SYSTEM_DESCRIPTION) found.systemDescription ??= rawText(view, value, valueEnd);
    else if (type === ORGANIZATION) {
      found.linkAggregation ??= linkAggregation(view, value, valueEnd);
      found.mauType ??= mauType(view, value, valueEnd);
    }
  }
  if (tlvs === 0) return malformed('LLDP', at, warnings[0] ?? 'no TLV');
  return { ...found, warnings };
}

function identifier(
  view: DataView,
  at: number,
  end: number,
  subtypes: { readonly mac: number; readonly network: number },
): string | null {
  if (end - at < 2) return null;
  const subtype = view.getUint8(at);
  const value = at + 1;
  if (subtype === subtypes.mac) return end - value === 6 ? macText(readMac(view, value)) : hexText(view, value, end);
  if (subtype === subtypes.network) return networkAddress(view, value, end);
  return rawText(view, value, end);
}

function networkAddress(view: DataView, at: number, end: number): string {
  const family = view.getUint8(at);
  const length = end - at - 1;
  const isIp = (family === ADDRESS_FAMILY_IPV4 && length === 4) || (family === ADDRESS_FAMILY_IPV6 && length === 16);
  if (!isIp) return hexText(view, at, end);
  return ipText(new Uint8Array(view.buffer, view.byteOffset + at + 1, length)) ?? hexText(view, at, end);
}

const readOui = (view: DataView, at: number) => (view.getUint16(at) << 8) | view.getUint8(at + 2);

function mauType(view: DataView, at: number, end: number): number | null {
  if (end - at < 9 || readOui(view, at) !== IEEE_802_3 || view.getUint8(at + 3) !== MAC_PHY) return null;
  return view.getUint16(at + 7);
}

function linkAggregation(view: DataView, at: number, end: number): Lldpdu['linkAggregation'] {
  if (end - at < 9) return null;
  const oui = readOui(view, at);
  const subtype = view.getUint8(at + 3);
  if (!LINK_AGGREGATION.some((tlv) => tlv.oui === oui && tlv.subtype === subtype)) return null;
  const status = view.getUint8(at + 4);
  return { capable: (status & 1) !== 0, aggregated: (status & 2) !== 0, portId: view.getUint32(at + 5) };
}
