/** XOR of all bytes of the chosen fields, as it is or without its lowest bit. Who computes it under a name of its own: teamd, illumos, DPDK. */

import { ip32, macByteXor, xorBytes } from './bytes.js';
import { DESTINATION, FIELD_SETS, type FieldSet, fieldSet, fieldsOf, SOURCE } from './fields.js';
import { type Policy, type PolicyFamily, type PolicyKey, policy } from './policy.js';

type Read = (key: PolicyKey) => number;

const READERS = {
  mac: [(key: PolicyKey) => macByteXor(key.srcMac), (key: PolicyKey) => macByteXor(key.dstMac)],
  ip: [(key: PolicyKey) => xorBytes(ip32(key.srcIp)), (key: PolicyKey) => xorBytes(ip32(key.dstIp))],
  port: [(key: PolicyKey) => xorBytes(key.srcPort), (key: PolicyKey) => xorBytes(key.dstPort)],
} as const;

/** Each value by a function of its own: one that asks which fields are wanted is compiled again for each set. */
function readersOf(set: FieldSet): Read[] {
  return (['mac', 'ip', 'port'] as const).flatMap((pair) => [
    ...(set[pair] & SOURCE ? [READERS[pair][0]] : []),
    ...(set[pair] & DESTINATION ? [READERS[pair][1]] : []),
  ]);
}

export function xorBytesPolicy(set: FieldSet, shifted: boolean): Policy {
  const reads = readersOf(set);
  const shift = shifted ? 1 : 0;
  return policy({
    id: `xor-bytes${shifted ? '-shifted' : ''}:${set.name}`,
    description: `XOR of all bytes of ${set.name}${shifted ? ', lowest bit dropped' : ''}`,
    reads: fieldsOf(set),
    mixes: 'xor',
    parameters: { fields: set.name },
    isCurrent: false,
    value: (key) => {
      let value = 0;
      for (let i = 0; i < reads.length; i++) value ^= reads[i](key);
      return value >>> shift;
    },
  });
}

export const xorBytesFamily: PolicyFamily = {
  policies: FIELD_SETS.flatMap((set) => [xorBytesPolicy(set, false), xorBytesPolicy(set, true)]),
  named({ name, fields: [first] }) {
    const set = /^xor-bytes(-shifted)?$/.test(name) && first !== undefined ? fieldSet(first) : null;
    return set && xorBytesPolicy(set, name === 'xor-bytes-shifted');
  },
};
