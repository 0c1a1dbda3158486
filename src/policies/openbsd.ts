/** OpenBSD trunk(4) where the stack set no flow id: SipHash-2-4 of addresses under a random key. Ports do not count. */

import { KeyBytes } from './bytes.js';
import { type Policy, type PolicyFamily, type PolicyKey, policy } from './policy.js';
import { inFrameOption, isInFrame, metadataTag, typeField, VLAN_TYPE } from './tags.js';

const [IPV4, IPV6] = [0x0800, 0x86dd];
const MASK = 0xffff_ffff_ffff_ffffn;
const rotate = (word: bigint, by: bigint) => ((word << by) | (word >> (64n - by))) & MASK;

/**
 * Aumasson and Bernstein, SipHash: a fast short-input PRF (2012): two rounds a word, four at the end.
 * @param key 16 bytes
 * @returns the lower 32 bits
 */
export function sipHash24(key: Uint8Array, bytes: Uint8Array): number {
  const little = (source: Uint8Array, at: number, length: number) => {
    let word = 0n;
    for (let i = length - 1; i >= 0; i--) word = (word << 8n) | BigInt(source[at + i]);
    return word;
  };
  const [k0, k1] = [little(key, 0, 8), little(key, 8, 8)];
  let v0 = k0 ^ 0x736f6d6570736575n;
  let v1 = k1 ^ 0x646f72616e646f6dn;
  let v2 = k0 ^ 0x6c7967656e657261n;
  let v3 = k1 ^ 0x7465646279746573n;
  const rounds = (count: number) => {
    for (let i = 0; i < count; i++) {
      v0 = (v0 + v1) & MASK;
      v2 = (v2 + v3) & MASK;
      v1 = rotate(v1, 13n) ^ v0;
      v3 = rotate(v3, 16n) ^ v2;
      v0 = rotate(v0, 32n);
      v2 = (v2 + v1) & MASK;
      v0 = (v0 + v3) & MASK;
      v1 = rotate(v1, 17n) ^ v2;
      v3 = rotate(v3, 21n) ^ v0;
      v2 = rotate(v2, 32n);
    }
  };
  const whole = bytes.length & ~7;
  for (let at = 0; at <= whole; at += 8) {
    const isLast = at === whole;
    const word = isLast
      ? little(bytes, at, bytes.length - whole) | (BigInt(bytes.length & 0xff) << 56n)
      : little(bytes, at, 8);
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  }
  v2 ^= 0xffn;
  rounds(4);
  return Number((v0 ^ v1 ^ v2 ^ v3) & 0xffff_ffffn);
}

const read = new KeyBytes();

/** A tag in the frame is masked before its bytes are swapped: the priority stays, of the id the lower byte loses its upper half. */
function pushTag(key: PolicyKey, inFrame: boolean): void {
  const metadata = metadataTag(key, inFrame);
  if (metadata >= 0) {
    read.push8(metadata);
    read.push8((metadata >>> 8) & 0x0f);
  } else if (typeField(key, inFrame) === VLAN_TYPE) {
    const tag = key.details?.tags?.[0].tci ?? key.vlan;
    read.push8(tag >>> 8);
    read.push8(tag & 0x0f);
  }
}

/** Tags beyond one hide what is behind them. */
function innerType(key: PolicyKey, inFrame: boolean): number {
  const type = typeField(key, inFrame);
  if (type !== VLAN_TYPE || metadataTag(key, inFrame) >= 0) return type;
  const tags = key.details?.tags;
  return tags !== undefined && tags.length > 1 ? tags[1].type : key.etherType;
}

function openbsd(key: string | null, inFrame: boolean): Policy {
  const secret = Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(key?.slice(i * 2, i * 2 + 2) ?? '0', 16));
  return policy({
    id: `openbsd-trunk${key === null ? '' : `;key=${key}`}${inFrameOption(inFrame)}`,
    description: 'OpenBSD trunk: SipHash of addresses under a random key',
    reads: ['eth.src', 'eth.dst', 'vlan.id', 'ip.src', 'ip.dst', 'ipv6.flow'],
    secret: key === null ? 'seed' : 'none',
    isCurrent: !inFrame,
    value: (packet) => {
      read.empty();
      read.pushMac(packet.srcMac);
      read.pushMac(packet.dstMac);
      pushTag(packet, inFrame);
      const type = innerType(packet, inFrame);
      if (type === IPV4 || type === IPV6) {
        read.pushAddress(packet.srcIp);
        read.pushAddress(packet.dstIp);
        if (type === IPV6) read.push32(packet.flowLabel);
      }
      return sipHash24(secret, read.bytes.subarray(0, read.length));
    },
  });
}

export const openbsdFamily: PolicyFamily = {
  policies: [openbsd(null, false)],
  named({ name, options }) {
    const key = options.get('key') ?? null;
    if (name !== 'openbsd-trunk' || (key !== null && !/^[0-9a-f]{32}$/.test(key))) return null;
    return openbsd(key, isInFrame(options));
  },
};
