/** Which fields a simulated sender reads, and how: the policies of inference.md A.2, with their weights. */

import type { HeaderField } from '../../src/document/schema.js';
import { bytesOf, type Header } from './headers.js';
import type { Random } from './random.js';

export type Mode = 'none' | 'src' | 'dst' | 'both' | 'sym' | 'xor';
type Single = 'eth.type' | 'vlan.id' | 'ip.proto' | 'ipv6.flow';

export interface FieldSet {
  readonly name: string;
  readonly mac: Mode;
  readonly ip: Mode;
  readonly port: Mode;
  readonly singles: readonly Single[];
}

type Pair = 'none' | 'src' | 'dst' | 'pair';
type Row = readonly [name: string, mac: Pair, ip: Pair, port: Pair, singles: readonly Single[], weight: number];

const POLICIES: readonly Row[] = [
  ['l2', 'pair', 'none', 'none', [], 0.12],
  ['l2+etype', 'pair', 'none', 'none', ['eth.type'], 0.03],
  ['l2+vlan', 'pair', 'none', 'none', ['vlan.id'], 0.03],
  ['l2+vlan+etype', 'pair', 'none', 'none', ['vlan.id', 'eth.type'], 0.02],
  ['src-mac', 'src', 'none', 'none', [], 0.03],
  ['dst-mac', 'dst', 'none', 'none', [], 0.03],
  ['src-mac+vlan', 'src', 'none', 'none', ['vlan.id'], 0.015],
  ['l2+l3', 'pair', 'pair', 'none', [], 0.08],
  ['l2+l3+etype', 'pair', 'pair', 'none', ['eth.type'], 0.03],
  ['l2+l3+vlan', 'pair', 'pair', 'none', ['vlan.id'], 0.015],
  ['l3', 'none', 'pair', 'none', [], 0.14],
  ['l3+proto', 'none', 'pair', 'none', ['ip.proto'], 0.01],
  ['src-ip', 'none', 'src', 'none', [], 0.03],
  ['dst-ip', 'none', 'dst', 'none', [], 0.03],
  ['l3+l4', 'none', 'pair', 'pair', [], 0.12],
  ['l3+l4+proto', 'none', 'pair', 'pair', ['ip.proto'], 0.09],
  ['l4', 'none', 'none', 'pair', [], 0.02],
  ['src-port', 'none', 'none', 'src', [], 0.01],
  ['dst-port', 'none', 'none', 'dst', [], 0.01],
  ['l2+l3+l4', 'pair', 'pair', 'pair', [], 0.02],
  ['l2+l3+l4+proto+vlan', 'pair', 'pair', 'pair', ['vlan.id', 'ip.proto'], 0.02],
  ['l2+l3+l4+proto+vlan+etype', 'pair', 'pair', 'pair', ['eth.type', 'vlan.id', 'ip.proto'], 0.01],
  ['l3+flowlabel', 'none', 'pair', 'none', ['ipv6.flow'], 0.01],
  ['l3+l4+proto+flowlabel', 'none', 'pair', 'pair', ['ip.proto', 'ipv6.flow'], 0.01],
];

const PAIR_MODES: readonly (readonly [Mode, number])[] = [
  ['both', 0.6],
  ['xor', 0.25],
  ['sym', 0.15],
];

/** @param flat every policy as often as any other, whatever the prior of the inference says. */
export function drawFieldSet(random: Random, flat: boolean): FieldSet {
  const [name, mac, ip, port, singles] = random.weighted(POLICIES.map((row) => [row, flat ? 1 : row[5]]));
  const pairs = random.weighted(PAIR_MODES);
  const mode = (pair: Pair): Mode => (pair === 'pair' ? pairs : pair);
  return { name, mac: mode(mac), ip: mode(ip), port: mode(port), singles };
}

export function fieldsOf({ mac, ip, port, singles }: FieldSet): Set<HeaderField> {
  const pair = (mode: Mode, src: HeaderField, dst: HeaderField): HeaderField[] => [
    ...(mode !== 'none' && mode !== 'dst' ? [src] : []),
    ...(mode !== 'none' && mode !== 'src' ? [dst] : []),
  ];
  return new Set([
    ...pair(mac, 'eth.src', 'eth.dst'),
    ...pair(ip, 'ip.src', 'ip.dst'),
    ...pair(port, 'l4.srcport', 'l4.dstport'),
    ...singles,
  ]);
}

/** What the sender reads, a piece for each value it sees, on the wire's byte order. */
export function piecesOf(header: Header, { mac, ip, port, singles }: FieldSet): number[][] {
  const single: Record<Single, () => number[]> = {
    'eth.type': () => bytesOf.be16(header.etherType),
    'vlan.id': () => bytesOf.be16(header.vlan),
    'ip.proto': () => [header.protocol],
    'ipv6.flow': () => bytesOf.be32(header.flowLabel),
  };
  return [
    ...combined(mac, bytesOf.mac(header.srcMac), bytesOf.mac(header.dstMac)),
    ...combined(ip, [...header.srcIp], [...header.dstIp]),
    ...combined(port, bytesOf.be16(header.srcPort), bytesOf.be16(header.dstPort)),
    ...singles.map((field) => single[field]()),
  ];
}

function combined(mode: Mode, src: number[], dst: number[]): number[][] {
  switch (mode) {
    case 'none':
      return [];
    case 'src':
      return [src];
    case 'dst':
      return [dst];
    case 'both':
      return [src, dst];
    case 'xor':
      return [src.map((byte, i) => byte ^ dst[i])];
    case 'sym':
      return isLess(dst, src) ? [dst, src] : [src, dst];
  }
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at >= 0 && a[at] < b[at];
}

/** A piece as one word: its last four bytes. */
export const lowWord = (piece: readonly number[]) => piece.reduce((word, byte) => ((word << 8) | byte) >>> 0, 0);

/** A piece as one word: the XOR of its words, as devices fold an IPv6 address. */
export function foldedWord(piece: readonly number[]): number {
  const first = piece.length % 4;
  let word = lowWord(piece.slice(0, first));
  for (let at = first; at < piece.length; at += 4) word ^= lowWord(piece.slice(at, at + 4));
  return word >>> 0;
}
