/** What is known while a capture goes on: plain data, a new object at each tick. Views, streams and metrics draw from it. */
import type { Analysis } from '../document/schema.js';

export interface LiveState {
  /** Milliseconds since the epoch: the end of the interval that rates are of. */
  readonly timeMs: number;
  /** Since the capture began. */
  readonly seconds: number;
  /** Length of the interval that rates are of; 0 before there is one. */
  readonly intervalSeconds: number;
  readonly ports: readonly LivePortState[];
  /** With the highest rate in this interval first; at most as many as were asked for. */
  readonly connections: readonly LiveConnection[];
  readonly flows: FlowCounts;
  /** Frames that the capture lost, as far as it counts them; null where nothing counts. */
  readonly dropped: number | null;
  /** The oldest first; only the last are kept. */
  readonly events: readonly LiveEvent[];
  /** The last analysis of all that was seen until then; null before the first. */
  readonly judged: Judged | null;
  /** A sentence for each thing that is not as it should be: a port whose capture ended, an analysis that failed. */
  readonly troubles: readonly string[];
}

export interface LivePortState {
  readonly name: string;
  readonly ingress: LiveLoad;
  readonly egress: LiveLoad;
  /** Of the link, in one direction; null where it is not known. */
  readonly linkBitsPerSecond: number | null;
  /** Frames that were lost on this port by the capture; null where nothing counts. */
  readonly dropped: number | null;
  /** false from the moment at which its capture ended. */
  readonly isCaptured: boolean;
}

/** One direction of a port. Octets are those of frames without preamble, gap and check sum. */
export interface LiveLoad {
  /** On the wire in this interval, with the octets that no capture shows. */
  readonly bitsPerSecond: number;
  readonly framesPerSecond: number;
  /** Since the capture began. */
  readonly octets: number;
  readonly frames: number;
  /** Bits per second of the last intervals, the oldest first. */
  readonly history: readonly number[];
}

/** The flows of both directions between the same addresses and ports. */
export interface LiveConnection {
  readonly protocol: string; // TCP, UDP, ICMP …
  /** Of the sender of the direction that carried more in this interval. */
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly ingress: LiveFlow | null;
  readonly egress: LiveFlow | null;
}

export interface Endpoint {
  readonly ip: string;
  readonly port: number | null;
}

export interface LiveFlow {
  readonly bitsPerSecond: number;
  /** Names of the member ports it was seen on, since it began. */
  readonly ports: readonly string[];
  /** Since it began: how often a frame came on another port than the one before; 0 where it has one port. */
  readonly changes: number;
  /** What the last analysis called it, where it was judged: see PingPongFlow in the document; null otherwise. */
  readonly verdict: string | null;
}

export interface FlowCounts {
  /** In the table now. */
  readonly held: number;
  /** Idle for long, and only in the totals now. */
  readonly aged: number;
  /** Of those that are held or were: seen on more than one port in one direction. */
  readonly onSeveralPorts: number;
  /** Frames of flows for which there was no room. */
  readonly overflowFrames: number;
}

export type LiveEventKind = 'port' | 'lacp' | 'move' | 'ping-pong' | 'load' | 'hash' | 'capture';

export interface LiveEvent {
  readonly timeMs: number;
  readonly kind: LiveEventKind;
  /** A sentence. Names and addresses in it come from packets: to be made visible before they are shown. */
  readonly text: string;
}

export interface Judged {
  /** The moment up to which frames were analysed. */
  readonly timeMs: number;
  readonly document: Analysis;
}
