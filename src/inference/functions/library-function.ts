/** A policy as inference weighs it: with the hypothesis it belongs to, which says which fields it reads of the rows and how. */

import type { HeaderField } from '../../document/schema.js';
import { type HashRow, MAIN } from '../../flows/rows.js';
import type { PairMixing, Policy } from '../../policies/policy.js';
import {
  BOTH,
  DST,
  ETYPE,
  type Field,
  indexOf,
  LABEL,
  NONE,
  PROTO,
  SRC,
  SYM,
  VLAN,
  XOR,
} from '../fields/hypotheses.js';

export interface LibraryFunction extends Policy {
  readonly hypothesis: number; // index of hypotheses.ts
  readonly usedPortsOnly: boolean; // buckets for the ports that carry flows, although the sender could choose from more
  /** With a key that is not known: the function with each key, or class of keys, that the rows allow. A search, for when nothing else fits. */
  readonly withKeys?: (() => readonly LibraryFunction[]) | undefined;
  /** Of all keys that the function may have, those this one stands for. */
  readonly shareOfKeys?: number;
}

/**
 * How many buckets the function has in each epoch: a table of its own size, or one for each port.
 * @param used ports with rows, by epoch
 */
export function bucketsOf(
  { buckets, usedPortsOnly }: Pick<LibraryFunction, 'buckets' | 'usedPortsOnly'>,
  ports: readonly number[],
  used: readonly number[],
): readonly number[] {
  if (buckets !== null) return ports.map(() => buckets);
  return usedPortsOnly ? used.map((count) => Math.max(1, count)) : ports;
}

/** By epoch: ports that carry flows. */
export function portsUsed(rows: readonly HashRow[], ports: readonly number[]): number[] {
  const seen = ports.map((k) => new Uint8Array(k));
  for (const { kind, epoch, port } of rows) if (kind === MAIN) seen[epoch][port] = 1;
  return seen.map((flags) => flags.reduce((sum, flag) => sum + flag, 0));
}

const PAIR_MODE = { xor: XOR, unordered: SYM, ordered: BOTH } as const;
/** Families that read a VLAN or a flow label of packets that have one: among rows that all have the same they read none. */
const READS_WHAT_IS_THERE = /^freebsd/;
/** Read the link layer of packets without IP only, of which the hypotheses of their other fields say nothing. */
const IP_ELSE_MAC = /^(rtag7|xor-low:ip-else-mac)/;

/** Which of the fields that only some packets have occur among the rows. */
export class SeenFields {
  readonly tagged: boolean;
  readonly ipv6: boolean;
  readonly #ipv4: boolean;
  readonly #vlans: boolean;
  readonly #labels: boolean;

  constructor(rows: readonly HashRow[]) {
    this.tagged = rows.some((row) => row.vlan > 0);
    this.ipv6 = rows.some((row) => row.srcIp.length === 16);
    this.#ipv4 = rows.some((row) => row.srcIp.length === 4);
    this.#vlans = new Set(rows.map((row) => row.vlan)).size > 1;
    this.#labels = new Set(rows.map((row) => row.flowLabel)).size > 1;
  }

  functionOf(policy: Policy): LibraryFunction {
    return { ...policy, hypothesis: hypothesisOf(this.#read(policy), policy.mixes), usedPortsOnly: false };
  }

  /** Of the fields that the policy reads of any packet, those it reads of these. */
  #read({ id, reads, readsIpv6 }: Policy): readonly HeaderField[] {
    const ofThese = this.#ipv4 || !this.ipv6 ? reads : (readsIpv6 ?? reads);
    return ofThese.filter((field) => {
      if (IP_ELSE_MAC.test(id) && /^(eth|vlan)/.test(field)) return false;
      if (field === 'ipv6.flow') return this.ipv6 && this.#labels;
      if (!READS_WHAT_IS_THERE.test(id)) return true;
      return field !== 'vlan.id' || this.#vlans;
    });
  }
}

function hypothesisOf(reads: readonly HeaderField[], mixes: PairMixing): number {
  const has = (field: Field) => reads.includes(field);
  const mode = (source: Field, destination: Field) => {
    if (has(source)) return has(destination) ? PAIR_MODE[mixes] : SRC;
    return has(destination) ? DST : NONE;
  };
  return indexOf({
    mac: mode('eth.src', 'eth.dst'),
    ip: mode('ip.src', 'ip.dst'),
    port: mode('l4.srcport', 'l4.dstport'),
    singles:
      (has('eth.type') ? ETYPE : 0) |
      (has('vlan.id') ? VLAN : 0) |
      (has('ip.proto') ? PROTO : 0) |
      (has('ipv6.flow') ? LABEL : 0),
  });
}
