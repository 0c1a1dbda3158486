/**
 * What inference learns from: one row per flow and epoch of one direction, with the port that carried it.
 * One flow counts once however many packets it has: packets of one flow are not independent evidence.
 */

import type { Groups, PairsOfFlows } from '../engine/joins.js';
import type { FlowId } from '../engine/pass.js';

export const MAIN = 0;
export const ICMP = 1; // merged per MACs, VLAN, addresses, protocol
export const NO_IP = 2; // merged per MACs, VLAN, EtherType (ARP)
export type RowKind = typeof MAIN | typeof ICMP | typeof NO_IP;

export interface InnerHeader {
  readonly tunnel: number; // TUNNEL
  /** What else a sender could read there and no field names: the tunnel's number and the inner MAC addresses, as one text. */
  readonly unnamed: string;
  readonly srcIp: Uint8Array;
  readonly dstIp: Uint8Array;
  readonly protocol: number;
  readonly srcPort: number;
  readonly dstPort: number;
}

/** Header fields as the sender's hash could read them; a missing one is 0 (addresses: empty). */
export interface HashRow {
  readonly kind: RowKind;
  readonly epoch: number; // index into HashRows.epochs
  readonly port: number; // index into the ports of that epoch
  readonly srcMac: number; // one that stands for the IP address where the capture has none: unseen-macs.ts
  readonly dstMac: number;
  readonly etherType: number;
  readonly vlan: number;
  readonly srcIp: Uint8Array; // 4 or 16 bytes
  readonly dstIp: Uint8Array;
  readonly protocol: number;
  readonly srcPort: number;
  readonly dstPort: number;
  readonly flowLabel: number;
  readonly inner: InnerHeader | null;
  readonly flow: FlowId | null; // the row of the flow table behind it, for evidence; null for merged rows
  readonly frames: number; // whole datagrams on that port in that epoch
  readonly stray: boolean; // a few of its packets took another port: no direct evidence from it
}

export interface RowEpoch {
  readonly startNs: number;
  readonly endNs: number;
  readonly ports: readonly number[]; // indexes into Pass.ports: those the sender could have chosen
}

/** What all main rows say, of which a capture of many flows lists a sample only. Fields are bits in the order of FIELD_ORDER. */
export interface WholeRows {
  readonly portCounts: readonly (readonly number[])[]; // rows, by epoch and port of the epoch
  /** Flows with equal fields in an epoch; their ports are those of the epoch. */
  groups(epoch: number, fields: number): Groups;
  groupCount(epoch: number, fields: number): number;
  /** Of flows with three whole datagrams or more in the epoch, strays left out; by number of the field. */
  pairs(epoch: number, fields: number): readonly PairsOfFlows[];
  row(flow: number, epoch: number): HashRow;
}

export interface HashRows {
  readonly portNames: readonly string[]; // of all member ports
  readonly egress: boolean; // the local station is the sender, and may own the sockets
  readonly epochs: readonly RowEpoch[];
  readonly rows: readonly HashRow[]; // of many flows a sample
  readonly whole: WholeRows;
  readonly portsSeen: boolean; // false if more than 5 % of the TCP and UDP flows lack port numbers (cut by the snap length)
}
