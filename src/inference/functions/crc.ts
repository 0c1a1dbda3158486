/** Cyclic redundancy checks over the concatenated fields, source before destination: what merchant silicon offers. */

import { BOTH, DST, indexOf, NONE, PROTO, SRC } from '../fields/hypotheses.js';
import { type HeaderKey, KeyBytes, type LibraryFunction } from './function.js';

/** What a reflected CRC makes of each byte. */
const reflectedTable = (polynomial: number) =>
  Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    return crc;
  });

/** Reflected 32-bit CRC, initial value and final XOR all ones. */
function reflected32(polynomial: number) {
  const table = reflectedTable(polynomial);
  return (bytes: ArrayLike<number>, length = bytes.length) => {
    let crc = 0xffffffff;
    for (let i = 0; i < length; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]) & 0xff];
    return ~crc >>> 0;
  };
}

export const crc32 = reflected32(0xedb88320); // zlib, Ethernet
export const crc32c = reflected32(0x82f63b78); // Castagnoli, RFC 9260 appendix A

const CCITT_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/** CRC-16/CCITT-FALSE: polynomial 0x1021, initial value all ones, not reflected. */
export function crc16Ccitt(bytes: ArrayLike<number>, length = bytes.length): number {
  let crc = 0xffff;
  for (let i = 0; i < length; i++) crc = ((crc << 8) & 0xffff) ^ CCITT_TABLE[(crc >>> 8) ^ bytes[i]];
  return crc;
}

const ARC_TABLE = reflectedTable(0xa001);

/** CRC-16/ARC: polynomial 0x8005 reflected, initial value 0. */
export function crc16Arc(bytes: ArrayLike<number>, length = bytes.length): number {
  let crc = 0;
  for (let i = 0; i < length; i++) crc = (crc >>> 8) ^ ARC_TABLE[(crc ^ bytes[i]) & 0xff];
  return crc;
}

const CHECKS = [
  { name: 'crc32', says: 'CRC-32', check: crc32 },
  { name: 'crc32c', says: 'CRC-32C', check: crc32c },
  { name: 'crc16-ccitt', says: 'CRC-16/CCITT', check: crc16Ccitt },
  { name: 'crc16-arc', says: 'CRC-16/ARC', check: crc16Arc },
];

type Write = (read: KeyBytes, key: HeaderKey) => void;

const srcMac: Write = (read, key) => read.pushMac(key.srcMac);
const dstMac: Write = (read, key) => read.pushMac(key.dstMac);
const srcIp: Write = (read, key) => read.pushAddress(key.srcIp);
const dstIp: Write = (read, key) => read.pushAddress(key.dstIp);
const ports: Write = (read, key) => {
  read.push16(key.srcPort);
  read.push16(key.dstPort);
};
const protocol: Write = (read, key) => read.push8(key.protocol);
const macs = [srcMac, dstMac];
const ips = [srcIp, dstIp];

/** Fields, and the order of their bytes. */
const INPUTS: readonly { name: string; mac: number; ip: number; port: number; singles: number; parts: Write[] }[] = [
  { name: 'l2', mac: BOTH, ip: NONE, port: NONE, singles: 0, parts: macs },
  { name: 'l3', mac: NONE, ip: BOTH, port: NONE, singles: 0, parts: ips },
  {
    name: 'src-ip',
    mac: NONE,
    ip: SRC,
    port: NONE,
    singles: 0,
    parts: [srcIp],
  },
  {
    name: 'dst-ip',
    mac: NONE,
    ip: DST,
    port: NONE,
    singles: 0,
    parts: [dstIp],
  },
  { name: 'l3+l4', mac: NONE, ip: BOTH, port: BOTH, singles: 0, parts: [...ips, ports] },
  { name: 'l2+l3', mac: BOTH, ip: BOTH, port: NONE, singles: 0, parts: [...macs, ...ips] },
  { name: 'src-mac', mac: SRC, ip: NONE, port: NONE, singles: 0, parts: [srcMac] },
  { name: 'dst-mac', mac: DST, ip: NONE, port: NONE, singles: 0, parts: [dstMac] },
  { name: 'l3+l4+proto', mac: NONE, ip: BOTH, port: BOTH, singles: PROTO, parts: [...ips, ports, protocol] },
  { name: 'proto+l3+l4', mac: NONE, ip: BOTH, port: BOTH, singles: PROTO, parts: [protocol, ...ips, ports] },
  { name: 'l3+proto+l4', mac: NONE, ip: BOTH, port: BOTH, singles: PROTO, parts: [...ips, protocol, ports] },
];

const keyBytes = new KeyBytes();

export const crcFunctions: readonly LibraryFunction[] = CHECKS.flatMap(({ name, says, check }) =>
  INPUTS.map((input) => ({
    id: `${name}:${input.name}`,
    description: `${says} over ${input.name}, source before destination`,
    hypothesis: indexOf(input),
    parameters: { fields: input.name },
    twins: [],
    value: (key: HeaderKey) => {
      keyBytes.empty();
      for (const write of input.parts) write(keyBytes, key);
      return check(keyBytes.bytes, keyBytes.length);
    },
  })),
);
