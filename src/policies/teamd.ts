/**
 * libteam, runners lacp and loadbalance: XOR of all bytes of the fields in tx_hash, eight bits (`teamd_bpf_chef.c`,
 * `teamd_hash_func.c`). Of IPv6 only the destination port counts: the program overwrites the source port before using it.
 */

import type { HeaderField } from '../document/schema.js';
import { ip32, macByteXor, xorBytes } from './bytes.js';
import { type Policy, type PolicyFamily, type PolicyKey, policy } from './policy.js';
import { inFrameOption, isInFrame, metadataTag, typeField, VLAN_TYPE } from './tags.js';

const [TCP, UDP, SCTP] = [6, 17, 132];
const WORDS: Readonly<Record<string, readonly string[]>> = {
  ip: ['ipv4', 'ipv6'],
  l3: ['ipv4', 'ipv6'],
  l4: ['tcp', 'udp', 'sctp'],
};
const FIELDS = ['eth', 'vlan', 'ipv4', 'ipv6', 'tcp', 'udp', 'sctp'];

interface TxHash {
  readonly eth: boolean;
  readonly vlan: boolean;
  readonly ipv4: boolean;
  readonly ipv6: boolean;
  readonly protocols: readonly number[];
}

/** Two bytes: of a tag in the frame its id, of one the card keeps all sixteen bits. */
function vlanByte(key: PolicyKey, inFrame: boolean): number {
  const tag = metadataTag(key, inFrame);
  if (tag >= 0) return xorBytes(tag);
  if (typeField(key, inFrame) !== VLAN_TYPE) return 0;
  return xorBytes((key.details?.tags?.[0].tci ?? key.vlan) & 0xfff);
}

/** The program looks behind one 802.1Q tag. */
function seesIp(key: PolicyKey, inFrame: boolean): boolean {
  if (key.srcIp.length === 0) return false;
  const left = (key.details?.tags?.length ?? (key.vlan > 0 ? 1 : 0)) - (metadataTag(key, inFrame) >= 0 ? 1 : 0);
  return left === 0 || (left === 1 && typeField(key, inFrame) === VLAN_TYPE);
}

function portByte({ srcIp, protocol, srcPort, dstPort, details }: PolicyKey, protocols: readonly number[]): number {
  if (!protocols.includes(protocol) || details?.fragment === 'later' || details?.firstHeader !== undefined) return 0;
  return xorBytes(srcIp.length === 16 ? dstPort : srcPort ^ dstPort);
}

function formula({ eth, vlan, ipv4, ipv6, protocols }: TxHash, inFrame: boolean): (key: PolicyKey) => number {
  return (key) => {
    let value = 0;
    if (eth) value = macByteXor(key.srcMac) ^ macByteXor(key.dstMac);
    if (vlan) value ^= vlanByte(key, inFrame);
    if (!seesIp(key, inFrame)) return value;
    if (key.srcIp.length === 4 ? ipv4 : ipv6) value ^= xorBytes(ip32(key.srcIp) ^ ip32(key.dstIp));
    return protocols.length > 0 ? value ^ portByte(key, protocols) : value;
  };
}

function teamd(words: readonly string[], inFrame: boolean): Policy {
  const fields = new Set(words.flatMap((word) => WORDS[word] ?? [word]));
  const protocols = [
    ...(fields.has('tcp') ? [TCP] : []),
    ...(fields.has('udp') ? [UDP] : []),
    ...(fields.has('sctp') ? [SCTP] : []),
  ];
  const [ipv4, ipv6] = [fields.has('ipv4'), fields.has('ipv6')];
  const reads: HeaderField[] = [
    ...(fields.has('eth') ? (['eth.src', 'eth.dst'] as const) : []),
    ...(fields.has('vlan') ? (['vlan.id'] as const) : []),
    ...(ipv4 || ipv6 ? (['ip.src', 'ip.dst'] as const) : []),
    ...(protocols.length > 0 ? (['l4.srcport', 'l4.dstport'] as const) : []),
  ];
  const name = words.join(',');
  return policy({
    id: `teamd:${name}${inFrameOption(inFrame)}`,
    description: `libteam (teamd), tx_hash ${name}: XOR of all bytes`,
    reads,
    readsIpv6: protocols.length > 0 ? reads.filter((field) => field !== 'l4.srcport') : null,
    mixes: 'xor',
    parameters: { fields: name },
    isCurrent: !inFrame,
    value: formula({ eth: fields.has('eth'), vlan: fields.has('vlan'), ipv4, ipv6, protocols }, inFrame),
  });
}

/** One word for each field that occurs: the default first. */
const USUAL = ['eth,l3', 'eth', 'l3', 'l4', 'l3,l4', 'eth,l3,l4', 'eth,vlan', 'eth,vlan,l3,l4'];

export const teamdFamily: PolicyFamily = {
  policies: USUAL.map((words) => teamd(words.split(','), false)),
  named({ name, fields, options }) {
    if (name !== 'teamd') return null;
    const words = fields.length > 0 ? fields : ['eth', 'l3'];
    return words.every((word) => word in WORDS || FIELDS.includes(word)) ? teamd(words, isInFrame(options)) : null;
  },
};
