/**
 * FD.io VPP bond, load balancing l2, l23, l34 (`src/vnet/bonding/device.c`, `lb_hash_hash.h`), where the processor has CRC-32C
 * instructions. Builds for AVX2 use 16 bits of the value on groups of 16 packets, so that for 3, 5, 6 or 7 ports one flow may
 * take two; that is not computed here.
 */

import type { HeaderField } from '../document/schema.js';
import { KeyBytes, macHigh, macLow } from './bytes.js';
import { crc32cRaw } from './crc-codes.js';
import { NO_VALUE, type PolicyFamily, type PolicyKey, policy } from './policy.js';
import { VLAN_TYPE } from './tags.js';

const [HOP_BY_HOP, TCP, UDP] = [0, 6, 17];
const OUTER_TAGS = new Set([VLAN_TYPE, 0x88a8, 0x9100, 0x9200]);
const read = new KeyBytes();

function tagsOf({ vlan, details }: PolicyKey): number {
  return details?.tags?.length ?? (vlan > 0 ? 1 : 0);
}

/** One tag of any kind is skipped, and one 802.1Q tag behind it. */
function seesIp({ srcIp, details }: PolicyKey): boolean {
  const tags = details?.tags;
  if (srcIp.length === 0) return false;
  if (tags === undefined || tags.length === 0) return true;
  return OUTER_TAGS.has(tags[0].type) && (tags.length === 1 || (tags.length === 2 && tags[1].type === VLAN_TYPE));
}

function l2({ srcMac, dstMac }: PolicyKey): number {
  read.empty();
  read.pushMac(dstMac);
  read.pushMac(srcMac);
  return crc32cRaw(read.bytes, read.length);
}

/** Destination and source address as three words, XORed; big-endian. */
function macWord({ srcMac, dstMac }: PolicyKey): number {
  const [first, last] = [macHigh(dstMac) * 2 ** 16 + (macLow(dstMac) >>> 16), macLow(srcMac)];
  return (first ^ (((macLow(dstMac) & 0xffff) << 16) | macHigh(srcMac)) ^ last) >>> 0;
}

/** XOR of the first two words behind a header of 20 bytes, options or a fragment's payload as they may be; big-endian. */
function portsIpv4({ protocol, srcPort, dstPort, details }: PolicyKey): number {
  if (protocol !== TCP && protocol !== UDP) return 0;
  const { ipOptions, afterIp, fragment } = details ?? {};
  if (ipOptions && ipOptions.length > 0) return xor16(ipOptions);
  if (fragment !== 'later') return srcPort ^ dstPort;
  return afterIp && afterIp.length >= 4 ? xor16(afterIp) : NO_VALUE;
}

const xor16 = (bytes: Uint8Array) => ((bytes[0] << 8) | bytes[1]) ^ ((bytes[2] << 8) | bytes[3]);

/** @param last four bytes, big-endian */
function ipv4({ srcIp, dstIp }: PolicyKey, last: number): number {
  if (last < 0) return NO_VALUE;
  read.empty();
  read.pushAddress(srcIp);
  read.pushAddress(dstIp);
  read.push32(last);
  return crc32cRaw(read.bytes, read.length);
}

/** @param last the lower four of eight bytes, big-endian */
function ipv6(srcIp: Uint8Array, dstIp: Uint8Array, last: number): number {
  read.empty();
  read.pushAddress(srcIp);
  read.pushAddress(dstIp);
  read.push32(last);
  read.push32(0);
  return crc32cRaw(read.bytes, read.length);
}

/** Ports behind the fixed header, or behind a hop-by-hop header. */
function portsIpv6({ protocol, srcPort, dstPort, details }: PolicyKey): number {
  const first = details?.firstHeader;
  const isDirect = (first === undefined || first === HOP_BY_HOP) && details?.fragment === undefined;
  return isDirect && (protocol === TCP || protocol === UDP) ? srcPort ^ dstPort : 0;
}

/** The header is taken to begin at byte 14 of the frame, whatever tags stand there. */
function misreadIpv6(key: PolicyKey, withPorts: boolean): number {
  const frame = key.details?.frame;
  if (!frame) return NO_VALUE;
  const at = 14;
  let last = macWord(key);
  if (withPorts) {
    const isHopByHop = frame[at + 6] === HOP_BY_HOP;
    const next = isHopByHop ? frame[at + 40] : frame[at + 6];
    const ports = at + 40 + (isHopByHop ? (frame[at + 41] + 1) * 8 : 0);
    if (ports + 4 > frame.length) return NO_VALUE;
    last = next === TCP || next === UDP ? xor16(frame.subarray(ports)) << 16 : 0;
  }
  return ipv6(frame.subarray(at + 8, at + 24), frame.subarray(at + 24, at + 40), last);
}

function l23(key: PolicyKey): number {
  if (!seesIp(key)) return l2(key);
  if (key.srcIp.length === 4) return ipv4(key, macWord(key));
  return tagsOf(key) > 0 ? misreadIpv6(key, false) : ipv6(key.srcIp, key.dstIp, macWord(key));
}

function l34(key: PolicyKey): number {
  if (!seesIp(key)) return l2(key);
  if (key.srcIp.length === 4) {
    const ports = portsIpv4(key);
    return ports < 0 ? NO_VALUE : ipv4(key, (ports << 16) >>> 0);
  }
  return tagsOf(key) > 0 ? misreadIpv6(key, true) : ipv6(key.srcIp, key.dstIp, portsIpv6(key) << 16);
}

const MACS: HeaderField[] = ['eth.src', 'eth.dst'];
const IPS: HeaderField[] = ['ip.src', 'ip.dst'];
const vpp = (name: string, reads: HeaderField[], value: (key: PolicyKey) => number) =>
  policy({
    id: `vpp-bond:${name}`,
    description: `FD.io VPP bond, load balancing ${name}: CRC-32C`,
    reads,
    parameters: { policy: name },
    value,
  });

const vppPolicies = [
  vpp('l2', MACS, l2),
  vpp('l23', [...MACS, ...IPS], l23),
  vpp('l34', [...IPS, 'l4.srcport', 'l4.dstport'], l34),
];

export const vppFamily: PolicyFamily = {
  policies: vppPolicies,
  named: ({ name, fields: [first] }) => vppPolicies.find(({ id }) => id === `${name}:${first}`) ?? null,
};
