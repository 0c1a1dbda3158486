/**
 * Vitesse and Microchip switches (SparX, Ocelot, Luton26): an aggregation code of 4 bits from the contributors that are switched
 * on, and code i is the (i mod n)-th active port (Linux, `drivers/net/ethernet/mscc`). That the contributors are XORed in groups
 * of four bits is not confirmed.
 */

import type { HeaderField } from '../document/schema.js';
import { macLow } from './bytes.js';
import { type Policy, type PolicyFamily, type PolicyKey, policy } from './policy.js';

const [TCP, UDP] = [6, 17];

const nibbles = (word: number) => (word ^ (word >>> 4) ^ (word >>> 8) ^ (word >>> 12) ^ (word >>> 16)) & 15;

interface Contributor {
  readonly reads: readonly HeaderField[];
  readonly code: (key: PolicyKey) => number;
}

const CONTRIBUTORS: Readonly<Record<string, Contributor>> = {
  dmac: { reads: ['eth.dst'], code: ({ dstMac }) => nibbles(macLow(dstMac) & 0xfff) },
  smac: { reads: ['eth.src'], code: ({ srcMac }) => nibbles(macLow(srcMac) & 0xfff) },
  ip: {
    reads: ['ip.src', 'ip.dst'],
    code: ({ srcIp, dstIp }) => (srcIp.length === 4 ? nibbles(srcIp[3] ^ dstIp[3]) : 0),
  },
  ports: {
    reads: ['l4.srcport', 'l4.dstport'],
    code: ({ protocol, srcPort, dstPort, details }) =>
      (protocol === TCP || protocol === UDP) && details?.fragment === undefined
        ? nibbles((srcPort ^ dstPort) & 0xff)
        : 0,
  },
  label: { reads: ['ipv6.flow'], code: ({ flowLabel }) => nibbles(flowLabel) },
};
const NAMES = Object.keys(CONTRIBUTORS);

function vitesse(names: readonly string[]): Policy {
  const contributors = names.map((name) => CONTRIBUTORS[name]);
  const codes = contributors.map(({ code }) => code);
  const name = names.join(',');
  return policy({
    id: `vitesse-aggr:${name}`,
    description: `Vitesse or Microchip switch, aggregation code of ${name}; that their bits are XORed is not confirmed`,
    reads: contributors.flatMap(({ reads }) => reads),
    mixes: 'xor',
    parameters: { contributors: name },
    isCurrent: false,
    value: (key) => {
      let value = 0;
      for (let i = 0; i < codes.length; i++) value ^= codes[i](key);
      return value;
    },
  });
}

const USUAL = [
  ['dmac', 'smac'],
  ['dmac', 'smac', 'ip'],
  ['dmac', 'smac', 'ip', 'ports'],
  ['dmac', 'smac', 'ip', 'ports', 'label'],
];

export const vitesseFamily: PolicyFamily = {
  policies: USUAL.map(vitesse),
  named({ name, fields }) {
    const isValid = fields.length > 0 && fields.every((field) => field in CONTRIBUTORS);
    return name === 'vitesse-aggr' && isValid ? vitesse(NAMES.filter((each) => fields.includes(each))) : null;
  },
};
