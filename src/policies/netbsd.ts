/** NetBSD lagg(4) (`sys/net/lagg/if_lagg.c`, `sys/sys/hash.h`): three sums of bytes by powers of 257, one for each side and one for both. */

import { KeyBytes } from './bytes.js';
import { NO_VALUE, type Policy, type PolicyFamily, type PolicyKey, policy } from './policy.js';
import { inFrameOption, isInFrame, metadataTag, typeField, VLAN_TYPE } from './tags.js';

const [IPV4, IPV6] = [0x0800, 0x86dd];
const [TCP, UDP] = [6, 17];
const START = 5381;

const field = new KeyBytes();

/** Adds the bytes of one field. */
function mix(hash: number, { bytes, length }: KeyBytes): number {
  let sum = hash;
  for (let i = 0; i < length; i++) sum = (Math.imul(sum, 257) + bytes[i]) | 0;
  return Math.imul(sum, 257);
}

function mixMac(hash: number, mac: number): number {
  field.empty().pushMac(mac);
  return mix(hash, field);
}

function mixAddress(hash: number, address: Uint8Array): number {
  field.empty().pushAddress(address);
  return mix(hash, field);
}

function mix16(hash: number, word: number): number {
  field.empty().push16(word);
  return mix(hash, field);
}

function mix32(hash: number, word: number): number {
  field.empty().push32(word);
  return mix(hash, field);
}

function mixByte(hash: number, byte: number): number {
  field.empty().push8(byte);
  return mix(hash, field);
}

const littleEndian16 = (word: number) => ((word & 0xff) << 8) | (word >>> 8);

/** The tag is read whether the card kept it or not. */
function tagOf(key: PolicyKey, inFrame: boolean): number {
  const metadata = metadataTag(key, inFrame);
  if (metadata >= 0) return metadata;
  return typeField(key, inFrame) === VLAN_TYPE ? (key.details?.tags?.[0].tci ?? key.vlan) : 0;
}

/** What the frame carries, as far as it is looked into: one tag deep. */
function innerType(key: PolicyKey): number {
  const tags = key.details?.tags;
  if (tags === undefined || tags.length === 0) return key.etherType;
  if (tags[0].type !== VLAN_TYPE) return tags[0].type;
  return tags.length === 1 ? key.etherType : tags[1].type;
}

function formula(inFrame: boolean): (key: PolicyKey) => number {
  return (key) => {
    let source = mixMac(START, key.srcMac);
    let destination = mixMac(START, key.dstMac);
    let both = mix16(START, littleEndian16(tagOf(key, inFrame)));
    const type = innerType(key);
    if (type !== IPV4 && type !== IPV6) return both >>> 0; // the MAC addresses do not count then
    both = type === IPV4 ? mixByte(both, key.protocol) : mix32(both, key.flowLabel);
    source = mixAddress(source, key.srcIp);
    destination = mixAddress(destination, key.dstIp);
    if ((key.protocol === TCP || key.protocol === UDP) && key.details?.firstHeader === undefined) {
      const ports = portBytes(key);
      if (ports < 0) return NO_VALUE;
      source = mix16(source, ports >>> 16);
      destination = mix16(destination, ports & 0xffff);
    }
    return mix32(both, swapped(source ^ destination)) >>> 0;
  };
}

function swapped(word: number): number {
  return ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

/** Fragments are not looked for: what stands in the place of ports is taken for them. */
function portBytes({ srcPort, dstPort, details }: PolicyKey): number {
  if (details?.fragment !== 'later') return srcPort * 2 ** 16 + dstPort;
  const { afterIp } = details;
  if (!afterIp || afterIp.length < 4) return NO_VALUE;
  return ((afterIp[0] << 24) | (afterIp[1] << 16) | (afterIp[2] << 8) | afterIp[3]) >>> 0;
}

const netbsd = (inFrame: boolean): Policy =>
  policy({
    id: `netbsd-lagg${inFrameOption(inFrame)}`,
    description: 'NetBSD lagg: sums of bytes by powers of 257, one for each side',
    reads: ['eth.src', 'eth.dst', 'vlan.id', 'ip.src', 'ip.dst', 'ip.proto', 'l4.srcport', 'l4.dstport', 'ipv6.flow'],
    readsIpv6: ['eth.src', 'eth.dst', 'vlan.id', 'ip.src', 'ip.dst', 'l4.srcport', 'l4.dstport', 'ipv6.flow'],
    isCurrent: !inFrame,
    value: formula(inFrame),
  });

export const netbsdFamily: PolicyFamily = {
  policies: [netbsd(false)],
  named: ({ name, options }) => (name === 'netbsd-lagg' ? netbsd(isInFrame(options)) : null),
};
