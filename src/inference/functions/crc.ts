/** Cyclic redundancy checks over the concatenated fields, source before destination: what merchant silicon offers. */

import { BOTH, DST, indexOf, NONE, PROTO, SRC } from '../fields/hypotheses.js';
import { type HeaderKey, type LibraryFunction, push16, pushMac } from './function.js';

/** Reflected 32-bit CRC, initial value and final XOR all ones. */
function reflected32(polynomial: number) {
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    return crc;
  });
  return (bytes: ArrayLike<number>) => {
    let crc = 0xffffffff;
    for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]) & 0xff];
    return ~crc >>> 0;
  };
}

export const crc32 = reflected32(0xedb88320); // zlib, Ethernet
export const crc32c = reflected32(0x82f63b78); // Castagnoli, RFC 9260 appendix A

/** CRC-16/CCITT-FALSE: polynomial 0x1021, initial value all ones, not reflected. */
export function crc16Ccitt(bytes: ArrayLike<number>): number {
  let crc = 0xffff;
  for (let i = 0; i < bytes.length; i++) {
    crc ^= bytes[i] << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc;
}

/** CRC-16/ARC: polynomial 0x8005 reflected, initial value 0. */
export function crc16Arc(bytes: ArrayLike<number>): number {
  let crc = 0;
  for (let i = 0; i < bytes.length; i++) {
    crc ^= bytes[i];
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}

const CHECKS = [
  { name: 'crc32', says: 'CRC-32', check: crc32 },
  { name: 'crc32c', says: 'CRC-32C', check: crc32c },
  { name: 'crc16-ccitt', says: 'CRC-16/CCITT', check: crc16Ccitt },
  { name: 'crc16-arc', says: 'CRC-16/ARC', check: crc16Arc },
];

type Write = (bytes: number[], key: HeaderKey) => void;

const macs: Write = (bytes, key) => {
  pushMac(bytes, key.srcMac);
  pushMac(bytes, key.dstMac);
};
const ips: Write = (bytes, key) => bytes.push(...key.srcIp, ...key.dstIp);
const ports: Write = (bytes, key) => {
  push16(bytes, key.srcPort);
  push16(bytes, key.dstPort);
};
const protocol: Write = (bytes, key) => {
  bytes.push(key.protocol);
};

/** Fields, and the order of their bytes. */
const INPUTS: readonly { name: string; mac: number; ip: number; port: number; singles: number; parts: Write[] }[] = [
  { name: 'l2', mac: BOTH, ip: NONE, port: NONE, singles: 0, parts: [macs] },
  { name: 'l3', mac: NONE, ip: BOTH, port: NONE, singles: 0, parts: [ips] },
  {
    name: 'src-ip',
    mac: NONE,
    ip: SRC,
    port: NONE,
    singles: 0,
    parts: [(bytes, key) => bytes.push(...key.srcIp)],
  },
  {
    name: 'dst-ip',
    mac: NONE,
    ip: DST,
    port: NONE,
    singles: 0,
    parts: [(bytes, key) => bytes.push(...key.dstIp)],
  },
  { name: 'l3+l4', mac: NONE, ip: BOTH, port: BOTH, singles: 0, parts: [ips, ports] },
  { name: 'l2+l3', mac: BOTH, ip: BOTH, port: NONE, singles: 0, parts: [macs, ips] },
  { name: 'src-mac', mac: SRC, ip: NONE, port: NONE, singles: 0, parts: [(bytes, key) => pushMac(bytes, key.srcMac)] },
  { name: 'dst-mac', mac: DST, ip: NONE, port: NONE, singles: 0, parts: [(bytes, key) => pushMac(bytes, key.dstMac)] },
  { name: 'l3+l4+proto', mac: NONE, ip: BOTH, port: BOTH, singles: PROTO, parts: [ips, ports, protocol] },
  { name: 'proto+l3+l4', mac: NONE, ip: BOTH, port: BOTH, singles: PROTO, parts: [protocol, ips, ports] },
  { name: 'l3+proto+l4', mac: NONE, ip: BOTH, port: BOTH, singles: PROTO, parts: [ips, protocol, ports] },
];

export const crcFunctions: readonly LibraryFunction[] = CHECKS.flatMap(({ name, says, check }) =>
  INPUTS.map((input) => ({
    id: `${name}:${input.name}`,
    description: `${says} over ${input.name}, source before destination`,
    hypothesis: indexOf(input),
    parameters: { fields: input.name },
    twins: [],
    value: (key: HeaderKey) => {
      const bytes: number[] = [];
      for (const write of input.parts) write(bytes, key);
      return check(bytes);
    },
  })),
);
