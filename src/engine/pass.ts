/**
 * What one pass of the engine over all inputs yields: flow rows, what flows on several ports did, load over time,
 * silences of ports, and the control frames. Everything right of this file is plain TypeScript over flows, never frames.
 *
 * Times are nanoseconds since `originNs`, the earliest frame of all inputs: whole numbers below 2^53, so exact.
 */

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
/** No MPLS label, no PPPoE session. */
export const NONE = -1;
export const TOLD_INGRESS = 1;
export const TOLD_EGRESS = 2;
export const TUNNEL = { ipInIp: 1, gre: 2, vxlan: 3, geneve: 4, gtp: 5 } as const;
export const NOT_A_MOVER = -1 as MoverId;
/** On several ports, but there was no room to follow it: says nothing of the hash. */
export const NOT_FOLLOWED = -2 as MoverId;

export const IP = 0;
export const NO_IP_HEADER = 1;
export const UNDECODABLE = 2;

/** One row per flow, in order of first frame. Columns of equal length; a missing header field is 0. */
export interface FlowTable {
  readonly count: number;
  readonly srcMac: Float64Array; // 48 bits, big-endian, exact
  readonly dstMac: Float64Array;
  readonly etherType: Uint16Array; // behind the tags; 0 for 802.3/LLC
  readonly vlan: Int16Array; // outermost tag, NO_VLAN without one
  readonly kind: Uint8Array; // IP, NO_IP_HEADER or UNDECODABLE
  readonly ipVersion: Uint8Array; // 0, 4 or 6
  readonly ipProto: Uint8Array; // what follows the IP header (extension headers and AH skipped); 0 without IP
  readonly srcPort: Uint16Array; // TCP, UDP, SCTP
  readonly dstPort: Uint16Array;
  readonly id: Uint32Array; // SPI of ESP and AH; ICMP type << 16 | identifier of queries; else 0
  readonly flowLabel: Uint32Array; // first non-zero IPv6 flow label
  readonly hasPorts: Uint8Array; // 1 if srcPort and dstPort were on the wire and captured
  readonly frames: Float64Array; // all frames of the flow, fragments and copies too
  readonly octets: Float64Array; // wire lengths
  readonly wholeFrames: Float64Array; // frames that are no IP fragment
  readonly firstFragments: Uint32Array;
  readonly laterFragments: Uint32Array;
  readonly firstNs: Float64Array;
  readonly lastNs: Float64Array;
  readonly port: Uint8Array; // index into Pass.ports: port of the first frame
  readonly direction: Uint8Array; // INGRESS or EGRESS
  readonly input: Uint16Array; // index into Pass.inputs, and 1-based number in it, of the first frame
  readonly firstFrame: Uint32Array;
  readonly gapBins: Uint32Array; // GAP_BINS per flow: gaps between successive frames
  readonly pairs: Uint32Array; // TCP segments with data compared with their port's expected sequence number
  readonly holes: Uint32Array; // of those, the ones beyond it
  readonly repeats: Uint32Array; // TCP segments with data below it: sent again, or late
  readonly superFrames: Uint32Array; // TCP segments with data in frames of more than 1522 octets (offload, or jumbo)
  readonly truncated: Uint32Array; // frames whose headers were cut by the snap length
  readonly mover: Int32Array; // row of the mover table, NOT_A_MOVER for flows on one port, NOT_FOLLOWED
  readonly toldDirection: Uint8Array; // what the capture itself says: TOLD_INGRESS, TOLD_EGRESS, or 0
  readonly isGroup: Uint8Array; // 1 if the destination is broadcast or multicast, also where no MAC address says so
  readonly mplsLabel: Int32Array; // outermost label, NONE without
  readonly pppoeSession: Int32Array; // NONE without
  readonly tunnel: Uint8Array; // TUNNEL, 0 without a tunnel that is read
  readonly tunnelId: Uint32Array; // VNI, GRE key or TEID; 0 without
  readonly hasInner: Uint8Array; // 1 if an IP packet was read inside of the tunnel
  readonly hasInnerPorts: Uint8Array; // 1 if its ports were on the wire and captured
  readonly innerSrcMac: Float64Array; // of an Ethernet frame inside; 0 without
  readonly innerDstMac: Float64Array;
  readonly innerIpProto: Uint8Array;
  readonly innerSrcPort: Uint16Array;
  readonly innerDstPort: Uint16Array;
  /** 4 or 16 bytes in network order; empty without IP. A view, not a copy. */
  srcIp(flow: number): Uint8Array;
  dstIp(flow: number): Uint8Array;
  innerSrcIp(flow: number): Uint8Array;
  innerDstIp(flow: number): Uint8Array;
}

/** A run: successive whole frames of one flow on one port. */
export interface Run {
  readonly port: number;
  readonly frames: number;
  readonly firstNs: number;
  readonly lastNs: number;
}

/**
 * Flows seen on two or more ports (or in two inputs), counted in exact time order. Copies (`duplicates`) are in none of the
 * counters but their own. `ports` is the stride of the per-port columns.
 */
export interface MoverTable {
  readonly count: number;
  readonly ports: number;
  readonly flow: Uint32Array;
  readonly wholeFrames: Uint32Array; // per port: frames that are neither fragment nor copy
  readonly firstFragments: Uint32Array; // per port
  readonly laterFragments: Uint32Array; // per port
  readonly octets: Float64Array; // per port, without copies
  readonly duplicates: Uint32Array; // per port: frames equal to one seen within 50 ms on another port
  readonly duplicateOctets: Float64Array; // per port
  readonly firstNs: Float64Array; // per port; NaN where there is none
  readonly lastNs: Float64Array; // per port
  readonly input: Uint16Array; // per port: where its first frame is
  readonly firstFrame: Uint32Array; // per port
  readonly switches: Uint32Array; // changes of port between successive whole frames
  readonly transitions: Uint32Array; // ports x ports: from row to column
  readonly longestRun: Uint32Array;
  readonly gapFrames: Uint32Array; // GAP_BINS per mover
  readonly gapSwitches: Uint32Array; // GAP_BINS per mover: gaps at which the port changed
  readonly pairs: Uint32Array; // as in FlowTable, each port compared with itself only
  readonly holes: Uint32Array;
  readonly distinctOctets: Float64Array; // distinct TCP payload octets seen on all ports together
  readonly sequenceSpan: Float64Array; // highest - lowest sequence number covered
  readonly ackAdvances: Uint32Array; // frames without payload whose acknowledgement number is a new maximum
  readonly ackSwitches: Uint32Array; // of those, on another port than the one before
  readonly committedSwitches: Uint32Array; // port changes after the committed port was silent for > 2 skew
  readonly mixedFrames: Uint32Array; // frames in episodes of alternating ports with no gap > 2 skew
  readonly reordered: Uint32Array; // RFC 4737 type-P-reordered
  readonly extentMax: Uint32Array;
  readonly nReordered3: Uint32Array;
  readonly truncatedRuns: Uint8Array; // 1 if there were more runs than are kept
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
}

export interface Pass {
  readonly ports: readonly string[];
  readonly inputs: readonly InputSummary[];
  readonly originNs: bigint;
  readonly durationNs: number;
  readonly totals: Totals;
  readonly flows: FlowTable;
  readonly movers: MoverTable;
  readonly series: Series;
  readonly silences: readonly Silence[];
  readonly control: readonly ControlFrame[];
  /** Bound on the clock difference of two ports that committedSwitches and mixedFrames used, seconds. */
  readonly skewBound: number;
}
