/** Cyclic redundancy checks over the concatenated fields, source before destination: what merchant silicon offers. */

import type { HeaderField } from '../document/schema.js';
import { KeyBytes } from './bytes.js';
import { crc16Arc, crc16Ccitt, crc32, crc32c } from './crc-codes.js';
import { type PolicyFamily, type PolicyKey, policy } from './policy.js';

const CHECKS = [
  { name: 'crc32', says: 'CRC-32', check: crc32 },
  { name: 'crc32c', says: 'CRC-32C', check: crc32c },
  { name: 'crc16-ccitt', says: 'CRC-16/CCITT', check: crc16Ccitt },
  { name: 'crc16-arc', says: 'CRC-16/ARC', check: crc16Arc },
];

interface Part {
  readonly reads: readonly HeaderField[];
  readonly write: (read: KeyBytes, key: PolicyKey) => void;
}

const srcMac: Part = { reads: ['eth.src'], write: (read, key) => read.pushMac(key.srcMac) };
const dstMac: Part = { reads: ['eth.dst'], write: (read, key) => read.pushMac(key.dstMac) };
const srcIp: Part = { reads: ['ip.src'], write: (read, key) => read.pushAddress(key.srcIp) };
const dstIp: Part = { reads: ['ip.dst'], write: (read, key) => read.pushAddress(key.dstIp) };
const protocol: Part = { reads: ['ip.proto'], write: (read, key) => read.push8(key.protocol) };
const ports: Part = {
  reads: ['l4.srcport', 'l4.dstport'],
  write: (read, key) => {
    read.push16(key.srcPort);
    read.push16(key.dstPort);
  },
};

/** Fields, and the order of their bytes. */
const INPUTS: readonly { name: string; parts: Part[] }[] = [
  { name: 'l2', parts: [srcMac, dstMac] },
  { name: 'l3', parts: [srcIp, dstIp] },
  { name: 'src-ip', parts: [srcIp] },
  { name: 'dst-ip', parts: [dstIp] },
  { name: 'l3+l4', parts: [srcIp, dstIp, ports] },
  { name: 'l2+l3', parts: [srcMac, dstMac, srcIp, dstIp] },
  { name: 'src-mac', parts: [srcMac] },
  { name: 'dst-mac', parts: [dstMac] },
  { name: 'l3+l4+proto', parts: [srcIp, dstIp, ports, protocol] },
  { name: 'proto+l3+l4', parts: [protocol, srcIp, dstIp, ports] },
  { name: 'l3+proto+l4', parts: [srcIp, dstIp, protocol, ports] },
];

const keyBytes = new KeyBytes();

const crcPolicies = CHECKS.flatMap(({ name, says, check }) =>
  INPUTS.map((input) => {
    const writers = input.parts.map(({ write }) => write);
    return policy({
      id: `${name}:${input.name}`,
      description: `${says} over ${input.name}, source before destination`,
      reads: input.parts.flatMap(({ reads }) => reads),
      parameters: { fields: input.name },
      isCurrent: false, // which product computes exactly this is not public
      value: (key) => {
        keyBytes.empty();
        for (const write of writers) write(keyBytes, key);
        return check(keyBytes.bytes, keyBytes.length);
      },
    });
  }),
);

export const crcFamily: PolicyFamily = {
  policies: crcPolicies,
  named: ({ name, fields: [set] }) => crcPolicies.find(({ id }) => id === `${name}:${set}`) ?? null,
};
