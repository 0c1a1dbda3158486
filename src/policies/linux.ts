/**
 * Linux bonding, xmit_hash_policy: `drivers/net/bonding/bond_main.c`, `net/core/flow_dissector.c`; a little-endian host.
 * Distributions take single changes back, so that a version here stands for the changes up to it.
 */

import type { HeaderField } from '../document/schema.js';
import { ip32, macHigh, macLow, swap32 } from './bytes.js';
import { linuxBefore313 } from './linux-old.js';
import {
  type Icmp,
  type InnerPacket,
  NO_VALUE,
  type Policy,
  type PolicyFamily,
  type PolicyKey,
  type PolicySpec,
  policy,
} from './policy.js';
import { inFrameOption, isInFrame, metadataTag, typeField } from './tags.js';

const [IPV4, IPV6] = [0x0800, 0x86dd];
const [ICMP, ESP, AH, ICMPV6] = [1, 50, 51, 58];
const WITH_PORTS = new Set([6, 17, 33, 132, 136]); // TCP, UDP, DCCP, SCTP, UDP-Lite
const TUNNELS = new Set([4, 41, 47]); // IP-in-IP, 6in4, GRE

type Policies = 'layer2' | 'layer2+3' | 'layer3+4' | 'encap2+3' | 'encap3+4' | 'vlan+srcmac';

/** What changed from kernel to kernel. */
interface Era {
  readonly type: 'none' | 'little' | 'big'; // the EtherType in the value of layer2
  readonly icmp: 'none' | 'little' | 'number'; // its identifier in layer3+4, and the packets that errors quote
  readonly shifts: 'none' | 'all' | 'ports'; // policies that drop the lowest bit of the fold
}

const ERAS: Readonly<Record<string, Era>> = {
  '3.13': { type: 'none', icmp: 'none', shifts: 'none' },
  '3.17': { type: 'little', icmp: 'none', shifts: 'none' },
  '4.15': { type: 'little', icmp: 'none', shifts: 'all' },
  '5.5': { type: 'little', icmp: 'little', shifts: 'all' },
  '5.12': { type: 'little', icmp: 'number', shifts: 'all' },
  '5.15': { type: 'big', icmp: 'number', shifts: 'all' },
};
const CURRENT: Era = { type: 'big', icmp: 'number', shifts: 'ports' };

const swap16 = (word: number) => ((word & 0xff) << 8) | (word >>> 8);

/** Last bytes of both addresses and the EtherType, or the length of an 802.3 frame. */
function layer2(key: PolicyKey, { type }: Era, inFrame: boolean): number {
  const macs = (macLow(key.srcMac) ^ macLow(key.dstMac)) & 0xff;
  if (type === 'none') return macs;
  const field = typeField(key, inFrame);
  return macs ^ (type === 'big' ? field : swap16(field));
}

function fold(word: number): number {
  const half = word ^ (word >>> 16);
  return (half ^ (half >>> 8)) >>> 0;
}

const addresses = ({ srcIp, dstIp }: InnerPacket) => swap32(ip32(srcIp)) ^ swap32(ip32(dstIp));

/** Whether addresses are read; encapsulation policies look behind tags. */
function isIp(key: PolicyKey, inFrame: boolean, encapsulated: boolean): boolean {
  if (key.srcIp.length === 0) return false;
  if (encapsulated) return true;
  const type = typeField(key, inFrame);
  return type === IPV4 || type === IPV6;
}

/** The packet whose addresses count: what an ICMP error quotes, what a tunnel carries, else the packet. */
function counted(key: PolicyKey, { icmp }: Era, encapsulated: boolean): InnerPacket {
  if (encapsulated && key.inner && TUNNELS.has(key.protocol)) return key.inner;
  if (icmp !== 'none' && key.details?.icmp?.quoted && key.details.fragment === undefined)
    return key.details.icmp.quoted;
  return key;
}

