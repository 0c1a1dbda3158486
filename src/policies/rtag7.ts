/**
 * Broadcom StrataXGS, RTAG7 (OpenBCM `src/bcm/esw/trident/hashing.c`, `src/shared/util.c`): thirteen bins of 16 bits, of which a
 * bitmap chooses some, hashed with a seed. Which bins, seed, function and bits are settings of the system on the switch, and
 * rarely published; here all fields of a packet but its VLAN count.
 */

import type { HeaderField } from '../document/schema.js';
import { ip32, macHigh, macLow } from './bytes.js';
import { reflectedTable } from './crc-codes.js';
import { type Policy, type PolicyFamily, type PolicyKey, policy } from './policy.js';

const [TCP, UDP] = [6, 17];
const BINS = 12;
const LARGEST_LENGTH = 1500; // of an 802.3 frame; above it is a type
const HASH_BITS = 0x3ff;

interface Rtag7 {
  readonly seed: number;
  readonly preprocess: boolean;
  readonly ipv6: 'xor' | 'lsb'; // how an address becomes 32 bits
  readonly offset: number; // bits the hash is rotated by
}

const bins = new Uint16Array(BINS);
const bytes = new Uint8Array(28);

function setWord(bin: number, word: number): void {
  bins[bin] = word >>> 16;
  bins[bin - 1] = word;
}

function lastWord(address: Uint8Array): number {
  const end = address.length;
  return ((address[end - 4] << 24) | (address[end - 3] << 16) | (address[end - 2] << 8) | address[end - 1]) >>> 0;
}

/** Bitmap 0xf70 for IP, 0xff0 for the rest. */
function fillBins(key: PolicyKey, { ipv6 }: Rtag7): void {
  bins.fill(0);
  if (key.srcIp.length === 0) {
    bins[11] = macHigh(key.srcMac);
    setWord(10, macLow(key.srcMac));
    bins[8] = macHigh(key.dstMac);
    setWord(7, macLow(key.dstMac));
    bins[5] = key.etherType > LARGEST_LENGTH ? key.etherType : 0;
    bins[4] = key.vlan;
    return;
  }
  const word = ipv6 === 'xor' ? ip32 : lastWord;
  setWord(11, word(key.srcIp));
  setWord(9, word(key.dstIp));
  const { details } = key;
  const protocol = details?.firstHeader ?? key.protocol;
  bins[4] = protocol;
  if ((protocol !== TCP && protocol !== UDP) || details?.fragment === 'later') return;
  bins[6] = key.srcPort;
  bins[5] = key.dstPort;
}

/** Bins in order and the seed, each lower byte first. */
function serialise(key: PolicyKey, options: Rtag7): void {
  fillBins(key, options);
  for (let bin = 0; bin < BINS; bin++) {
    const before = bins[bin];
    const value = options.preprocess ? before ^ (before >>> 3) ^ (before << 2) : before;
    bytes[bin * 2] = value;
    bytes[bin * 2 + 1] = value >>> 8;
  }
  for (let i = 0; i < 4; i++) bytes[24 + i] = options.seed >>> (8 * i);
}

/** A reflected CRC from 0, with its bits in reverse order. */
function reversedCrc(table: Uint32Array, width: number): number {
  let crc = 0;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]) & 0xff];
  let reversed = 0;
  for (let bit = 0; bit < width; bit++) reversed |= ((crc >>> bit) & 1) << (width - 1 - bit);
  return reversed >>> 0;
}

/** XOR of all words of so many bits. */
function xorFold(width: number): number {
  let word = 0;
  for (let i = 0; i < bytes.length; i += 2) word ^= bytes[i] | (bytes[i + 1] << 8);
  for (let half = 8; half >= width; half >>= 1) word ^= word >>> half;
  return word & (2 ** width - 1);
}

const BISYNC = reflectedTable(0xa001);
const CCITT = reflectedTable(0x8408);
const CASTAGNOLI = reflectedTable(0x82f63b78);
const bisync = () => reversedCrc(BISYNC, 16);
const bisyncAndXor = (width: number) => () => (bisync() & 0xff00) | xorFold(width);

const FUNCTIONS: Readonly<Record<string, () => number>> = {
  'crc16-bisync': bisync,
  'crc16-xor1': bisyncAndXor(1),
  'crc16-xor2': bisyncAndXor(2),
  'crc16-xor4': bisyncAndXor(4),
  'crc16-xor8': bisyncAndXor(8),
  xor16: () => xorFold(16),
  'crc16-ccitt': () => reversedCrc(CCITT, 16),
  'crc32-lo': () => reversedCrc(CASTAGNOLI, 32) & 0xffff,
  'crc32-hi': () => reversedCrc(CASTAGNOLI, 32) >>> 16,
};

const READS: HeaderField[] = ['eth.src', 'eth.dst', 'eth.type', 'vlan.id'];
const IP_READS: HeaderField[] = ['ip.src', 'ip.dst', 'ip.proto', 'l4.srcport', 'l4.dstport'];

function rtag7(name: string, options: Rtag7, suffix: string, isSeeded: boolean): Policy {
  const hash = FUNCTIONS[name];
  const { offset } = options;
  return policy({
    id: `rtag7:${name}${suffix}`,
    description: `Broadcom RTAG7, ${name} of addresses, protocol and ports`,
    reads: [...READS, ...IP_READS],
    secret: isSeeded ? 'none' : 'seed',
    parameters: { function: name, ...options },
    isCurrent: false, // no product is known to have just these settings
    value: (key) => {
      serialise(key, options);
      const value = hash();
      return ((value >>> offset) | (value << (16 - offset))) & HASH_BITS;
    },
  });
}

const PLAIN: Rtag7 = { seed: 0, preprocess: false, ipv6: 'xor', offset: 0 };

export const rtag7Family: PolicyFamily = {
  policies: Object.keys(FUNCTIONS).map((name) => rtag7(name, PLAIN, '', false)),
  named({ name, fields: [func], options }) {
    if (name !== 'rtag7' || func === undefined || !(func in FUNCTIONS)) return null;
    const [seed, preprocess, ipv6, offset] = ['seed', 'preprocess', 'ipv6', 'offset'].map((key) => options.get(key));
    const isValid =
      /^[0-9a-f]{1,8}$/.test(seed ?? '0') &&
      /^(on|off)$/.test(preprocess ?? 'off') &&
      /^(xor|lsb)$/.test(ipv6 ?? 'xor') &&
      /^([0-9]|1[0-5])$/.test(offset ?? '0');
    if (!isValid) return null;
    const given: Rtag7 = {
      seed: Number.parseInt(seed ?? '0', 16),
      preprocess: preprocess === 'on',
      ipv6: ipv6 === 'lsb' ? 'lsb' : 'xor',
      offset: Number(offset ?? 0),
    };
    const suffix = ['seed', 'preprocess', 'ipv6', 'offset']
      .filter((key) => options.has(key))
      .map((key) => `;${key}=${options.get(key)}`);
    return rtag7(func, given, suffix.join(''), seed !== undefined);
  },
};
