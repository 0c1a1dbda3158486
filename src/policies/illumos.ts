/** illumos and Solaris aggregations, `dladm -P` (`mac_provider.c` mac_pkt_hash, `aggr_send.c`): XOR of bytes. */

import type { HeaderField } from '../document/schema.js';
import { macByteXor, xorBytes } from './bytes.js';
import { NO_VALUE, type Policy, type PolicyFamily, type PolicyKey, policy } from './policy.js';
import { VLAN_TYPE } from './tags.js';

const [TCP, UDP, ESP, AH, SCTP] = [6, 17, 50, 51, 132];

interface Layers {
  readonly l2: boolean;
  readonly l3: boolean;
  readonly l4: boolean;
}

/** One 802.1Q tag is skipped. */
function seesIp({ srcIp, details }: PolicyKey): boolean {
  const tags = details?.tags;
  if (srcIp.length === 0) return false;
  return tags === undefined || tags.length === 0 || (tags.length === 1 && tags[0].type === VLAN_TYPE);
}

/** Four bytes of each: all of IPv4, the last of IPv6. */
function addresses({ srcIp, dstIp }: PolicyKey): number {
  let byte = 0;
  for (let at = srcIp.length - 4; at < srcIp.length; at++) byte ^= srcIp[at] ^ dstIp[at];
  return byte;
}

function ports({ protocol, srcPort, dstPort, details }: PolicyKey): number {
  if (protocol === TCP || protocol === UDP || protocol === SCTP) return xorBytes(srcPort ^ dstPort);
  if (protocol === ESP) return details?.spi === undefined ? NO_VALUE : xorBytes(details.spi);
  return protocol === AH ? NO_VALUE : 0; // it looks behind AH, and the key does not
}

/** Later IPv4 fragments, and all of IPv6, go by addresses and identification. */
const isFragment = ({ srcIp, details }: PolicyKey) =>
  details?.fragment === 'later' || (details?.fragment === 'first' && srcIp.length === 16);

function formula({ l2, l3, l4 }: Layers): (key: PolicyKey) => number {
  return (key) => {
    const value = l2 ? macByteXor(key.srcMac) ^ macByteXor(key.dstMac) : 0;
    if (!(l3 || l4) || !seesIp(key)) return value;
    if (isFragment(key)) {
      const id = key.details?.ipId;
      return id === undefined ? NO_VALUE : value ^ addresses(key) ^ xorBytes(id);
    }
    const withIps = l3 ? value ^ addresses(key) : value;
    if (!l4) return withIps;
    const port = ports(key);
    return port < 0 ? NO_VALUE : withIps ^ port;
  };
}

const NAMES = ['L2', 'L3', 'L4', 'L3,L4', 'L2,L3', 'L2,L4', 'L2,L3,L4'];

const illumosPolicies: readonly Policy[] = NAMES.map((name) => {
  const layers = { l2: name.includes('L2'), l3: name.includes('L3'), l4: name.includes('L4') };
  const reads: HeaderField[] = [
    ...(layers.l2 ? (['eth.src', 'eth.dst'] as const) : []),
    ...(layers.l3 ? (['ip.src', 'ip.dst'] as const) : []),
    ...(layers.l4 ? (['l4.srcport', 'l4.dstport'] as const) : []),
  ];
  return policy({
    id: `illumos-aggr:${name}`,
    description: `illumos aggregation, policy ${name}: XOR of bytes`,
    reads,
    mixes: 'xor',
    parameters: { policy: name },
    value: formula(layers),
  });
});

export const illumosFamily: PolicyFamily = {
  policies: illumosPolicies,
  named: ({ name, fields }) => illumosPolicies.find(({ id }) => id === `${name}:${fields.join(',')}`) ?? null,
};
