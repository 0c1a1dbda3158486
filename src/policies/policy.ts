/**
 * How known senders choose a port: exact functions of what a frame says to a number, and of that to a bucket. The order of
 * the ports behind the buckets is never known beforehand. Formulas and their sources: one family a file.
 */

import type { HeaderField } from '../document/schema.js';

/** What a sender can read of a packet. Rows of flows have all of it but the details. A missing field is 0, an address empty. */
export interface PolicyKey {
  readonly srcMac: number; // 48 bits
  readonly dstMac: number;
  readonly etherType: number; // behind all VLAN tags; of an 802.3 frame its length
  readonly vlan: number; // VLAN id of the outermost tag
  readonly srcIp: Uint8Array; // 4 or 16 bytes; empty without IP
  readonly dstIp: Uint8Array;
  readonly protocol: number; // behind IPv6 extension headers
  readonly srcPort: number; // of TCP, UDP, UDP-Lite, DCCP and SCTP
  readonly dstPort: number;
  readonly flowLabel: number; // IPv6
  readonly inner?: InnerPacket | null; // behind a tunnel header
  readonly details?: PacketDetails;
}

export type InnerPacket = Pick<PolicyKey, 'srcIp' | 'dstIp' | 'protocol' | 'srcPort' | 'dstPort'>;

/**
 * What else a packet shows. Without it: a whole packet of a flow, its headers without options, in one tag of priority 0 if it
 * has a VLAN id at all.
 */
export interface PacketDetails {
  readonly tags?: readonly VlanTag[]; // outermost first
  readonly fragment?: 'first' | 'later'; // of IPv4, or behind an IPv6 fragment header
  readonly ipId?: number; // 16 bits of IPv4; 32 of an IPv6 fragment header
  readonly firstHeader?: number; // next header of the fixed IPv6 header, where extension headers stand before `protocol`
  readonly ipOptions?: Uint8Array; // of the IPv4 header
  readonly afterIp?: Uint8Array; // the first eight bytes behind the IPv4 or the fixed IPv6 header, for senders that read them as ports
  readonly icmp?: Icmp;
  readonly spi?: number; // of ESP or AH
  readonly arp?: Arp;
  readonly hasPayload?: boolean; // bytes behind the TCP header without options, or the UDP header; padding of the frame counts
  readonly frame?: Uint8Array; // as captured, for senders that take one header for another
}

export interface VlanTag {
  readonly type: number; // 0x8100, 0x88a8, …
  readonly tci: number; // 16 bits: priority, DEI, VLAN id
}

export interface Icmp {
  readonly type: number;
  readonly code: number;
  readonly identifier: number | null; // of queries, as a number
  readonly quoted: InnerPacket | null; // the packet an error is about
}

export interface Arp {
  readonly operation: number;
  readonly srcIp: Uint8Array; // of the sender
  readonly dstIp: Uint8Array; // of the target
}

/**
 * What one would have to know besides the formula. `seed`: a number drawn at random or set by hand; the policy computes with
 * the one it was given, or with 0. `table`: which port a bucket means, as it changes over time. `per-connection`: the number
 * itself is drawn for each connection. `unknown`: the formula is not public, so there is no value.
 */
export type Secret = 'none' | 'seed' | 'table' | 'per-connection' | 'unknown';

/** How source and destination of each pair go into the value: only their XOR, in any order, or each in its place. */
export type PairMixing = 'xor' | 'unordered' | 'ordered';

export interface Policy {
  readonly id: string; // what `policyNamed` takes and the document has
  readonly family: string; // the id without options
  readonly description: string;
  readonly reads: readonly HeaderField[]; // of any packet; of most, fewer
  readonly readsIpv6: readonly HeaderField[] | null; // of IPv6, where those are not the fields it reads of IPv4
  readonly mixes: PairMixing;
  readonly alsoKnownAs: readonly string[]; // ids of other products with the same formula
  readonly secret: Secret;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly isCurrent: boolean; // on offer today: no old version, and a product has it
  readonly buckets: number | null; // of a table of fixed size; null: as many as there are ports
  /** Where policies differ in how many low bits of one value they take: that value, of which `value` is the bits of the mask. */
  readonly lowBitsOf?: { readonly value: (key: PolicyKey) => number; readonly mask: number };
  /** 32 bits, unsigned; NO_VALUE where this sender has none for the packet or the key does not show what it reads. */
  value(key: PolicyKey): number;
  /** 0 to `buckets` - 1, or to ports - 1; NO_VALUE where there is no value. */
  bucket(key: PolicyKey, ports: number): number;
}

export const NO_VALUE = -1;

type Optional = 'readsIpv6' | 'mixes' | 'alsoKnownAs' | 'secret' | 'parameters' | 'isCurrent' | 'buckets';

/** A policy whose bucket is the remainder of its value, with what most have in common. */
export function policy(
  own: Omit<Policy, Optional | 'bucket' | 'family'> & Partial<Pick<Policy, Optional | 'bucket'>>,
): Policy {
  const { value } = own;
  const size = own.buckets ?? null;
  return {
    family: own.id.replace(/[:;@].*/, ''),
    readsIpv6: null,
    mixes: 'ordered',
    alsoKnownAs: [],
    secret: 'none',
    parameters: {},
    isCurrent: true,
    buckets: size,
    bucket: (key, ports) => remainder(value(key), size ?? ports),
    ...own,
  };
}

/** Of 32 bits, unsigned. */
export function remainder(value: number, ports: number): number {
  if (value < 0) return NO_VALUE;
  return (ports & (ports - 1)) === 0 ? value & (ports - 1) : value % ports; // one of 32 bits is one of doubles, and slow
}

/** What a policy is asked for by: `name@version:fields;option=value`. */
export interface PolicySpec {
  readonly name: string;
  readonly version: string | null;
  readonly fields: readonly string[];
  readonly options: ReadonlyMap<string, string>;
}

export interface PolicyFamily {
  /** Those worth listing: each once, with its usual options. */
  readonly policies: readonly Policy[];
  /** Any of the family, with its options; null where it is none of them. */
  readonly named: (spec: PolicySpec) => Policy | null;
}
