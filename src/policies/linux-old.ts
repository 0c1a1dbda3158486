/** Linux bonding before 3.13, IPv6 as of 3.7: `bond_xmit_hash_policy_l2`, `_l23` and `_l34`; a little-endian host. */

import { ip32, macLow, word32 } from './bytes.js';
import { type Policy, type PolicyKey, policy } from './policy.js';
import { inFrameOption, typeField } from './tags.js';

const [IPV4, IPV6] = [0x0800, 0x86dd];
const [ESP, AH] = [50, 51];
const WITH_PORTS = new Set([6, 17, 33, 132, 136]);

const layer2 = (key: PolicyKey) => (macLow(key.srcMac) ^ macLow(key.dstMac)) & 0xff;

/** Both ports, or both halves of an SPI. */
function ports(key: PolicyKey): number {
  const { details } = key;
  const protocol = details?.firstHeader ?? key.protocol;
  if (details?.fragment !== undefined) return 0;
  if (WITH_PORTS.has(protocol)) return key.srcPort ^ key.dstPort;
  const spi = protocol === ESP || protocol === AH ? (details?.spi ?? 0) : 0;
  return (spi >>> 16) ^ (spi & 0xffff);
}

/** Words 1 to 3 of both addresses XORed as the host reads them, with what goes in before the fold; then all four bytes. */
function foldIpv6({ srcIp, dstIp }: PolicyKey, before: number): number {
  let word = before;
  for (let at = 4; at < 16; at += 4) word ^= word32(srcIp, at) ^ word32(dstIp, at);
  return (word ^ (word >>> 24) ^ (word >>> 16) ^ (word >>> 8)) >>> 0;
}

export function linuxBefore313(name: 'layer2' | 'layer2+3' | 'layer3+4', inFrame: boolean): Policy {
  const reads = ['eth.src', 'eth.dst', 'ip.src', 'ip.dst', 'l4.srcport', 'l4.dstport'] as const;
  const [from, to] = { layer2: [0, 2], 'layer2+3': [0, 4], 'layer3+4': [2, 6] }[name];
  const values = {
    layer2,
    'layer2+3': (key: PolicyKey) => {
      const type = typeField(key, inFrame);
      if (type === IPV4) return ((ip32(key.srcIp) ^ ip32(key.dstIp)) & 0xffff) ^ layer2(key);
      return type === IPV6 ? (foldIpv6(key, 0) ^ layer2(key)) >>> 0 : layer2(key);
    },
    'layer3+4': (key: PolicyKey) => {
      const type = typeField(key, inFrame);
      if (type === IPV4) return ((ip32(key.srcIp) ^ ip32(key.dstIp)) & 0xffff) ^ ports(key);
      return type === IPV6 ? foldIpv6(key, ports(key)) : layer2(key);
    },
  };
  return policy({
    id: `linux-${name}@3.12${inFrameOption(inFrame)}`,
    description: `Linux bonding, xmit_hash_policy ${name} of kernels before 3.13`,
    reads: reads.slice(from, to),
    mixes: 'xor',
    isCurrent: false,
    value: values[name],
  });
}
