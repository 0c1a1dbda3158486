/**
 * What one pass of the engine over all inputs yields: flow rows, what flows on several ports did, load over time,
 * silences of ports, and the control frames. Everything right of this file is plain TypeScript over flows, never frames.
 *
 * Times are nanoseconds since `originNs`, the earliest frame of all inputs: whole numbers below 2^53, so exact.
 */

import type { Joins } from './joins.js';

export type FlowId = number & { readonly is: 'FlowId' };
export type MoverId = number & { readonly is: 'MoverId' };

/** Seen from the local station: ingress is what the partner chose the port for, egress what the local station chose. */
export const INGRESS = 0;
export const EGRESS = 1;
export type DirectionIndex = typeof INGRESS | typeof EGRESS;

/** Upper bounds of the gap bins, in seconds; the last bin is everything longer. */
export const GAP_BOUNDS = [1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1] as const;
export const GAP_BINS = GAP_BOUNDS.length + 1;

export const NO_VLAN = -1;
/** A SYN without the option; none, or cut before its end. */
export const NOT_SCALED = -1;
export const SYN_NOT_SEEN = -2;
/** No MPLS label, no PPPoE session. */
export const NONE = -1;
export const TOLD_INGRESS = 1;
export const TOLD_EGRESS = 2;
export const TUNNEL = { ipInIp: 1, gre: 2, vxlan: 3, geneve: 4, gtp: 5 } as const;
/** Destination ports behind which an inner header is looked for: VXLAN (two), VXLAN-GPE, Geneve, GTP-U. */
export const UDP_TUNNEL_PORTS: ReadonlySet<number> = new Set([4789, 8472, 4790, 6081, 2152]);
export const NOT_A_MOVER = -1 as MoverId;
/** On several ports, but there was no room to follow it: says nothing of the hash. */
export const NOT_FOLLOWED = -2 as MoverId;

export const IP = 0;
export const NO_IP_HEADER = 1;
export const UNDECODABLE = 2;

/**
 * One row per flow, in order of first frame; a missing header field is 0. A million rows are read where the engine keeps them,
 * number by number: columns of their own would double the memory.
 */
