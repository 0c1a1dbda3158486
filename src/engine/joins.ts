/** Questions about all flows together: which of them agree in some fields, which differ in one alone, which answer which. */
import type { Core } from './core.js';
import { ANSWER, GROUP, PAIRS } from './layout.js';

/** Flows that agree in some header fields, numbered in order of their first flow. To be read before the next question. */
export interface Groups {
  readonly count: number;
  first(group: number): number;
  flows(group: number): number;
  ports(group: number): number; // one bit per port that marks name
  sum(group: number): number; // of octets or frames
}

/** Two flows that differ in one field only, on two ports. */
export interface PairsOfFlows {
  readonly differing: number; // flows that differ from the first of their group
  readonly moved: number; // of those, on another port
  readonly examples: readonly { readonly a: number; readonly b: number }[]; // the first three
}

/** Connections by their two directions: addresses, protocol, VLAN and ports agree, MACs need not. */
export interface Connections {
  readonly biflows: number; // ingress flows on one port whose answer is on one port
  readonly split: number; // of those, on two different ones
  readonly examples: readonly { readonly flow: number; readonly out: number }[]; // the first ten of these
  readonly answered: number; // TCP flows beyond the first of their connection
  readonly oneSided: number; // connections of one TCP flow that talks
}

/** Bits of a mark, by flow. The port stands in the lower four. */
export const MARKED = 128;
export const MARK_PORT = 15;
export const MARK_TELLING = 16; // may be one of a pair
export const MARK_ONE_PORT = 16; // connections: all of it was on the port
export const MARK_TALKS = 32; // connections: long enough to be answered
export const MARK_TCP = 64;

/** How to compare, beside the bits of FIELD_ORDER. */
export const JOIN_UNORDERED = 1 << 18; // whichever end is which
export const JOIN_SUM_FRAMES = 1 << 19; // else octets

/**
 * Questions about all flows together. Who asks writes a mark for each flow that takes part, and names the fields to compare by
 * their bits in FIELD_ORDER. The engine looks at its rows in place: nothing is kept per flow.
 */
export interface Joins {
  readonly marks: Uint8Array; // by flow
  /** Has all marks written, unless they are still those that were last written `as` the same object. */
  mark(write: (marks: Uint8Array) => void, as?: object): void;
  groups(fields: number): Groups;
  /** After `groups`: the marks of its flows become MARKED plus 1, 2 … for those of the listed groups, and MARKED for the others. */
  label(groups: readonly number[]): void;
  /** Of the telling flows, by field. */
  pairs(fields: number): readonly PairsOfFlows[];
  connections(): Connections;
}

/** The bits of Joins: 1 << index. */
export const FIELD_ORDER = [
  'eth.src',
  'eth.dst',
  'eth.type',
  'vlan.id',
  'ip.src',
  'ip.dst',
  'ip.proto',
  'l4.srcport',
  'l4.dstport',
  'ipv6.flow',
  'inner.ip.src',
  'inner.ip.dst',
  'inner.ip.proto',
  'inner.l4.srcport',
  'inner.l4.dstport',
] as const;

export type JoinedField = (typeof FIELD_ORDER)[number];

export function fieldBits(...fields: readonly JoinedField[]): number {
  return fields.reduce((bits, field) => bits | (1 << FIELD_ORDER.indexOf(field)), 0);
}

/** The engine's answers; what they are is in native/engine/joins.hpp. */
export class EngineJoins implements Joins {
  readonly #core: Core;
  readonly #words: Uint32Array;
  readonly marks: Uint8Array;
  #markedAs: object | null = null;

  constructor(core: Core) {
    this.#core = core;
    this.#words = new Uint32Array(core.bytes.buffer);
    const at = core.area('marks') + 1; // row 0 is no flow
    this.marks = core.bytes.subarray(at, at + core.count('flows'));
  }

  mark(write: (marks: Uint8Array) => void, as?: object): void {
    if (as !== undefined && as === this.#markedAs) return;
    write(this.marks);
    this.#markedAs = as ?? null;
  }

  groups(fields: number): Groups {
    const count = this.#core.exports.join_groups(fields) >>> 0;
    const words = this.#words;
    const stride = GROUP.stride >>> 2;
    const firstAt = (this.#core.area('groups') + GROUP.stride + GROUP.first) >>> 2; // group 0 is none
    const flowsAt = firstAt + (GROUP.flows >>> 2);
    const portsAt = firstAt + (GROUP.ports >>> 2);
    const sumAt = firstAt + (GROUP.sum >>> 2);
    return {
      count,
      first: (group) => (words[firstAt + group * stride]! & GROUP.flowMask) - 1, // row 0 is no flow
      flows: (group) => words[flowsAt + group * stride]!,
      ports: (group) => words[portsAt + group * stride]! & GROUP.portMask,
      sum: (group) => words[sumAt + group * stride]! + words[sumAt + 1 + group * stride]! * 2 ** 32,
    };
  }

  label(groups: readonly number[]): void {
    const at = (this.#core.area('answer') + ANSWER.labels) >>> 2;
    groups.forEach((group, i) => {
      this.#words[at + i] = group + 1;
    });
    this.#core.exports.join_label(groups.length);
    this.#markedAs = null;
  }

  pairs(fields: number): PairsOfFlows[] {
    this.#core.exports.join_pairs(fields);
    const area = this.#core.area('pairs');
    return FIELD_ORDER.map((_, field) => {
      const at = (area + field * PAIRS.stride) >>> 2;
      const word = (offset: number) => this.#words[at + (offset >>> 2)]!;
      const moved = word(PAIRS.moved);
      const examples = Array.from({ length: Math.min(moved, PAIRS.listed) }, (_, i) => ({
        a: word(PAIRS.examples + 8 * i) - 1,
        b: word(PAIRS.examples + 8 * i + 4) - 1,
      }));
      return { differing: word(PAIRS.differing), moved, examples };
    });
  }

  connections(): Connections {
    this.#core.exports.join_connections();
    const { answered, oneSided, biflows, split, examples } = this.#answer();
    return {
      answered,
      oneSided,
      biflows,
      split,
      examples: examples.map(([row, out]) => ({ flow: row - 1, out: out - 1 })),
    };
  }

  #answer() {
    const at = this.#core.area('answer') >>> 2;
    const [answered, oneSided, biflows, split, count] = this.#words.subarray(at, at + 5) as unknown as number[];
    const pairs = this.#words.subarray(at + (ANSWER.examples >>> 2), at + (ANSWER.labels >>> 2));
    const examples = Array.from({ length: count! }, (_, i): [number, number] => [pairs[2 * i]!, pairs[2 * i + 1]!]);
    return { answered: answered!, oneSided: oneSided!, biflows: biflows!, split: split!, examples };
  }
}
