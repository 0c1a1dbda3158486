/** The headers of one simulated flow, and their bytes as a sender reads them from the wire. */

import type { HeaderField } from '../../src/document/schema.js';
import type { InnerHeader } from '../../src/flows/rows.js';

export interface Header {
  readonly srcMac: number;
  readonly dstMac: number;
  readonly etherType: number;
  readonly vlan: number; // 0: untagged
  readonly srcIp: Uint8Array; // 4 or 16 bytes
  readonly dstIp: Uint8Array;
  readonly protocol: number;
  readonly srcPort: number;
  readonly dstPort: number;
  readonly flowLabel: number;
  readonly inner: InnerHeader | null; // of a tunnel
}

export const IPV4 = 0x0800;
export const IPV6 = 0x86dd;
export const TCP = 6;
export const UDP = 17;

export const bytesOf = {
  mac: (mac: number) => [...be16(Math.floor(mac / 2 ** 32)), ...be32(mac)],
  be16,
  be32,
};

function be16(value: number): number[] {
  return [(value >>> 8) & 255, value & 255];
}

function be32(value: number): number[] {
  return [...be16(value >>> 16), ...be16(value & 0xffff)];
}

/** The value of a field, as text that is equal for equal values. */
export function fieldText(header: Header, field: HeaderField): string {
  const [where, key] = placeOf(field);
  return `${where === 'outer' ? header[key] : header.inner?.[key as keyof InnerHeader]}`;
}

/** `header` with the field as `other` has it. */
export function withFieldOf(header: Header, field: HeaderField, other: Header): Header {
  const [where, key] = placeOf(field);
  if (where === 'outer') return { ...header, [key]: other[key] };
  if (header.inner === null || other.inner === null) return header;
  return { ...header, inner: { ...header.inner, [key]: other.inner[key as keyof InnerHeader] } };
}

function placeOf(field: HeaderField): ['outer' | 'inner', keyof Header] {
  const isInner = field.startsWith('inner.');
  return [isInner ? 'inner' : 'outer', KEYS[isInner ? field.slice('inner.'.length) : field]];
}

const KEYS: Readonly<Record<string, keyof Header>> = {
  'eth.src': 'srcMac',
  'eth.dst': 'dstMac',
  'eth.type': 'etherType',
  'vlan.id': 'vlan',
  'ip.src': 'srcIp',
  'ip.dst': 'dstIp',
  'ip.proto': 'protocol',
  'l4.srcport': 'srcPort',
  'l4.dstport': 'dstPort',
  'ipv6.flow': 'flowLabel',
};

export function mirrored(header: Header): Header {
  return {
    ...header,
    srcMac: header.dstMac,
    dstMac: header.srcMac,
    srcIp: header.dstIp,
    dstIp: header.srcIp,
    srcPort: header.dstPort,
    dstPort: header.srcPort,
  };
}
