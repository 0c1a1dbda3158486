/** DPDK's bonding driver (`rte_eth_bond_pmd.c`), balance and 802.3ad, xmit policies l2, l23, l34; a little-endian host. */

import type { HeaderField } from '../document/schema.js';
import { ip32, macHigh, macLow, swap32 } from './bytes.js';
import { type PolicyFamily, type PolicyKey, policy } from './policy.js';
import { VLAN_TYPE } from './tags.js';

const [TCP, UDP] = [6, 17];
const SERVICE_TAG = 0x88a8;

/** XOR of the three 16-bit words of both addresses. */
function macs({ srcMac, dstMac }: PolicyKey): number {
  const low = macLow(srcMac) ^ macLow(dstMac);
  const word = (low ^ (low >>> 16) ^ macHigh(srcMac) ^ macHigh(dstMac)) & 0xffff;
  return ((word & 0xff) << 8) | (word >>> 8);
}

/** One tag of either kind is skipped, and one 802.1Q tag behind it. */
function seesIp({ srcIp, details }: PolicyKey): boolean {
  const tags = details?.tags;
  if (srcIp.length === 0) return false;
  if (tags === undefined || tags.length === 0) return true;
  const [first, second] = tags;
  if (first.type !== VLAN_TYPE && first.type !== SERVICE_TAG) return false;
  return tags.length === 1 || (tags.length === 2 && second.type === VLAN_TYPE);
}

const addresses = (key: PolicyKey) => swap32((ip32(key.srcIp) ^ ip32(key.dstIp)) >>> 0);

/**
 * Not of a fragment, nor of an IPv4 packet with nothing behind a header without options: a bare acknowledgement goes by addresses,
 * the data of its connection by ports too.
 */
function ports({ protocol, srcIp, srcPort, dstPort, details }: PolicyKey): number {
  if (protocol !== TCP && protocol !== UDP) return 0;
  if (details?.fragment !== undefined || details?.firstHeader !== undefined) return 0;
  if (srcIp.length === 4 && details?.hasPayload === false) return 0;
  const word = srcPort ^ dstPort;
  return ((word & 0xff) << 8) | (word >>> 8);
}

function fold(word: number): number {
  const half = word ^ (word >>> 16);
  return (half ^ (half >>> 8)) >>> 0;
}

const l2 = (key: PolicyKey) => macs(key) ^ (macs(key) >>> 8);
const l23 = (key: PolicyKey) => fold(macs(key) ^ (seesIp(key) ? addresses(key) : 0));
const l34 = (key: PolicyKey) => (seesIp(key) ? fold(addresses(key) ^ ports(key)) : 0);

const MACS: HeaderField[] = ['eth.src', 'eth.dst'];
const IPS: HeaderField[] = ['ip.src', 'ip.dst'];
const dpdk = (name: string, reads: HeaderField[], value: (key: PolicyKey) => number) =>
  policy({
    id: `dpdk-bond:${name}`,
    description: `DPDK bonding, xmit policy ${name}: words XORed and folded`,
    reads,
    mixes: 'xor',
    parameters: { policy: name },
    value,
  });

const dpdkPolicies = [
  dpdk('l2', MACS, l2),
  dpdk('l23', [...MACS, ...IPS], l23),
  dpdk('l34', [...IPS, 'l4.srcport', 'l4.dstport'], l34),
];

export const dpdkFamily: PolicyFamily = {
  policies: dpdkPolicies,
  named: ({ name, fields: [first] }) => dpdkPolicies.find(({ id }) => id === `${name}:${first}`) ?? null,
};
