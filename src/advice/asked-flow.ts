/** A flow that somebody asks about: what is given of its headers, and what the capture adds. */

import { isIP } from 'node:net';
import { ipText, macText, parseIp, parseMac } from '../control/addresses.js';
import type { Analysis, DirectionName, HeaderField } from '../document/schema.js';
import type { PolicyKey } from '../policies/policy.js';

/** Null: not given. Addresses as the document writes them. */
export interface AskedFlow {
  readonly ethSrc: string | null;
  readonly ethDst: string | null;
  readonly etherType: number | null;
  readonly vlan: number | null;
  readonly ipSrc: string | null;
  readonly ipDst: string | null;
  readonly ipProto: number | null;
  readonly srcPort: number | null;
  readonly dstPort: number | null;
  readonly flowLabel: number | null;
}

const [TCP, IPV4, IPV6] = [6, 0x0800, 0x86dd];

/** What goes without saying: TCP where there are ports, the EtherType of the addresses, no VLAN, label 0 of IPv4. */
export function withDefaults(asked: AskedFlow): AskedFlow {
  const ip = asked.ipSrc ?? asked.ipDst;
  const version = ip === null ? null : ip.includes(':') ? IPV6 : IPV4;
  return {
    ...asked,
    etherType: asked.etherType ?? version,
    ipProto: asked.ipProto ?? (asked.srcPort === null && asked.dstPort === null ? null : TCP),
    vlan: asked.vlan ?? 0,
    flowLabel: asked.flowLabel ?? (version === IPV4 ? 0 : null),
  };
}

/** What the capture knows of hosts and never saw vary: a MAC for an address, the VLAN all flows were in. */
export function completed(asked: AskedFlow, analysis: Analysis, direction: DirectionName): AskedFlow {
  const constants = analysis.directions[direction].hash?.constants ?? {};
  const number = (field: HeaderField) => (typeof constants[field] === 'number' ? constants[field] : null);
  const macOf = (ip: string | null, field: HeaderField) => {
    const constant = constants[field];
    if (typeof constant === 'string') return constant;
    const known = new Set(
      [...analysis.directions.ingress.peers, ...analysis.directions.egress.peers].flatMap((peer) =>
        peer.ip !== null && peer.ip === ip && peer.mac !== null ? [peer.mac] : [],
      ),
    );
    const { macs, ips } = analysis.lag.localStation;
    if (ip !== null && ips.includes(ip) && macs.length === 1) known.add(macs[0]);
    return known.size === 1 ? [...known][0] : null;
  };
  return withDefaults({
    ...asked,
    ethSrc: asked.ethSrc ?? macOf(asked.ipSrc, 'eth.src'),
    ethDst: asked.ethDst ?? macOf(asked.ipDst, 'eth.dst'),
    vlan: asked.vlan ?? number('vlan.id'),
    ipProto: asked.ipProto ?? (asked.srcPort === null && asked.dstPort === null ? number('ip.proto') : null),
  });
}

/** As the document names the fields; null where it is not given. */
export function fieldOf(asked: AskedFlow, field: HeaderField): string | number | null {
  switch (field) {
    case 'eth.src':
      return asked.ethSrc;
    case 'eth.dst':
      return asked.ethDst;
    case 'eth.type':
      return asked.etherType;
    case 'vlan.id':
      return asked.vlan;
    case 'ip.src':
      return asked.ipSrc;
    case 'ip.dst':
      return asked.ipDst;
    case 'ip.proto':
      return asked.ipProto;
    case 'l4.srcport':
      return asked.srcPort;
    case 'l4.dstport':
      return asked.dstPort;
    case 'ipv6.flow':
      return asked.flowLabel;
    default:
      return null; // labels, and headers inside of tunnels, are not asked about
  }
}

/** For a policy; what is not given is as if it were missing. */
export function keyOf(asked: AskedFlow): PolicyKey {
  return {
    srcMac: asked.ethSrc === null ? 0 : parseMac(asked.ethSrc)!,
    dstMac: asked.ethDst === null ? 0 : parseMac(asked.ethDst)!,
    etherType: asked.etherType ?? 0,
    vlan: asked.vlan ?? 0,
    srcIp: asked.ipSrc === null ? new Uint8Array(0) : ipBytes(asked.ipSrc)!,
    dstIp: asked.ipDst === null ? new Uint8Array(0) : ipBytes(asked.ipDst)!,
    protocol: asked.ipProto ?? 0,
    srcPort: asked.srcPort ?? 0,
    dstPort: asked.dstPort ?? 0,
    flowLabel: asked.flowLabel ?? 0,
  };
}

/** The same address always in the same letters; null for what is none. */
export function sameIp(text: string): string | null {
  const bytes = ipBytes(text);
  return bytes === null ? null : ipText(bytes);
}

export function sameMac(text: string): string | null {
  const mac = parseMac(text);
  return mac === null ? null : macText(mac);
}

/** 4 or 16 bytes in network order. */
export function ipBytes(text: string): Uint8Array | null {
  const value = parseIp(text);
  if (value === null) return null;
  const length = isIP(text) === 4 ? 4 : 16;
  return Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * (length - 1 - i))) & 0xffn));
}
