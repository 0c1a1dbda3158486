/** libteam's teamd, tx_hash: XOR of all bytes of the chosen fields, mod K. hash-policies.md 7.1; the tag is in the frame. */

import type { HeaderField } from '../../../src/document/schema.js';
import { bytesOf, type Header, IPV4 } from '../headers.js';
import { type Family, isPowerOfTwo } from '../sender.js';

const HASHES = ['eth', 'eth,l3', 'l3', 'l3,l4', 'eth,vlan', 'eth,l3,l4'] as const;

export const teamd: Family = {
  name: 'teamd',
  draw(random, ports) {
    const parts = random.pick(HASHES).split(',');
    return {
      name: `teamd ${parts.join()}`,
      fields: new Set(parts.flatMap((part) => FIELDS[part])),
      affine: isPowerOfTwo(ports),
      parities: true,
      bucket: (header) => teamdHash(header, parts) % ports,
    };
  },
};

export const teamdHash = (header: Header, parts: readonly string[]) =>
  parts.flatMap((part) => READ[part](header)).reduce((xor, byte) => xor ^ byte, 0);

const FIELDS: Readonly<Record<string, readonly HeaderField[]>> = {
  eth: ['eth.src', 'eth.dst'],
  vlan: ['vlan.id'],
  l3: ['ip.src', 'ip.dst'],
  l4: ['l4.srcport', 'l4.dstport'],
};

const READ: Readonly<Record<string, (header: Header) => number[]>> = {
  eth: ({ srcMac, dstMac }) => [...bytesOf.mac(srcMac), ...bytesOf.mac(dstMac)],
  vlan: ({ vlan }) => bytesOf.be16(vlan),
  l3: ({ srcIp, dstIp }) => [...srcIp, ...dstIp],
  // Of IPv6 the destination port alone: the source port is overwritten before use.
  l4: ({ srcPort, dstPort, etherType }) => [
    ...(etherType === IPV4 ? bytesOf.be16(srcPort) : []),
    ...bytesOf.be16(dstPort),
  ],
};
