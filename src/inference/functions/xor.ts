/**
 * Low bits, or all bytes, of the chosen fields XORed. What switches and teamd do: Cisco's 8-bucket table is 3 bits
 * mod K, HP blade switches 3 bits, libteam (`teamd_bpf_chef.c`) all bytes; illumos and DPDK agree with all bytes on IPv4.
 */

import { DST, indexOf, NONE, SRC, XOR } from '../fields/hypotheses.js';
import { type HeaderKey, ip32, type LibraryFunction, macByteXor, macLow, xorBytes } from './function.js';

interface FieldSet {
  readonly name: string;
  readonly mac: number; // modes
  readonly ip: number;
  readonly port: number;
  readonly teamd?: string; // tx_hash of the same fields
}

const FIELD_SETS: readonly FieldSet[] = [
  { name: 'l2', mac: XOR, ip: NONE, port: NONE, teamd: 'eth' },
  { name: 'src-mac', mac: SRC, ip: NONE, port: NONE },
  { name: 'dst-mac', mac: DST, ip: NONE, port: NONE },
  { name: 'l3', mac: NONE, ip: XOR, port: NONE, teamd: 'l3' },
  { name: 'src-ip', mac: NONE, ip: SRC, port: NONE },
  { name: 'dst-ip', mac: NONE, ip: DST, port: NONE },
  { name: 'l4', mac: NONE, ip: NONE, port: XOR, teamd: 'l4' },
  { name: 'src-port', mac: NONE, ip: NONE, port: SRC },
  { name: 'dst-port', mac: NONE, ip: NONE, port: DST },
  { name: 'l3+l4', mac: NONE, ip: XOR, port: XOR, teamd: 'l3,l4' },
  { name: 'l2+l3', mac: XOR, ip: XOR, port: NONE, teamd: 'eth,l3' },
  { name: 'l2+l3+l4', mac: XOR, ip: XOR, port: XOR, teamd: 'eth,l3,l4' },
];

type Read = (key: HeaderKey) => number;

/** What the modes see, each value by a function of its own: one that asks for every mode is compiled again for each set. */
function readers({ mac, ip, port }: FieldSet, ofMac: Read[], ofIp: Read[], ofPort: Read[]): Read[] {
  const seen = (mode: number, [src, dst]: Read[]) => [
    ...(mode === SRC || mode === XOR ? [src] : []),
    ...(mode === DST || mode === XOR ? [dst] : []),
  ];
  return [...seen(mac, ofMac), ...seen(ip, ofIp), ...seen(port, ofPort)];
}

function combine(reads: readonly Read[], key: HeaderKey): number {
  let value = 0;
  for (let i = 0; i < reads.length; i++) value ^= reads[i](key);
  return value >>> 0;
}

const byteReaders = (set: FieldSet) =>
  readers(
    set,
    [(key) => macByteXor(key.srcMac), (key) => macByteXor(key.dstMac)],
    [(key) => xorBytes(ip32(key.srcIp)), (key) => xorBytes(ip32(key.dstIp))],
    [(key) => xorBytes(key.srcPort), (key) => xorBytes(key.dstPort)],
  );

const wordReaders = (set: FieldSet) =>
  readers(
    set,
    [(key) => macLow(key.srcMac), (key) => macLow(key.dstMac)],
    [(key) => ip32(key.srcIp), (key) => ip32(key.dstIp)],
    [(key) => key.srcPort, (key) => key.dstPort],
  );

/** Cisco's takes the last bits of an IPv6 address, not those of its words' XOR. */
function lowBits(set: FieldSet, bits: number, ipv6: boolean): LibraryFunction {
  const mask = 2 ** bits - 1;
  const reads = wordReaders(set);
  return {
    id: `xor-low:${set.name},${bits}`,
    description: `lowest ${bits === 1 ? 'bit' : `${bits} bits`} of ${set.name}, XORed`,
    hypothesis: indexOf({ ...set, singles: 0 }),
    parameters: { fields: set.name, bits },
    twins: bits === 3 && !(ipv6 && set.ip !== NONE) ? [`cisco-xor8:${set.name}`] : [],
    value: (key) => combine(reads, key) & mask,
  };
}

/** teamd reads no source port of IPv6 (a slip of its program), so then its name does not fit a set with ports. */
function bytes(set: FieldSet, ipv6: boolean): LibraryFunction {
  const reads = byteReaders(set);
  const teamd = set.port !== NONE && ipv6 ? undefined : set.teamd;
  return {
    id: teamd ? `teamd:${teamd}` : `xor-bytes:${set.name}`,
    description: `XOR of all bytes of ${set.name}${teamd ? `, as teamd does with tx_hash ${teamd}` : ''}`,
    hypothesis: indexOf({ ...set, singles: 0 }),
    parameters: { fields: set.name },
    twins: [],
    value: (key) => combine(reads, key),
  };
}

function shiftedBytes(set: FieldSet): LibraryFunction {
  const reads = byteReaders(set);
  return {
    id: `xor-bytes-shifted:${set.name}`,
    description: `XOR of all bytes of ${set.name}, lowest bit dropped`,
    hypothesis: indexOf({ ...set, singles: 0 }),
    parameters: { fields: set.name },
    twins: [],
    value: (key) => combine(reads, key) >>> 1,
  };
}

/**
 * @param ports most ports of any epoch: fewer bits than they need would leave ports without a bucket.
 * @param ipv6 whether any row is IPv6
 */
export function xorFunctions(ports: number, ipv6: boolean): LibraryFunction[] {
  const widths = new Set([Math.ceil(Math.log2(ports)), 3, 8].filter((bits) => 2 ** bits >= ports));
  return FIELD_SETS.flatMap((set) => [
    bytes(set, ipv6),
    shiftedBytes(set),
    ...[...widths].sort((a, b) => a - b).map((bits) => lowBits(set, bits, ipv6)),
  ]);
}