export interface FlowTable {
  readonly count: number;
  srcMac(flow: number): number; // 48 bits, big-endian, exact
  dstMac(flow: number): number;
  etherType(flow: number): number; // behind the tags; 0 for 802.3/LLC
  vlan(flow: number): number; // outermost tag, NO_VLAN without one
  tagType(flow: number): number; // its TPID; 0 without
  kind(flow: number): number; // IP, NO_IP_HEADER or UNDECODABLE
  ipVersion(flow: number): number; // 0, 4 or 6
  ipProto(flow: number): number; // what follows the IP header (extension headers and AH skipped); 0 without IP
  srcPort(flow: number): number; // TCP, UDP, SCTP
  dstPort(flow: number): number;
  id(flow: number): number; // SPI of ESP and AH; ICMP type << 16 | identifier of queries; else 0
  flowLabel(flow: number): number; // first non-zero IPv6 flow label
  hasPorts(flow: number): number; // 1 if srcPort and dstPort were on the wire and captured
  frames(flow: number): number; // all frames of the flow, fragments and copies too
  octets(flow: number): number; // wire lengths
  wholeFrames(flow: number): number; // frames that are no IP fragment
  firstFragments(flow: number): number;
  laterFragments(flow: number): number;
  firstNs(flow: number): number;
  lastNs(flow: number): number;
  port(flow: number): number; // index into Pass.ports: port of the first frame
  direction(flow: number): number; // INGRESS or EGRESS
  input(flow: number): number; // index into Pass.inputs, and 1-based number in it, of the first frame
  firstFrame(flow: number): number;
  gapBin(flow: number, bin: number): number; // how many gaps between successive frames fall into the bin
  pairs(flow: number): number; // TCP segments with data compared with their port's expected sequence number
  holes(flow: number): number; // of those, the ones beyond it
  dupAckRuns(flow: number): number; // runs of three and more equal acknowledgements after the first, of a flow without data on one port
  repeats(flow: number): number; // TCP segments with data below it: sent again, or late
  losses(flow: number): Losses; // of a TCP flow on one port
  superFrames(flow: number): number; // TCP segments with data in frames of more than 1522 octets (offload, or jumbo)
  truncated(flow: number): number; // frames whose headers were cut by the snap length
  mover(flow: number): number; // row of the mover table, NOT_A_MOVER for flows on one port, NOT_FOLLOWED
  toldDirection(flow: number): number; // what the capture itself says: TOLD_INGRESS, TOLD_EGRESS, or 0
  isGroup(flow: number): number; // 1 if the destination is broadcast or multicast, also where no MAC address says so
  mplsLabel(flow: number): number; // outermost label, NONE without
  pppoeSession(flow: number): number; // NONE without
  labelled(): number; // flows with a label or a session
  windowScale(flow: number): number; // the shift its SYN offers (RFC 7323), NOT_SCALED, SYN_NOT_SEEN
  tunnel(flow: number): number; // TUNNEL, 0 without a tunnel that is read
  tunnelId(flow: number): number; // VNI, GRE key or TEID; 0 without
  hasInner(flow: number): number; // 1 if an IP packet was read inside of the tunnel
  hasInnerPorts(flow: number): number; // 1 if its ports were on the wire and captured
  innerSrcMac(flow: number): number; // of an Ethernet frame inside; 0 without
  innerDstMac(flow: number): number;
  innerIpProto(flow: number): number;
  innerSrcPort(flow: number): number;
  innerDstPort(flow: number): number;
  /** An IPv4 address as a number, the XOR of the four words of an IPv6 address; 0 without IP. */
  srcIp32(flow: number): number;
  /** 4 or 16 bytes in network order; empty without IP. A view, not a copy. */
  srcIp(flow: number): Uint8Array;
  dstIp(flow: number): Uint8Array;
  innerSrcIp(flow: number): Uint8Array;
  innerDstIp(flow: number): Uint8Array;
}

/** TCP segments with data that came below the expected number, by what they did; and what never came. */
export interface Losses {
  readonly late: number; // overtaken before the capture: they filled a hole within 3 ms
  readonly filled: number; // filled one later: lost before the capture, and sent again
  readonly again: number; // seen before: lost behind the capture, or sent again without need
  readonly missed: number; // holes that were never filled, although what they lack arrived: lost by the capture
}

export const NO_LOSSES: Losses = { late: 0, filled: 0, again: 0, missed: 0 };

/** A run: successive whole frames of one flow on one port. */
export interface Run {
  readonly port: number;
  readonly frames: number;
  readonly firstNs: number;
  readonly lastNs: number;
}

/** Fields of a frame that may change within a flow, and that a sender should not hash. */
export const CHANGING_FIELDS = [
  'ip.len',
  'ip.id',
  'ip.dsfield',
  'ip.ttl',
  'l4.checksum',
  'ipv6.flow',
  'vlan.priority',
] as const;
export type ChangingField = (typeof CHANGING_FIELDS)[number];

export interface FrameSample {
  readonly count: number;
  readonly port: Uint8Array; // by frame, in order of time
  readonly isFull: boolean; // there were more
  /** What may number the packet: of UDP the first four octets of its payload, of ESP and ICMP queries their sequence number. */
  numbers(): Uint32Array;
  values(field: ChangingField): Uint32Array;
}

/** By port, as the columns of the same names. */
export interface FramesByPort {
  readonly whole: number[];
  readonly firstFragments: number[];
  readonly laterFragments: number[];
  readonly copies: number[]; // duplicates
}

/** Where and when the frames of a flow were, and how often that changed. */
export interface OrderCounters {
  readonly firstNs: number[]; // by port
  readonly lastNs: number[];
  readonly transitions: number[][]; // from row to column; staying left as it is
  readonly gapFrames: number[];
  readonly gapSwitches: number[];
}

/**
 * Flows seen on two or more ports (or in two inputs), counted in exact time order. Copies (`duplicates`) are in none of the
 * counters but their own.
 */
