/**
 * Open vSwitch bonds hashed in user space (`ofproto/bond.c`, `lib/hash.h`, `lib/flow.c`): 256 buckets, each bound to a member when
 * it is first used and moved by rebalancing. With the kernel's datapath, balance-tcp hashes by a secret of the kernel instead.
 */

import { word32 } from './bytes.js';
import { crc32cStep } from './crc-codes.js';
import { type Policy, type PolicyFamily, type PolicyKey, policy } from './policy.js';

const BUCKETS = 256;
const [ICMP, TCP, UDP, ICMPV6, SCTP, FRAGMENT_HEADER] = [1, 6, 17, 58, 132, 44];
const WITH_PORTS = new Set([TCP, UDP, SCTP, ICMP, ICMPV6]);

/** How a build for a processor combines words. */
interface Build {
  readonly add: (hash: number, word: number) => number;
  readonly finish: (hash: number, final: number) => number;
  readonly finals: { readonly tcp: number; readonly slb: number };
}

const rotate = (word: number, by: number) => (word << by) | (word >>> (32 - by));

/** MurmurHash3, 32 bits: all processors without an instruction for CRCs. */
const murmur: Build = {
  add(hash, word) {
    const mixed = word === 0 ? hash : hash ^ Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
    return (Math.imul(rotate(mixed, 13), 5) + 0xe6546b64) | 0;
  },
  finish(hash, final) {
    let word = hash ^ final;
    word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    return (word ^ (word >>> 16)) >>> 0;
  },
  finals: { tcp: 42, slb: 8 },
};

const crcWord = (hash: number, word: number) => {
  let crc = hash;
  for (let shift = 0; shift < 32; shift += 8) crc = crc32cStep(crc, (word >>> shift) & 0xff);
  return crc;
};

/** x86-64 with SSE 4.2. */
const sse42: Build = {
  add: crcWord,
  finish(hash, final) {
    const product = Math.imul(crcWord(crcWord(hash, final), 0), 0x805204f3); // the upper half of it is dropped
    return (product ^ (product >>> 16)) >>> 0;
  },
  finals: { tcp: 42, slb: 23 },
};

const BUILDS: Readonly<Record<string, Build>> = { murmur, sse42 };

/** Source MAC address and output VLAN as one word of 64 bits, lower half first. */
function slb({ srcMac, vlan }: PolicyKey, { add, finish, finals }: Build, basis: number): number {
  const low = srcMac >>> 0;
  const high = (vlan << 16) | Math.floor(srcMac / 2 ** 32);
  return finish(add(add(basis, low), high), finals.slb);
}

/** Addresses, protocol and ports; of ARP its addresses and operation. */
function tcp(key: PolicyKey, { add, finish, finals }: Build, basis: number): number {
  const { details } = key;
  let hash = basis;
  const addresses = details?.arp ?? key;
  if (addresses.srcIp.length === 0) return finish(hash, finals.tcp);
  for (const address of [addresses.srcIp, addresses.dstIp]) {
    for (let at = 0; at < address.length; at += 4) hash = add(hash, word32(address, at));
  }
  const protocol = protocolOf(key);
  hash = add(hash, protocol);
  return finish(WITH_PORTS.has(protocol) ? add(hash, portWord(key)) : hash, finals.tcp);
}

/** The field that holds it: for ARP the operation, so that a request, 1, passes for ICMP and its absent ports count. */
function protocolOf({ srcIp, protocol, details }: PolicyKey): number {
  if (details?.arp) return details.arp.operation & 0xff;
  return details?.fragment === 'later' && srcIp.length === 16 ? FRAGMENT_HEADER : protocol;
}

/** Four bytes as a little-endian host reads them. */
function portWord({ protocol, srcPort, dstPort, details }: PolicyKey): number {
  if (details?.fragment === 'later' || details?.arp) return 0;
  const isIcmp = protocol === ICMP || protocol === ICMPV6;
  const [source, destination] = isIcmp ? [details?.icmp?.type ?? 0, details?.icmp?.code ?? 0] : [srcPort, dstPort];
  const swap16 = (word: number) => ((word & 0xff) << 8) | (word >>> 8);
  return swap16(source) | (swap16(destination) << 16);
}

function ovs(name: 'ovs-slb' | 'ovs-tcp', basis: string | null, build: string | null): Policy {
  const from = Number.parseInt(basis ?? '0', 16) | 0;
  const made = BUILDS[build ?? 'murmur'];
  const isSlb = name === 'ovs-slb';
  return policy({
    id: `${name}${basis === null ? '' : `;basis=${basis}`}${build === null ? '' : `;build=${build}`}`,
    description: `Open vSwitch, ${isSlb ? 'balance-slb: source MAC address and VLAN' : 'balance-tcp: addresses, protocol and ports'}, 256 buckets moved by rebalancing`,
    reads: isSlb ? ['eth.src', 'vlan.id'] : ['ip.src', 'ip.dst', 'ip.proto', 'l4.srcport', 'l4.dstport'],
    secret: 'table',
    parameters: { buckets: BUCKETS, basis: basis ?? '0', build: build ?? 'murmur' },
    buckets: BUCKETS,
    value: isSlb ? (key) => slb(key, made, from) : (key) => tcp(key, made, from),
  });
}

export const ovsFamily: PolicyFamily = {
  policies: (['ovs-tcp', 'ovs-slb'] as const).flatMap((name) => [ovs(name, null, null), ovs(name, null, 'sse42')]),
  named({ name, options }) {
    const [basis, build] = [options.get('basis') ?? null, options.get('build') ?? null];
    if (name !== 'ovs-slb' && name !== 'ovs-tcp') return null;
    if ((basis !== null && !/^[0-9a-f]{1,8}$/.test(basis)) || (build !== null && !(build in BUILDS))) return null;
    return ovs(name, basis, build);
  },
};