/** ICMP and ICMPv6 types that have an identifier. */
function hasIdentifier(protocol: number, type: number): boolean {
  if (protocol === ICMPV6) return type === 128 || type === 129;
  return type === 8 || type === 0 || type === 13 || type === 14;
}

/** Type, code and identifier as one word, 0 where the type has none. */
function icmpWord(protocol: number, { type, code, identifier }: Icmp, era: Era): number {
  if (!hasIdentifier(protocol, type) || identifier === null) return 0;
  const id = (era.icmp === 'little' ? swap16(identifier) : identifier) || 1; // 1 stands for an identifier of 0
  return (type | (code << 8) | (id << 16)) >>> 0;
}

/** The word of ports, of an SPI, or of ICMP's identifier. */
function portWord(key: PolicyKey, packet: InnerPacket, era: Era): number {
  if (packet !== key) return swap32(((packet.srcPort << 16) | packet.dstPort) >>> 0);
  const { details } = key;
  const protocol = details?.firstHeader ?? key.protocol;
  if (WITH_PORTS.has(protocol) && details?.fragment === undefined) {
    return swap32(((key.srcPort << 16) | key.dstPort) >>> 0);
  }
  if (details === undefined || details.fragment !== undefined) return 0;
  if (protocol === ESP || protocol === AH) return swap32(details.spi ?? 0);
  if (details.icmp && (protocol === ICMP || protocol === ICMPV6) && era.icmp !== 'none') {
    return icmpWord(protocol, details.icmp, era);
  }
  return 0;
}

const isUnseenIcmp = ({ protocol, details }: PolicyKey, era: Era) =>
  era.icmp !== 'none' && (protocol === ICMP || protocol === ICMPV6) && !details?.icmp && !details?.fragment;

type Value = (key: PolicyKey) => number;

function layer23(era: Era, inFrame: boolean, encapsulated: boolean): Value {
  const shift = era.shifts === 'all' ? 1 : 0;
  return (key) => {
    const link = layer2(key, era, inFrame);
    if (!isIp(key, inFrame, encapsulated)) return link; // not folded
    return fold(link ^ addresses(counted(key, era, encapsulated))) >>> shift;
  };
}

function layer34(era: Era, inFrame: boolean, encapsulated: boolean): Value {
  const shift = era.shifts === 'none' ? 0 : 1;
  return (key) => {
    if (!isIp(key, inFrame, encapsulated)) return layer2(key, era, inFrame);
    if (isUnseenIcmp(key, era)) return NO_VALUE;
    const packet = counted(key, era, encapsulated);
    return fold(portWord(key, packet, era) ^ addresses(packet)) >>> shift;
  };
}

/** (mac >> 24) ^ (mac & 0xffffff) ^ tag. */
function vlanSrcMac(key: PolicyKey, inFrame: boolean): number {
  const [high, low] = [macHigh(key.srcMac), macLow(key.srcMac)];
  const tag = metadataTag(key, inFrame);
  return (((high << 8) | (low >>> 24)) ^ (low & 0xffffff) ^ (tag < 0 ? 0 : tag)) >>> 0;
}

function formula(name: Policies, era: Era, inFrame: boolean): Value {
  switch (name) {
    case 'layer2':
      return (key) => layer2(key, era, inFrame);
    case 'layer2+3':
      return layer23(era, inFrame, false);
    case 'encap2+3':
      return layer23(era, inFrame, true);
    case 'layer3+4':
      return layer34(era, inFrame, false);
    case 'encap3+4':
      return layer34(era, inFrame, true);
    case 'vlan+srcmac':
      return (key) => vlanSrcMac(key, inFrame);
  }
}

const MACS: HeaderField[] = ['eth.src', 'eth.dst', 'eth.type'];
const IPS: HeaderField[] = ['ip.src', 'ip.dst'];
const PORTS: HeaderField[] = ['l4.srcport', 'l4.dstport'];
const INNER_IPS: HeaderField[] = ['inner.ip.src', 'inner.ip.dst'];