export interface MoverTable {
  readonly count: number;
  readonly ports: number;
  /** What questions about all of them ask, at once: a call for each number of a hundred thousand flows would take longer than the rest. */
  readFrames(mover: number, into: FramesByPort): void;
  readOrder(mover: number, into: OrderCounters): void;
  flow(mover: number): number;
  wholeFrames(mover: number, port: number): number; // frames that are neither fragment nor copy
  firstFragments(mover: number, port: number): number;
  laterFragments(mover: number, port: number): number;
  octets(mover: number, port: number): number; // without copies
  duplicates(mover: number, port: number): number; // frames equal to one seen within 50 ms on another port
  duplicateOctets(mover: number, port: number): number;
  firstNs(mover: number, port: number): number; // NaN where there is none
  lastNs(mover: number, port: number): number;
  input(mover: number, port: number): number; // where its first frame is
  firstFrame(mover: number, port: number): number;
  switches(mover: number): number; // changes of port between successive whole frames
  transitions(mover: number, from: number, to: number): number; // of those and of staying
  longestRun(mover: number): number;
  gapFrames(mover: number, bin: number): number;
  gapSwitches(mover: number, bin: number): number; // gaps at which the port changed
  pairs(mover: number): number; // as in FlowTable, each port compared with itself only
  holes(mover: number): number;
  filledHoles(mover: number): number; // of those, filled later on the same port
  freshOctets(mover: number): number; // TCP payload octets that their own port had not shown, over all ports
  sequenceSpan(mover: number): number; // highest - lowest sequence number covered
  ackAdvances(mover: number): number; // frames without payload whose acknowledgement number is a new maximum
  ackSwitches(mover: number): number; // of those, on another port than the one before
  ackOwnAdvances(mover: number): number; // the same of each port by itself, summed up: more where clocks differ, or of copies
  committedSwitches(mover: number): number; // port changes after the committed port was silent for > 2 skew
  mixedFrames(mover: number): number; // frames in episodes of alternating ports with no gap > 2 skew
  reordered(mover: number): number; // RFC 4737 type-P-reordered
  extentMax(mover: number): number;
  nReordered3(mover: number): number;
  repeated(mover: number): number; // TCP segments whose octets had all been seen, on whatever port; -1 where too many were overtaken to know
  alikeOnPort(mover: number): number; // whole frames that nothing numbers, equal to one of their port within 50 ms
  alikeElsewhere(mover: number): number; // to one of another port, and too far apart to be its copy
  answeredBy(mover: number): number; // flow of the opposite direction between the same stations, -1 if there is none
  sample(mover: number, isSix: boolean): FrameSample; // of an IPv4 or IPv6 flow: its first 512 whole frames, of the first 512 such flows
  truncatedRuns(mover: number): number; // 1 if there were more runs than are kept
  runs(mover: number): Run[]; // the first 256
}

/** No unicast frame of that direction on that port between the two instants, at least 1 s apart. */
export interface Silence {
  readonly port: number;
  readonly direction: DirectionIndex;
  readonly fromNs: number; // its last unicast frame before, or 0 for the beginning of the capture
  readonly toNs: number; // the next one, or the end of the capture
}

export type ControlKind = 'slow' | 'lldp' | 'cdp';

/** A control frame, copied aside: the whole frame from the destination MAC as captured. */
export interface ControlFrame {
  readonly kind: ControlKind;
  readonly port: number;
  readonly input: number;
  readonly frame: number; // 1-based in its input
  readonly timeNs: number;
  readonly payloadAt: number; // offset of the slow-protocol subtype, of the first LLDP TLV, of the CDP version
  readonly bytes: Uint8Array;
}

/** Why an input ends where it was not at its end, if nothing was wrong with it. */
export const STOPPED = 'reading was stopped there';

