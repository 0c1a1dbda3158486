/**
 * In which order were the frames of a flow sent, by what numbers them: where TCP's sequence numbers are missing, the sequence numbers
 * of ESP, RTP and ICMP queries, or the IPv4 identification. Each port's order is exact whatever its clock, and numbers put frames of
 * different ports in order. What numbers a flow is not announced, so it must show: numbers rise on each port by itself.
 *
 * The identification may be one counter of a host for all its flows (then there are gaps that say nothing, and only the order of what
 * was seen counts), in either byte order, 0 (RFC 6864 4.1), or random.
 */

import type { FrameSample } from '../engine/pass.js';
import { ICMP, ICMPV6 } from './icmp.js';

export type Numbering = 'rtp.seq' | 'esp.sequence' | 'icmp.seq' | 'ip.id';
/** Why the IPv4 identification orders nothing. */
export type Unnumbered = 'none' | 'constant' | 'no-counter' | 'few' | 'not-sampled';

/** As OrderEvidence of verdict.ts: changes of port between successive numbers. */
export interface NumberedOrder {
  readonly by: Numbering;
  readonly pairs: number;
  readonly changes: number;
  readonly isTwice: boolean; // ports carried the same numbers: copies
  /** Numbers are those of the flow alone, or a port's follow each other at one distance: their low bits are turns, not a hash. */
  readonly countsFrames: boolean;
  readonly isWhole: boolean; // of all frames of the flow, not of the first ones alone
}

const [UDP, ESP] = [17, 50];
const FEWEST = 8; // comparisons
const RISING = 0.9; // of the comparisons on one port: the rest was overtaken before
const STEP = 1 / 8; // of all numbers: the largest step that can be told from one back
const DENSE = 0.8; // of the numbers between the first and the last: a counter of its own
const TWICE = 0.5; // of the frames of ports other than the main one
const MOSTLY = 0.8; // of the datagrams of an RTP session: others may share its ports (RFC 5761, RFC 7983)

/** @returns evidence, or why there is none */
export function orderByNumbers(sample: FrameSample, ipProto: number, ipVersion: number): NumberedOrder | Unnumbered {
  if (sample.count === 0) return 'not-sampled';
  const isWhole = !sample.isFull;
  const own = ownNumbers(sample, ipProto);
  if (own !== null) {
    const order = orderOf(own.port, own.values, own.bits);
    if (typeof order !== 'string') return { by: own.by, isWhole, ...order };
  }
  if (ipVersion !== 4) return 'none';
  // A counter whose octets are exchanged rises too, by 256: the order in which it takes smaller steps is its own.
  const ids = sample.values('ip.id');
  const exchanged = ids.map((id) => ((id & 0xff) << 8) | (id >>> 8));
  const order = orderOf(sample.port, rise(sample.port, ids) <= rise(sample.port, exchanged) ? ids : exchanged, 16);
  return typeof order === 'string' ? order : { by: 'ip.id', isWhole, ...order };
}

/** By how much 16-bit numbers rise in all, each port by itself. */
function rise(port: Uint8Array, values: Uint32Array): number {
  const last = new Map<number, number>();
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum += (values[i]! - (last.get(port[i]!) ?? values[i]!)) & 0xffff;
    last.set(port[i]!, values[i]!);
  }
  return sum;
}

function ownNumbers(
  sample: FrameSample,
  ipProto: number,
): { by: Numbering; port: Uint8Array; values: Uint32Array; bits: 16 | 32 } | null {
  const { port } = sample;
  if (ipProto === ESP) return { by: 'esp.sequence', port, values: sample.numbers(), bits: 32 };
  if (ipProto === ICMP || ipProto === ICMPV6) return { by: 'icmp.seq', port, values: sample.numbers(), bits: 16 };
  if (ipProto !== UDP) return null;
  // RFC 3550 5.1: version 2, and one payload type; padding, extension, sources and marker may change.
  const words = sample.numbers();
  const kindOf = (word: number) => ((word >>> 30) << 7) | ((word >>> 16) & 0x7f);
  const middle = kindOf(words[words.length >> 1]!);
  const isOfSession = (_: unknown, i: number) => kindOf(words[i]!) === middle;
  const values = words.filter(isOfSession).map((word) => word & 0xffff);
  if (middle >>> 7 !== 2 || values.length < MOSTLY * words.length) return null;
  return { by: 'rtp.seq', port: port.filter(isOfSession), values, bits: 16 };
}