const ABOUT: Readonly<Record<Policies, { reads: HeaderField[]; says: string }>> = {
  layer2: { reads: MACS, says: 'last bytes of both MAC addresses and the EtherType, XORed' },
  'layer2+3': { reads: [...MACS, ...IPS], says: 'the value of layer2 and both IP addresses, XORed and folded' },
  'layer3+4': { reads: [...IPS, ...PORTS], says: 'IP addresses and ports, XORed and folded, lowest bit dropped' },
  'encap2+3': {
    reads: [...MACS, ...IPS, ...INNER_IPS],
    says: 'layer2+3 of what tunnels carry',
  },
  'encap3+4': {
    reads: [...IPS, ...PORTS, ...INNER_IPS, 'inner.l4.srcport', 'inner.l4.dstport'],
    says: 'layer3+4 of what tunnels carry; connections of its own a sender may place by a random number each',
  },
  'vlan+srcmac': { reads: ['eth.src', 'vlan.id'], says: 'both halves of the source MAC address and the VLAN, XORed' },
};

/** What older kernels do in another way. */
const DIFFERENCES: Readonly<Record<string, string>> = {
  '3.13': 'kernels 3.13 to 3.16',
  '3.17': 'kernels 3.17 to 4.14',
  '4.15': 'kernels that drop the lowest bit of it',
  '5.5': 'kernels 5.5 to 5.11',
  '5.12': 'kernels 5.12 to 5.14',
  '5.15': 'kernels about 5.15',
};

/** The same on what is not in tunnels. */
const TWINS: Readonly<Partial<Record<Policies, string[]>>> = {
  'layer2+3': ['linux-encap2+3'],
  'layer3+4': ['linux-encap3+4'],
};

function linux(name: Policies, version: string | null, inFrame: boolean): Policy {
  const { reads, says } = ABOUT[name];
  const past = version === null ? '' : ` of ${DIFFERENCES[version]}`;
  return {
    ...policy({
      id: `linux-${name}${version === null ? '' : `@${version}`}${inFrameOption(inFrame)}`,
      description: `Linux bonding, xmit_hash_policy ${name}${past}: ${says}${inFrame ? '; VLAN tags in the frame' : ''}`,
      reads: version === '3.13' ? reads.filter((field) => field !== 'eth.type') : reads,
      mixes: 'xor',
      alsoKnownAs: version === null ? (TWINS[name] ?? []) : [],
      isCurrent: version === null && !inFrame,
      value: formula(name, version === null ? CURRENT : ERAS[version], inFrame),
    }),
  };
}

/** A number per connection, which Linux writes into IPv6 flow labels: encap3+4 for the sockets of the sender itself. */
const socketHash = policy({
  id: 'linux-socket-hash',
  description: 'Linux socket hash: a random number per connection, seen through the IPv6 flow label',
  reads: ['ipv6.flow'],
  secret: 'per-connection',
  value: ({ flowLabel }) => (flowLabel > 0 ? flowLabel >>> 8 : NO_VALUE),
});

const names = Object.keys(ABOUT) as Policies[];
const isPolicy = (name: string): name is Policies => names.includes(name as Policies);

export const linuxFamily: PolicyFamily = {
  policies: [
    ...names.map((name) => linux(name, null, false)),
    ...(['layer2', 'layer2+3', 'layer3+4'] as const).flatMap((name) => [
      ...Object.keys(ERAS).map((version) => linux(name, version, false)),
      linuxBefore313(name, false),
    ]),
    socketHash,
  ],
  named({ name, version, options }: PolicySpec) {
    if (name === 'linux-socket-hash') return socketHash;
    const own = name.replace(/^linux-/, '');
    if (own === name || !isPolicy(own)) return null;
    const inFrame = isInFrame(options);
    if (version === '3.12') {
      return own === 'layer2' || own === 'layer2+3' || own === 'layer3+4' ? linuxBefore313(own, inFrame) : null;
    }
    return version === null || version in ERAS ? linux(own, version, inFrame) : null;
  },
};
