/**
 * The lowest bits of the chosen fields, XORed: 3 bits in Cisco's eight buckets and in HP's blade switches, 5 where guides
 * speak of the last five bits. Eight buckets are dealt to the ports in turn, 3:3:2 for three; which port gets which is not
 * published, and the remainder stands for it.
 */

import type { HeaderField } from '../document/schema.js';
import { macLow } from './bytes.js';
import { DESTINATION, FIELD_SETS, type FieldSet, fieldSet, fieldsOf, SOURCE } from './fields.js';
import { NO_VALUE, type Policy, type PolicyFamily, type PolicyKey, policy } from './policy.js';

type Read = (key: PolicyKey) => number;
const [TCP, UDP] = [6, 17];

/** The last four bytes. */
function lastWord(address: Uint8Array): number {
  const end = address.length;
  return (address[end - 4] << 24) | (address[end - 3] << 16) | (address[end - 2] << 8) | address[end - 1];
}

const hasIp = ({ srcIp }: PolicyKey) => srcIp.length > 0;

function hasPorts({ protocol, details }: PolicyKey): boolean {
  return (protocol === TCP || protocol === UDP) && details?.fragment !== 'later' && details?.firstHeader === undefined;
}

const READERS = {
  mac: [(key: PolicyKey) => macLow(key.srcMac), (key: PolicyKey) => macLow(key.dstMac)],
  ip: [
    (key: PolicyKey) => (hasIp(key) ? lastWord(key.srcIp) : 0),
    (key: PolicyKey) => (hasIp(key) ? lastWord(key.dstIp) : 0),
  ],
  port: [(key: PolicyKey) => (hasPorts(key) ? key.srcPort : 0), (key: PolicyKey) => (hasPorts(key) ? key.dstPort : 0)],
} as const;

function readersOf(set: FieldSet): Read[] {
  return (['mac', 'ip', 'port'] as const).flatMap((pair) => [
    ...(set[pair] & SOURCE ? [READERS[pair][0]] : []),
    ...(set[pair] & DESTINATION ? [READERS[pair][1]] : []),
  ]);
}

/** Whether a packet has any of the fields. */
function presence({ mac, ip }: FieldSet): (key: PolicyKey) => boolean {
  if (mac !== 0) return () => true;
  return ip !== 0 ? hasIp : hasPorts;
}

/** As many bits as one can ask for. */
const WIDEST = 0xffff;

function xorOf(set: FieldSet): Read {
  const known = xors.get(set);
  if (known) return known;
  const reads = readersOf(set);
  const has = presence(set);
  const xor = (key: PolicyKey) => {
    if (!has(key)) return NO_VALUE;
    let value = 0;
    for (let i = 0; i < reads.length; i++) value ^= reads[i](key);
    return value & WIDEST;
  };
  xors.set(set, xor);
  return xor;
}
const xors = new Map<FieldSet, Read>();

function lowBitsOf(value: Read, bits: number): Pick<Policy, 'lowBitsOf' | 'value'> {
  const mask = 2 ** bits - 1;
  const low = (key: PolicyKey) => {
    const whole = value(key);
    return whole < 0 ? NO_VALUE : whole & mask;
  };
  return { lowBitsOf: { value, mask }, value: low };
}

const plural = (bits: number) => (bits === 1 ? 'bit' : `${bits} bits`);

/** Methods of EtherChannel: one pair of fields. */
const isCisco = ({ mac, ip, port }: FieldSet) => [mac, ip, port].filter((which) => which !== 0).length === 1;

export function lowBits(set: FieldSet, bits: number): Policy {
  return policy({
    id: `xor-low:${set.name},${bits}`,
    description: `lowest ${plural(bits)} of ${set.name}, XORed`,
    reads: fieldsOf(set),
    mixes: 'xor',
    alsoKnownAs: bits === 3 && isCisco(set) ? [`cisco-xor8:${set.name}`] : [],
    parameters: { fields: set.name, bits },
    isCurrent: false,
    ...lowBitsOf(xorOf(set), bits),
  });
}

const IP_ELSE_MAC: HeaderField[] = ['eth.src', 'eth.dst', 'ip.src', 'ip.dst'];
const [L2, L3] = [fieldSet('l2')!, fieldSet('l3')!];

const [ofMac, ofIp] = [xorOf(L2), xorOf(L3)];
const xorOfIpElseMac = (key: PolicyKey) => (hasIp(key) ? ofIp(key) : ofMac(key));

/** Addresses of the highest layer there is. */
export function ipElseMac(bits: number): Policy {
  return policy({
    id: `xor-low:ip-else-mac,${bits}`,
    description: `lowest ${plural(bits)} of both IP addresses, XORed; of both MAC addresses without IP`,
    reads: IP_ELSE_MAC,
    mixes: 'xor',
    alsoKnownAs: bits === 3 ? ['hp-blade'] : [],
    parameters: { fields: 'ip-else-mac', bits },
    isCurrent: false,
    ...lowBitsOf(xorOfIpElseMac, bits),
  });
}

/** EtherChannel; load-balancing methods with a documented reduction to eight values. */
function ciscoXor8(set: FieldSet): Policy {
  return {
    ...lowBits(set, 3),
    id: `cisco-xor8:${set.name}`,
    family: 'cisco-xor8',
    description: `Cisco EtherChannel, lowest 3 bits of ${set.name}, XORed: eight buckets dealt to the ports`,
    alsoKnownAs: [`xor-low:${set.name},3`],
    isCurrent: true,
  };
}

function hpBlade(): Policy {
  const same = ipElseMac(3);
  return {
    ...same,
    id: 'hp-blade',
    family: 'hp-blade',
    description: `HP blade switches (GbE2c and relatives): ${same.description}`,
    alsoKnownAs: [same.id],
    isCurrent: true,
  };
}

const WIDTHS = [3, 5, 8];

export const lowBitsFamily: PolicyFamily = {
  policies: [
    ...FIELD_SETS.filter(isCisco).map(ciscoXor8),
    hpBlade(),
    ...FIELD_SETS.flatMap((set) => WIDTHS.map((bits) => lowBits(set, bits))),
    ...WIDTHS.map(ipElseMac),
  ],
  named({ name, fields: [first, width] }) {
    if (name === 'hp-blade') return hpBlade();
    const set = first === undefined ? null : fieldSet(first);
    if (name === 'cisco-xor8') return set && isCisco(set) ? ciscoXor8(set) : null;
    const bits = Number(width);
    if (name !== 'xor-low' || !Number.isInteger(bits) || bits < 1 || bits > 16) return null;
    return first === 'ip-else-mac' ? ipElseMac(bits) : set && lowBits(set, bits);
  },
};
