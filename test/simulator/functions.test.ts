/** The simulator's own hash functions, against published check values and against what upstream source computes. */

import { describe, expect, it } from 'vitest';
import { noVectors, readShared, vectorsTitle } from '../helpers/vectors.js';
import { ciscoValue, METHODS } from './functions/cisco.js';
import { CRC_CHECKS, crc } from './functions/crc.js';
import { fnvHash, times33Hash } from './functions/freebsd.js';
import { LINUX_ERAS, linuxHash } from './functions/linux.js';
import { teamdHash } from './functions/teamd.js';
import { toeplitz } from './functions/toeplitz.js';
import { type Header, IPV6 } from './headers.js';

describe('published check values', () => {
  it('of the CRCs', () => {
    const check = [...'123456789'].map((digit) => digit.charCodeAt(0));
    const values = Object.fromEntries(CRC_CHECKS.map((variant) => [variant.name, crc(check, variant).toString(16)]));
    expect(values).toEqual({
      'CRC-32': 'cbf43926',
      'CRC-32C': 'e3069283',
      'CRC-16/CCITT': '29b1',
      'CRC-16/ARC': 'bb3d',
    });
  });

  it('of the Toeplitz hash', () => {
    const addresses = [66, 9, 149, 187, 161, 142, 100, 80];
    const ports = [2794 >> 8, 2794 & 255, 1766 >> 8, 1766 & 255];
    expect(toeplitz(addresses).toString(16)).toBe('323e8fc2');
    expect(toeplitz([...addresses, ...ports]).toString(16)).toBe('51ccc178');
  });
});

interface VectorSet {
  readonly policy: string;
  readonly params: Record<string, string>;
  readonly vectors: { frame: string; hash: string | null }[];
}
type Hash = (header: Header) => number;

/** TCP and UDP as hosts send them; of fragments, options and other protocols the simulator has none. */
const FRAMES = ['a-tcp4', 'a-tcp4-rev', 'a-tcp4-sport2', 'a-udp4', 'a-tcp6', 'a-udp6', 'a-vlan-tcp4'];

/** Of a frame of TCP or UDP without options or extensions; with the priority in the tag, which the simulator's flows have not. */
function headerOf(hex: string): Header {
  const bytes = Uint8Array.from(hex.match(/../g)!, (byte) => Number.parseInt(byte, 16));
  const view = new DataView(bytes.buffer);
  const mac = (at: number) => view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
  const isTagged = view.getUint16(12) === 0x8100;
  const ip = isTagged ? 18 : 14;
  const etherType = view.getUint16(ip - 2);
  const [length, first, payload] = etherType === IPV6 ? [16, ip + 8, ip + 40] : [4, ip + 12, ip + 20];
  return {
    dstMac: mac(0),
    srcMac: mac(6),
    etherType,
    vlan: isTagged ? view.getUint16(14) : 0,
    srcIp: bytes.slice(first, first + length),
    dstIp: bytes.slice(first + length, first + 2 * length),
    protocol: bytes[etherType === IPV6 ? ip + 6 : ip + 9],
    srcPort: view.getUint16(payload),
    dstPort: view.getUint16(payload + 2),
    flowLabel: etherType === IPV6 ? view.getUint32(ip) & 0xfffff : 0,
    inner: null,
  };
}

/** Ours of a set, null where we have none. */
function ours({ policy, params }: VectorSet): Hash | null {
  if (`${params.vlan_offload}` === 'false') return null; // here a host's tag is metadata
  const flags = (params.flags ?? '').split(',');
  const layers = { l2: flags.includes('l2'), l3: flags.includes('l3'), l4: flags.includes('l4') };
  const parts = (params.tx_hash ?? '')
    .split(',')
    .flatMap((part) => (part === 'ipv6' ? [] : part === 'ipv4' ? ['l3'] : [part]));
  const era = LINUX_ERAS.find(({ name }) => name === (policy === 'linux-bond-old' ? 'before 3.13' : params.era));
  switch (policy) {
    case 'linux-bond':
    case 'linux-bond-old':
      return era ? (header) => linuxHash(header, params.policy as Parameters<typeof linuxHash>[1], era) : null;
    case 'freebsd9-lagg':
      return (header) => times33Hash(header, layers, Number.parseInt(params.key, 16));
    case 'freebsd-lagg':
      return (header) => fnvHash(header, layers, Number.parseInt(params.key, 16));
    case 'teamd':
      return parts.every((part) => ['eth', 'vlan', 'l3', 'l4'].includes(part))
        ? (header) => teamdHash(header, parts)
        : null;
    case 'cisco-xor8':
      return (header) => ciscoValue(header, METHODS.find(({ name }) => name === params.kind)!);
    default:
      return null;
  }
}

describe.skipIf(noVectors)(vectorsTitle('hashes as upstream source computes them'), () => {
  const { frames = [], sets = [] } = noVectors ? {} : readShared('reference/hash-vectors.json');
  const headers = new Map(
    (frames as { id: string; hex: string }[]).flatMap(({ id, hex }) =>
      FRAMES.includes(id) ? [[id, headerOf(hex)]] : [],
    ),
  );
  const known = (sets as VectorSet[]).flatMap((set) => {
    const hash = ours(set);
    return hash ? [{ name: `${set.policy} ${JSON.stringify(set.params)}`, hash, set }] : [];
  });

  it('covers the families', () => {
    expect(new Set(known.map(({ set }) => set.policy)).size).toBe(noVectors ? 0 : 6);
  });

  it.each(known)('$name', ({ hash, set }) => {
    for (const { frame, hash: wanted } of set.vectors) {
      if (!FRAMES.includes(frame) || wanted === null) continue;
      expect((hash(headers.get(frame)!) >>> 0).toString(16), frame).toBe(wanted);
    }
  });
});
