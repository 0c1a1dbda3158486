/** Questions about all flows together: which of them agree in some fields, which differ in one alone, which answer which. */
import type { DirectionIndex, Losses } from './pass.js';

/** Flows that agree in some header fields, numbered in order of their first flow. To be read before the next question. */
export interface Groups {
  readonly count: number;
  first(group: number): number;
  flows(group: number): number;
  ports(group: number): number; // one bit per port that marks name
  sum(group: number): number; // of octets or frames, if asked for
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
  /** As tshark counts them, of all flows: unordered pairs of address and port, VLAN and MACs ignored, port reuse not split. */
  readonly conversations: { readonly tcp: number; readonly udp: number };
}

/** Of the flows of one direction that are on one port, or were not followed; those on several are looked at one by one. */
export interface FlowSums {
  readonly framesOn: readonly number[]; // by port
  readonly counted: readonly number[]; // by port: flows the document counts
  readonly carries: readonly boolean[]; // by port: a unicast frame, of a flow that was on that port alone
  readonly tcp: readonly SegmentSums[]; // by port
  readonly unicast: number; // flows, wherever they were
  readonly unicastIp: number; // of those on one port
  readonly short: number; // of those, with 4 whole frames or more
  readonly long: number; // and with 20
  readonly hasUnicastIp: boolean; // wherever
  readonly superFrames: number; // of all flows
  readonly notFollowed: number;
  readonly withoutMainProtocol: number; // unicast flows without IP, or of ICMP
  readonly cut: number; // flows with frames whose headers were cut
  readonly told: number; // unicast flows with IP whose direction the capture states
  readonly frames: FrameSums;
}

/** TCP segments with data, of flows on one port. */
export interface SegmentSums extends Losses {
  readonly segments: number;
  readonly retransmissions: number; // below the number expected
  readonly steady: number; // flows of 100 segments or more
  readonly lostBefore: number; // of those, with a segment `filled`
  readonly lostBehind: number; // with one `again`
}

/** Frames of all flows of a direction, by what they are. */
export interface FrameSums {
  readonly ipv4: number;
  readonly ipv6: number;
  readonly tcp: number;
  readonly udp: number;
  readonly fragments: number;
  readonly noIp: number;
  readonly undecodable: number;
  readonly truncated: number;
}

/** What the flows of a label have on a port. */
export interface LabelLoad {
  readonly isUsed: boolean;
  readonly flows: number; // that the document counts
  readonly frames: number;
  readonly octets: number;
}

/** Which flows take part in a question. */
export type Marking =
  | { readonly of: 'all' }
  /** Unicast with port numbers: the connections of both directions. By mover the only port with frames that are no copies, or -1. */
  | { readonly of: 'ends'; readonly onlyPort: Int8Array }
  | { readonly of: 'one-port'; readonly direction: DirectionIndex; readonly onlyPort: Int8Array } // those of one direction
  | { readonly of: 'unicast'; readonly direction: DirectionIndex }
  | { readonly of: 'sender'; readonly mac: number } // unicast
  /**
   * Main rows: by port of the pass, the mark of a flow that is there; NO_MARK where it makes no row. Null: each is asked for. By
   * mover, 0 where it makes none in any case.
   */
  | {
      readonly of: 'rows';
      readonly direction: DirectionIndex;
      readonly portOf: readonly number[] | null;
      readonly mayBe: Uint8Array;
    };

export const NO_MARK = 255;

/** An order of flows, ties by their number. */
export type Order =
  | { readonly by: 'number' | 'source' } // of the marked ones, by the hash of sample.ts
  | { readonly by: 'octets'; readonly direction: DirectionIndex }; // most first

/** Bits of a mark, by flow. The port stands in the lower four. */
export const MARKED = 128;
export const MARK_PORT = 15;
export const MARK_TELLING = 16; // may be one of a pair
export const MARK_ONE_PORT = 16; // connections: all of it was on the port
export const MARK_TALKS = 32; // connections: long enough to be answered
export const MARK_TCP = 64;

/** How to compare, beside the bits of FIELD_ORDER. */
export const JOIN_UNORDERED = 1 << 18; // whichever end is which
export const JOIN_SUM_FRAMES = 1 << 19; // what Groups.sum is of; without either there is none
export const JOIN_SUM_OCTETS = 1 << 20; // and the groups can be labelled

/**
 * Questions about all flows together. Who asks writes a mark for each flow that takes part, and names the fields to compare by
 * their bits in FIELD_ORDER. The engine looks at its rows in place: nothing is kept per flow.
 */
export interface Joins {
  readonly marks: Uint8Array; // by flow
  /** Has all marks written, unless they are still those that were last written `as` the same object. */
  mark(write: (marks: Uint8Array) => void, as?: object): void;
  /** The same, by the engine: `markOf` is asked for flows only of which a row does not say enough. */
  markFlows(which: Marking, markOf: (flow: number) => number, as?: object): void;
  /** Flows, by their mark. */
  tally(): Uint32Array;
  groups(fields: number): Groups;
  /**
   * After `groups` with JOIN_SUM_OCTETS: the marks of its flows become MARKED plus 1, 2 … for those of the listed groups, and MARKED for the others.
   * What each label has, flows that were followed to several ports left out.
   */
  label(groups: readonly number[]): (label: number, port: number) => LabelLoad;
  /** Of the telling flows, by field. */
  pairs(fields: number): readonly PairsOfFlows[];
  connections(): Connections;
  /** The first `most` in some order, but not in that order. */
  first(order: Order, most: number): number[];
  /** By direction. */
  sums(): readonly FlowSums[];
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