export interface InputSummary {
  readonly source: string;
  readonly port: string;
  readonly format: string;
  readonly compression: 'gzip' | 'zstd' | 'lz4' | null;
  readonly linkType: string | null;
  readonly frames: number;
  readonly octets: number;
  readonly capturedOctets: number;
  readonly snapLength: number | null;
  readonly firstNs: bigint | null; // since the epoch; earliest and latest whatever the order in the file
  readonly lastNs: bigint | null;
  readonly timestampResolution: number | null;
  readonly drops: { readonly kernel: number | null; readonly interface: number | null };
  readonly interfaceSpeed: number | null; // pcapng if_speed, bits per second
  readonly damage: { readonly offset: number; readonly reason: string; readonly framesBefore: number } | null;
  readonly slowFrames: number; // Slow Protocols: in neither direction
  readonly backwards: number; // frames whose time was before the one before them
}

/** Frames by what they are, as `capture` of the document counts them. */
export interface Totals {
  readonly frames: number;
  readonly octets: number;
  readonly ipv4: number;
  readonly ipv6: number;
  readonly tcp: number;
  readonly udp: number;
  readonly fragments: number;
  readonly slow: number;
  readonly lldp: number;
  readonly cdp: number;
  readonly otherL2: number;
  readonly undecodable: number;
  readonly truncated: number;
  readonly overflowFrames: number; // frames of flows that did not fit the table
  readonly controlDropped: number; // control frames beyond what is kept
}

/** Octets per bucket: `octets[direction][port][bucket]`, slow protocols left out. */
export interface Series {
  readonly startNs: number; // relative to originNs; 0 unless time runs backwards in an input
  readonly intervalSeconds: number;
  readonly octets: readonly (readonly Float64Array[])[];
  readonly frames: readonly (readonly Float64Array[])[];
  /** The busiest stretches, where intervals are longer; null where they are not. */
  readonly busiest: BusiestStretches | null;
}

/** By direction and port: the most of any stretch, octets and frames each by themselves; null where several inputs have its frames. */
export interface BusiestStretches {
  readonly seconds: number;
  readonly ports: readonly (readonly ({ readonly octets: number; readonly frames: number } | null)[])[];
}

/** How long SYNs on one port waited for their answers on another (or the same), by the clocks of both. */
export interface Turnaround {
  readonly from: number; // ports
  readonly to: number;
  readonly count: number; // connections
  readonly leastNs: readonly number[]; // the three shortest, ascending; below 0 where the clocks contradict each other
}

/** A receiver closed its window: frames of its acknowledgements, on one port, with a window of 0. */
export interface Closure {
  readonly flow: number; // of the data
  readonly frames: number;
  readonly times: number;
  readonly closedNs: number; // at least: of closures whose end was seen
}

/** Of a large TCP connection: its segments from one time until another, both directions, in order of time. */
export interface Excerpt {
  readonly answer: number; // the flow of the opposite direction
  readonly fromNs: number;
  readonly toNs: number;
  readonly segments: readonly Segment[];
}

/** As on the wire. `stamp`, `echo`: the time stamps option, 0 without. */
export interface Segment {
  readonly ns: number;
  readonly isAnswer: boolean;
  readonly sequence: number;
  readonly acknowledged: number;
  readonly payload: number; // octets
  readonly window: number;
  readonly stamp: number;
  readonly echo: number;
}

export interface Pass {
  readonly ports: readonly string[];
  readonly inputs: readonly InputSummary[];
  readonly originNs: bigint;
  readonly durationNs: number;
  readonly totals: Totals;
  readonly flows: FlowTable;
  readonly movers: MoverTable;
  readonly joins: Joins;
  readonly series: Series;
  readonly silences: readonly Silence[];
  readonly control: readonly ControlFrame[];
  readonly turnarounds: readonly Turnaround[];
  readonly closures: readonly Closure[];
  /** Of a flow's connection, if it is among the largest: some, in order of time. */
  readonly excerpts: (flow: number) => readonly Excerpt[];
  /** TCP flows with losses that found no room: those of others are counted in full. */
  readonly lossesRefused: number;
  /** Bound on the clock difference of two ports, seconds; and the one that committedSwitches and mixedFrames were counted with. */
  readonly skewBound: number;
  readonly skewCounted: number;
}
