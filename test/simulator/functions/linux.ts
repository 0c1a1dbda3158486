/** Linux bonding, xmit_hash_policy, of six eras: hash-policies.md 2.1 to 2.3. A little-endian host; the tag is metadata. */

import type { HeaderField } from '../../../src/document/schema.js';
import { type Header, IPV4 } from '../headers.js';
import { type Family, isPowerOfTwo } from '../sender.js';

const POLICIES = ['layer2', 'layer2+3', 'layer3+4', 'vlan+srcmac'] as const;
type Policy = (typeof POLICIES)[number];

interface Era {
  readonly name: string;
  readonly etherType: 'none' | 'le16' | 'be16'; // as E has it
  readonly shifted: readonly Policy[]; // drop the lowest bit of the fold
  readonly folds: boolean; // false: the formulas before Linux 3.13
}

const ERAS: readonly (readonly [Era, number])[] = [
  [{ name: 'before 3.13', etherType: 'none', shifted: [], folds: false }, 0.08],
  [{ name: '3.13', etherType: 'none', shifted: [], folds: true }, 0.04],
  [{ name: '3.17', etherType: 'le16', shifted: [], folds: true }, 0.12],
  [{ name: '4.15', etherType: 'le16', shifted: ['layer2+3', 'layer3+4'], folds: true }, 0.12],
  [{ name: '5.15', etherType: 'be16', shifted: ['layer2+3', 'layer3+4'], folds: true }, 0.12],
  [{ name: 'current', etherType: 'be16', shifted: ['layer3+4'], folds: true }, 0.52],
];

export const linux: Family = {
  name: 'Linux bonding',
  draw(random, ports) {
    const era = random.weighted(ERAS);
    const policy = random.weighted<Policy>([
      ['layer2', 0.3],
      ['layer2+3', 0.25],
      ['layer3+4', 0.38],
      ['vlan+srcmac', 0.07],
    ]);
    return {
      name: `linux ${policy}, ${era.name}`,
      fields: fieldsOf(policy, era),
      affine: isPowerOfTwo(ports),
      bucket: (header) => linuxHash(header, policy, era) % ports,
    };
  },
};

function fieldsOf(policy: Policy, { etherType }: Era): Set<HeaderField> {
  const type: HeaderField[] = etherType === 'none' ? [] : ['eth.type'];
  switch (policy) {
    case 'layer2':
      return new Set<HeaderField>(['eth.src', 'eth.dst', ...type]);
    case 'layer2+3':
      return new Set<HeaderField>(['eth.src', 'eth.dst', 'ip.src', 'ip.dst', ...type]);
    case 'layer3+4':
      return new Set<HeaderField>(['ip.src', 'ip.dst', 'l4.srcport', 'l4.dstport']);
    case 'vlan+srcmac':
      return new Set<HeaderField>(['vlan.id', 'eth.src']);
  }
}

export function linuxHash(header: Header, policy: Policy, era: Era): number {
  const e = lastByte(header.srcMac) ^ lastByte(header.dstMac) ^ typeWord(header.etherType, era);
  if (policy === 'layer2' || (policy !== 'vlan+srcmac' && header.srcIp.length === 0)) return e >>> 0; // not IP: never folded
  if (policy === 'vlan+srcmac') {
    const [high, low] = [Math.floor(header.srcMac / 2 ** 24), header.srcMac % 2 ** 24];
    return (header.vlan ^ high ^ low) >>> 0;
  }
  if (!era.folds)
    return (policy === 'layer2+3' ? old(header, e, 0) : old(header, 0, header.srcPort ^ header.dstPort)) >>> 0;
  // le32 of the four bytes source port, destination port
  const ports = (swap16(header.srcPort) | (swap16(header.dstPort) << 16)) >>> 0;
  let h = (policy === 'layer2+3' ? e : ports) ^ addressWord(header.srcIp) ^ addressWord(header.dstIp);
  h ^= h >>> 16;
  h ^= h >>> 8;
  return h >>> (era.shifted.includes(policy) ? 1 : 0);
}

/** Before Linux 3.13, as of 3.7. @param e of layer2+3; @param x the ports' XOR of layer3+4 */
function old(header: Header, e: number, x: number): number {
  if (header.etherType === IPV4) return ((bigEndian(header.srcIp, 0) ^ bigEndian(header.dstIp, 0)) & 0xffff) ^ e ^ x;
  let v = x;
  for (const at of [4, 8, 12]) v ^= littleEndian(header.srcIp, at) ^ littleEndian(header.dstIp, at);
  v ^= (v >>> 24) ^ (v >>> 16) ^ (v >>> 8);
  return v ^ e;
}

function typeWord(etherType: number, { etherType: read }: Era): number {
  return read === 'none' ? 0 : read === 'le16' ? swap16(etherType) : etherType;
}

const lastByte = (mac: number) => mac % 256;
const swap16 = (value: number) => ((value & 255) << 8) | (value >> 8);
const bigEndian = (bytes: Uint8Array, at: number) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
const littleEndian = (bytes: Uint8Array, at: number) =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);

/** IPv4: le32; IPv6: XOR of the four le32 words. */
function addressWord(address: Uint8Array): number {
  let word = 0;
  for (let at = 0; at < address.length; at += 4) word ^= littleEndian(address, at);
  return word;
}

export const LINUX_ERAS = ERAS.map(([era]) => era);
