/** Whether the function that was named is the one that chose the ports. */

import type { HashInference } from '../../src/inference/infer.js';
import { row } from '../unit/inference/rows.js';
import type { Header } from './headers.js';
import { Random } from './random.js';
import type { Scenario } from './scenario.js';
import { inside } from './tunnels.js';

/**
 * `right`: the same buckets for any headers. `among`: not the one named first, but one that is said to fit as well is.
 * `here`: the same for all values of the bits that varied, the others being what they were.
 */
export type Naming = 'right' | 'among' | 'here' | 'wrong' | 'none';

/** By what it does, whatever it is called; but for what is only described, and for secret keys, which no capture gives away whole. */
export function namingOf(scenario: Scenario, inferred: HashInference): Naming {
  const { sender } = scenario;
  if (inferred.function === null) return 'none';
  const { id, alternatives, portOrder } = inferred.function;
  if (id === 'affine') return sender.affine ? 'right' : 'wrong';
  if (id === 'parity-table') return sender.affine || sender.parities ? 'right' : 'wrong';
  const areSame = (headers: readonly Header[]) => {
    const meant = headers.map((header) => sender.bucket(header));
    const read = headers.map((header) => row(inferred.functionView === 'outer' ? header : inside(header)));
    return inferred.functionMembers.map((member) => {
      const buckets = read.map((key) => member.value(key) % portOrder.length);
      return fixes(buckets, meant) && (portOrder.length > scenario.ports || fixes(meant, buckets));
    });
  };
  const everywhere = areSame(probes(scenario.headers, ALL_BITS));
  if (everywhere[0] || id === sender.knownAs) return 'right';
  if (everywhere.includes(true) || alternatives.includes(sender.knownAs ?? '')) return 'among';
  return areSame(probes(scenario.headers, bitsThatVary))[0] ? 'here' : 'wrong';
}

/** Each value of the one goes with one value of the other only. */
function fixes(a: readonly number[], b: readonly number[]): boolean {
  const known = new Map<number, number>();
  return a.every((value, i) => {
    if (!known.has(value)) known.set(value, b[i]);
    return known.get(value) === b[i];
  });
}

const PROBES = 400;
type Mask = (values: readonly number[]) => number;
const ALL_BITS: Mask = () => 0xffff;
const bitsThatVary: Mask = (values) => values.reduce((bits, value) => bits | (value ^ values[0]), 0);

/**
 * Headers with those bits of addresses and ports drawn; single fields and families as they were seen. Of a sender that
 * sorts a pair only the orders that were seen.
 */
function probes(headers: readonly Header[], mask: Mask): Header[] {
  const random = new Random(1);
  const drawn = (like: number, bits: number) => (like & ~bits) | (random.below(2 ** 16) & bits);
  const mac = (of: (header: Header) => number) => {
    const words = [2 ** 32, 2 ** 16, 1].map((unit) => ({
      unit,
      bits: mask(headers.map((header) => Math.floor(of(header) / unit) % 2 ** 16)),
    }));
    return (like: Header) =>
      words.reduce((sum, { unit, bits }) => sum + drawn(Math.floor(of(like) / unit) % 2 ** 16, bits) * unit, 0);
  };
  const ip = (of: (header: Header) => Uint8Array) => {
    const bits = (length: number) => {
      const alike = headers.map(of).filter((address) => address.length === length);
      return Array.from({ length }, (_, at) => mask(alike.map((address) => address[at])));
    };
    const byLength = new Map([4, 16].map((length) => [length, bits(length)]));
    return (like: Header) => of(like).map((byte, at) => drawn(byte, byLength.get(of(like).length)![at] & 255));
  };
  const port = (of: (header: Header) => number) => {
    const bits = mask(headers.map(of));
    return (like: Header) => drawn(of(like), bits);
  };
  const [srcMac, dstMac] = [mac((header) => header.srcMac), mac((header) => header.dstMac)];
  const [srcIp, dstIp] = [ip((header) => header.srcIp), ip((header) => header.dstIp)];
  const [srcPort, dstPort] = [port((header) => header.srcPort), port((header) => header.dstPort)];
  const drawOne = (): Header => {
    const like = random.pick(headers);
    return {
      ...like,
      srcMac: srcMac(like),
      dstMac: dstMac(like),
      srcIp: srcIp(like),
      dstIp: dstIp(like),
      srcPort: srcPort(like),
      dstPort: dstPort(like),
    };
  };
  const order = ({ srcMac, dstMac, srcIp, dstIp, srcPort, dstPort }: Header) =>
    `${srcMac < dstMac} ${Buffer.compare(srcIp, dstIp)} ${srcPort < dstPort}`;
  const orders = mask === ALL_BITS ? null : new Set(headers.map(order));
  return Array.from({ length: PROBES }, drawOne).filter((probe) => orders === null || orders.has(order(probe)));
}
