/**
 * The functions that inference tries: policies with a value, and the hypothesis each belongs to, which says which fields
 * it reads of these rows and how.
 */

import type { HashRow } from '../../flows/rows.js';
import { policyNamed } from '../../policies/catalogue.js';
import { crcFamily } from '../../policies/crc.js';
import { FIELD_SETS } from '../../policies/fields.js';
import { LAYERS, laggPolicy, layerNames } from '../../policies/freebsd.js';
import { lowBits } from '../../policies/low-bits.js';
import type { Policy } from '../../policies/policy.js';
import { teamdFamily } from '../../policies/teamd.js';
import { toeplitzFamily } from '../../policies/toeplitz.js';
import { xorBytesPolicy } from '../../policies/xor-bytes.js';
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
import type { Observations } from '../fields/observations.js';

/** A policy as inference weighs it. */
export interface LibraryFunction extends Policy {
  readonly hypothesis: number; // the fields it reads, as an index of hypotheses.ts
}

type Rows = Pick<Observations, 'ports' | 'rows'>;

/** What could have chosen the ports of these rows, most widely used family first. */
export function libraryFor(observed: Rows): LibraryFunction[] {
  const ports = [...new Set(observed.rows.map((row) => observed.ports[row.epoch]))];
  const seen = new SeenFields(observed.rows);
  return [
    ...LINUX.map((policy) => withHypothesis(policy)),
    ...xorFunctions(Math.max(2, ...ports), seen.ipv6).map((policy) => withHypothesis(policy)),
    ...laggFunctions(ports, seen),
    ...crcFamily.policies.map((policy) => withHypothesis(policy)),
    ...toeplitzFamily.policies.map((policy) => withHypothesis(policy)),
  ];
}

/**
 * Those that differ on whole TCP and UDP packets. What tunnels carry is another view of the rows, not another function. Rows keep
 * no ICMP identifier, so that layer3+4 is computed as by kernels that did not read it.
 */
const LINUX: readonly Policy[] = [
  policyNamed('linux-layer2'),
  policyNamed('linux-layer2+3'),
  policyNamed('linux-layer2+3@5.15'),
  { ...policyNamed('linux-layer3+4'), value: policyNamed('linux-layer3+4@4.15').value },
  policyNamed('linux-layer3+4@3.17'),
  policyNamed('linux-vlan+srcmac'),
];

/** tx_hash of the fields of a set. */
const TEAMD_WORDS: Readonly<Record<string, string>> = {
  l2: 'eth',
  l3: 'l3',
  l4: 'l4',
  'l3+l4': 'l3,l4',
  'l2+l3': 'eth,l3',
  'l2+l3+l4': 'eth,l3,l4',
};

/**
 * @param ports most ports of any epoch: fewer bits than they need would leave ports without a bucket
 * @param ipv6 whether any row is IPv6, of which teamd reads no source port
 */
function xorFunctions(ports: number, ipv6: boolean): Policy[] {
  const widths = new Set([Math.ceil(Math.log2(ports)), 3, 8].filter((bits) => 2 ** bits >= ports));
  return FIELD_SETS.flatMap((set) => {
    const words = set.port !== 0 && ipv6 ? undefined : TEAMD_WORDS[set.name];
    return [
      (words && teamdFamily.policies.find(({ id }) => id === `teamd:${words}`)) || xorBytesPolicy(set, false),
      xorBytesPolicy(set, true),
      ...[...widths].sort((a, b) => a - b).map((bits) => lowBits(set, bits)),
    ];
  });
}

/**
 * FreeBSD: of the key only what the ports show is tried. VLAN counts where it varies, labels in place of ports under IPv6.
 */
function laggFunctions(ports: readonly number[], seen: SeenFields): LibraryFunction[] {
  const powerOfTwo = ports.every((k) => k >= 2 && (k & (k - 1)) === 0);
  if (!powerOfTwo) return [];
  const most = Math.max(...ports);
  return LAYERS.flatMap((layers) => {
    const readsOf = ({ reads }: Policy) =>
      reads.filter((field) => {
        if (field === 'vlan.id') return seen.vlans;
        if (field === 'ipv6.flow') return seen.labels && seen.ipv6;
        return seen.ipv4 || !field.startsWith('l4.');
      });
    const functions: LibraryFunction[] = [];
    if (most <= 32) {
      const policy = laggPolicy('freebsd9-lagg', { layers, key: null, inFrame: false });
      functions.push(withHypothesis(policy, readsOf(policy), 'unordered')); // the key is an order of the ports
    }
    const starts = most <= 8 ? most : 0;
    for (let start = 0; start < starts; start++) {
      const policy = laggPolicy('freebsd-lagg', { layers, key: start, inFrame: false });
      const { id } = laggPolicy('freebsd-lagg', { layers, key: null, inFrame: false });
      functions.push({
        ...withHypothesis(policy, readsOf(policy)),
        id,
        description: `FreeBSD 11 and later lagg, lagghash ${layerNames(layers)}: FNV-1 from a start of ${start} mod ${most}`,
        parameters: { lagghash: layerNames(layers), start, startModulus: most },
      });
    }
    return functions;
  });
}

/** Which of the fields that only some packets have occur among the rows. */
class SeenFields {
  readonly vlans: boolean;
  readonly labels: boolean;
  readonly ipv4: boolean;
  readonly ipv6: boolean;

  constructor(rows: readonly HashRow[]) {
    this.vlans = new Set(rows.map((row) => row.vlan)).size > 1;
    this.labels = new Set(rows.map((row) => row.flowLabel)).size > 1;
    this.ipv4 = rows.some((row) => row.srcIp.length === 4);
    this.ipv6 = rows.some((row) => row.srcIp.length === 16);
  }
}

const PAIR_MODE = { xor: XOR, unordered: SYM, ordered: BOTH } as const;

/** A policy of a known sender as a hypothesis about the fields. */
function withHypothesis(
  policy: Policy,
  reads: readonly string[] = policy.reads,
  mixes = policy.mixes,
): LibraryFunction {
  const has = (field: Field) => reads.includes(field);
  const mode = (source: Field, destination: Field) => {
    if (has(source)) return has(destination) ? PAIR_MODE[mixes] : SRC;
    return has(destination) ? DST : NONE;
  };
  const hypothesis = indexOf({
    mac: mode('eth.src', 'eth.dst'),
    ip: mode('ip.src', 'ip.dst'),
    port: mode('l4.srcport', 'l4.dstport'),
    singles:
      (has('eth.type') ? ETYPE : 0) |
      (has('vlan.id') ? VLAN : 0) |
      (has('ip.proto') ? PROTO : 0) |
      (has('ipv6.flow') ? LABEL : 0),
  });
  return { ...policy, hypothesis };
}
