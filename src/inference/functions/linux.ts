/**
 * Linux bonding, xmit_hash_policy. `drivers/net/bonding/bond_main.c`; a little-endian host.
 * Fragments, and ICMP identifiers under layer3+4, are hashed otherwise: such frames make no rows here.
 */

import { NO_IP } from '../../flows/rows.js';
import { ETYPE, indexOf, NONE, SRC, VLAN, XOR } from '../fields/hypotheses.js';
import { type HeaderKey, ip32, type LibraryFunction, macHigh, macLow, swap32 } from './function.js';

const layer2 = (key: HeaderKey) => ((macLow(key.srcMac) ^ macLow(key.dstMac)) & 0xff) ^ key.etherType;

function fold(word: number): number {
  const half = word ^ (word >>> 16);
  return (half ^ (half >>> 8)) >>> 0;
}

const addresses = (key: HeaderKey) => swap32(ip32(key.srcIp)) ^ swap32(ip32(key.dstIp));

function layer23(key: HeaderKey): number {
  if (key.kind === NO_IP || key.srcIp.length === 0) return layer2(key); // not folded
  return fold(layer2(key) ^ addresses(key));
}

const layer34 = (key: HeaderKey) => fold(swap32(((key.srcPort << 16) | key.dstPort) >>> 0) ^ addresses(key));

/** (mac >> 24) ^ (mac & 0xffffff) ^ VLAN. */
const vlanSrcMac = ({ srcMac, vlan }: HeaderKey) =>
  (((macHigh(srcMac) << 8) | (macLow(srcMac) >>> 24)) ^ (macLow(srcMac) & 0xffffff) ^ vlan) >>> 0;

export const linuxFunctions: readonly LibraryFunction[] = [
  {
    id: 'linux-layer2',
    description: 'Linux bonding, xmit_hash_policy layer2: last bytes of both MAC addresses and the EtherType, XORed',
    hypothesis: indexOf({ mac: XOR, ip: NONE, port: NONE, singles: ETYPE }),
    parameters: {},
    twins: [],
    value: layer2,
  },
  {
    id: 'linux-layer2+3',
    description:
      'Linux bonding, xmit_hash_policy layer2+3: the value of layer2 and both IP addresses, XORed and folded',
    hypothesis: indexOf({ mac: XOR, ip: XOR, port: NONE, singles: ETYPE }),
    parameters: {},
    twins: ['linux-encap2+3'],
    value: layer23,
  },
  {
    id: 'linux-layer2+3@4.15',
    description: 'Linux bonding, xmit_hash_policy layer2+3 of kernels that drop the lowest bit of it',
    hypothesis: indexOf({ mac: XOR, ip: XOR, port: NONE, singles: ETYPE }),
    parameters: {},
    twins: [],
    value: (key) => (key.kind === NO_IP || key.srcIp.length === 0 ? layer2(key) : layer23(key) >>> 1),
  },
  {
    id: 'linux-layer3+4',
    description:
      'Linux bonding, xmit_hash_policy layer3+4: IP addresses and ports, XORed and folded, lowest bit dropped',
    hypothesis: indexOf({ mac: NONE, ip: XOR, port: XOR, singles: 0 }),
    parameters: {},
    twins: ['linux-encap3+4'],
    value: (key) => layer34(key) >>> 1,
  },
  {
    id: 'linux-layer3+4@3.17',
    description: 'Linux bonding, xmit_hash_policy layer3+4 before Linux 4.15: IP addresses and ports, XORed and folded',
    hypothesis: indexOf({ mac: NONE, ip: XOR, port: XOR, singles: 0 }),
    parameters: {},
    twins: [],
    value: layer34,
  },
  {
    id: 'linux-vlan+srcmac',
    description:
      'Linux bonding, xmit_hash_policy vlan+srcmac: both halves of the source MAC address and the VLAN, XORed',
    hypothesis: indexOf({ mac: SRC, ip: NONE, port: NONE, singles: VLAN }),
    parameters: {},
    twins: [],
    value: vlanSrcMac,
  },
];