interface Order {
  readonly pairs: number;
  readonly changes: number;
  readonly isTwice: boolean;
  readonly countsFrames: boolean;
}

function orderOf(port: Uint8Array, values: Uint32Array, bits: 16 | 32): Order | Unnumbered {
  const count = values.length;
  if (values.every((value) => value === values[0])) return 'constant';
  const numbers = unwrapped(values, bits);
  const last = new Map<number, number>();
  let [pairs, rising, holes, late] = [0, 0, 0, 0];
  const times = new Map<number, number>(); // by step
  for (let i = 0; i < count; i++) {
    const before = last.get(port[i]!);
    last.set(port[i]!, numbers[i]!);
    if (before === undefined) continue;
    const step = numbers[i]! - before;
    pairs++;
    times.set(step, (times.get(step) ?? 0) + 1);
    if (step > 0 && step < STEP * 2 ** bits) rising++;
    if (step > 1) holes++;
    else if (step < 0) late++;
  }
  if (pairs < FEWEST) return 'few';
  if (rising < RISING * pairs) return 'no-counter';

  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => numbers[a]! - numbers[b]!);
  const span = numbers[order.at(-1)!]! - numbers[order[0]!]! + 1;
  const distinct = new Set(numbers).size;
  const isTwice = count - distinct >= TWICE * (count - Math.max(...framesOn(port)));
  // Of a counter of its own every number is a frame, so what a port skips went elsewhere, was lost, or comes later.
  if (distinct >= DENSE * span) {
    return { pairs, changes: Math.max(0, holes - (span - distinct) - late), isTwice, countsFrames: true };
  }
  const together = whereSeveral(numbers, port, count);
  let [steps, changes] = [0, 0];
  for (let k = 1; k < order.length; k++) {
    const [a, b] = [order[k - 1]!, order[k]!];
    if (!together(numbers[a]!) || !together(numbers[b]!)) continue;
    steps++;
    if (port[a] !== port[b]) changes++;
  }
  const countsFrames = Math.max(...times.values()) >= MOSTLY * pairs;
  return steps < FEWEST ? 'few' : { pairs: steps, changes, isTwice, countsFrames };
}

function framesOn(port: Uint8Array): number[] {
  const frames = new Map<number, number>();
  for (const each of port) frames.set(each, (frames.get(each) ?? 0) + 1);
  return [...frames.values()];
}

/** Of a number that wraps the nearest to the one before, in order of time, is meant. */
function unwrapped(values: Uint32Array, bits: 16 | 32): Float64Array {
  const numbers = new Float64Array(values.length);
  for (let i = 1; i < values.length; i++) {
    const step = ((values[i]! - values[i - 1]!) << (32 - bits)) >> (32 - bits);
    numbers[i] = numbers[i - 1]! + step;
  }
  return numbers;
}

/**
 * Clocks that differ make a sample begin and end at another number on each port: only where two ports and more are sampled does their
 * order tell anything.
 */
function whereSeveral(numbers: Float64Array, port: Uint8Array, count: number): (number: number) => boolean {
  const ranges = new Map<number, { least: number; most: number }>();
  for (let i = 0; i < count; i++) {
    const range = ranges.get(port[i]!) ?? { least: numbers[i]!, most: numbers[i]! };
    ranges.set(port[i]!, { least: Math.min(range.least, numbers[i]!), most: Math.max(range.most, numbers[i]!) });
  }
  const all = [...ranges.values()];
  return (number) => all.filter(({ least, most }) => least <= number && number <= most).length >= 2;
}
