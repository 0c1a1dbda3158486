/** The functions that inference tries: the policies whose value rows of flows can be compared with, most widely used first. */

import { type HashRow, MAIN } from '../../flows/rows.js';
import { crcFamily } from '../../policies/crc.js';
import { dpdkFamily } from '../../policies/dpdk.js';
import { FIELD_SETS } from '../../policies/fields.js';
import { illumosFamily } from '../../policies/illumos.js';
import { linuxFamily } from '../../policies/linux.js';
import { ipElseMac, lowBits } from '../../policies/low-bits.js';
import { netbsdFamily } from '../../policies/netbsd.js';
import { ovsFamily } from '../../policies/ovs.js';
import type { Policy, PolicyFamily } from '../../policies/policy.js';
import { rtag7Family } from '../../policies/rtag7.js';
import { teamdFamily } from '../../policies/teamd.js';
import { toeplitzFamily } from '../../policies/toeplitz.js';
import { vitesseFamily } from '../../policies/vitesse.js';
import { vppFamily } from '../../policies/vpp.js';
import { xorBytesPolicy } from '../../policies/xor-bytes.js';
import type { Observations } from '../fields/observations.js';
import { laggFunctions } from './lagg.js';
import { type LibraryFunction, portsUsed, SeenFields } from './library-function.js';

/** What could have chosen the ports of these rows. */
export function libraryFor({ ports, rows }: Pick<Observations, 'ports' | 'rows'>): LibraryFunction[] {
  const seen = new SeenFields(rows);
  const used = portsUsed(rows, ports);
  const functions = functionsFor(rows, ports, seen);
  const tables = tableFunctions(seen);
  if (!hasIdlePort(rows, ports, used)) return [...functions, ...tables];
  const narrower = functionsFor(rows, used, seen);
  return [...functions, ...narrower.map(onUsedPorts), ...tables];
}

/** @param ports how many there are buckets for, by epoch */
function functionsFor(rows: readonly HashRow[], ports: readonly number[], seen: SeenFields): LibraryFunction[] {
  const most = rows.reduce((max, { epoch }) => Math.max(max, ports[epoch]), 2);
  const plain = (policy: Policy) => seen.functionOf(policy);
  return [
    ...LINUX.map(plain),
    ...xorPolicies(most, seen).map(plain),
    ...laggFunctions(rows, ports, seen),
    ...[dpdkFamily, vppFamily, illumosFamily].flatMap((family) => family.policies.map(plain)),
    ...netbsdFamily.policies.map(plain),
    ...vitessePolicies(seen).map(plain),
    ...[crcFamily, toeplitzFamily, rtag7Family].flatMap((family) => family.policies.map(plain)),
  ];
}

/** Buckets of a table of fixed size, which may stand for any port: what is known of the table is learnt from the rows. */
function tableFunctions(seen: SeenFields): LibraryFunction[] {
  const eight = [...FIELD_SETS.map((set) => lowBits(set, 3)), ipElseMac(3)];
  const sixteen = vitessePolicies(seen);
  return [
    ...ovsFamily.policies,
    ...eight.map((policy) => inTable(policy, 8)),
    ...sixteen.map((policy) => inTable(policy, 16)),
  ].map((policy) => seen.functionOf(policy));
}

const inTable = (policy: Policy, buckets: number): Policy => ({
  ...policy,
  description: `${policy.description}; a table of ${buckets} buckets`,
  parameters: { ...policy.parameters, buckets },
  buckets,
});

function onUsedPorts(f: LibraryFunction): LibraryFunction {
  const { withKeys } = f;
  return {
    ...f,
    description: `${f.description}; over the ports that carry flows, not all it could choose from`,
    usedPortsOnly: true,
    withKeys: withKeys && (() => withKeys().map(onUsedPorts)),
  };
}

/** A port without flows where chance would not leave one without: the sender may have no bucket for it. */
function hasIdlePort(rows: readonly HashRow[], ports: readonly number[], used: readonly number[]): boolean {
  const main = ports.map(() => 0);
  for (const { kind, epoch } of rows) if (kind === MAIN) main[epoch]++;
  return ports.some((k, epoch) => used[epoch] >= 2 && used[epoch] < k && (1 - 1 / k) ** main[epoch] < BY_CHANCE);
}
const BY_CHANCE = 0.001;

const from = (family: PolicyFamily, id: string): Policy => family.policies.find((policy) => policy.id === id)!;
const linux = (id: string) => from(linuxFamily, `linux-${id}`);

/**
 * Versions that differ on whole TCP and UDP packets; what tunnels carry is another view of the rows, not another function. Rows
 * keep no ICMP identifier, so that layer3+4 is computed as by kernels that did not read it.
 */
const LINUX: readonly Policy[] = [
  linux('layer2'),
  linux('layer2+3'),
  { ...linux('layer3+4'), value: linux('layer3+4@4.15').value },
  linux('vlan+srcmac'),
  linux('layer2+3@5.15'),
  linux('layer2+3@4.15'),
  linux('layer3+4@3.17'),
  ...['layer2@3.17', 'layer2+3@3.17', 'layer2@3.13', 'layer2+3@3.13', 'layer2+3@3.12', 'layer3+4@3.12'].map(linux),
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
const TEAMD_WITH_VLAN = ['teamd:eth,vlan', 'teamd:eth,vlan,l3,l4'];

const LAST_FIVE = 5; // bits of an address, as guides of HP switches have it

/** @param ports most of any epoch: fewer bits than they need would leave ports without a bucket */
function xorPolicies(ports: number, { ipv6, tagged }: SeenFields): Policy[] {
  const widths = [...new Set([Math.ceil(Math.log2(ports)), 3, LAST_FIVE, 8])].filter((bits) => 2 ** bits >= ports);
  const sets = FIELD_SETS.flatMap((set) => {
    const words = TEAMD_WORDS[set.name];
    const ofTeamd = words === undefined ? [] : [from(teamdFamily, `teamd:${words}`)];
    const isTeamds = ofTeamd.length > 0 && !(set.port !== 0 && ipv6); // of IPv6 teamd reads no source port
    return [
      ...ofTeamd,
      ...(isTeamds ? [] : [xorBytesPolicy(set, false)]),
      xorBytesPolicy(set, true),
      ...widths.sort((a, b) => a - b).map((bits) => lowBits(set, bits)),
      ...(set.name === 'l3' ? widths.filter((bits) => bits === 3 || bits === LAST_FIVE).map(ipElseMac) : []),
    ];
  });
  return tagged ? [...sets, ...TEAMD_WITH_VLAN.map((id) => from(teamdFamily, id))] : sets;
}

/** Without what no row has: the same values would be there twice. */
const vitessePolicies = ({ ipv6 }: SeenFields): readonly Policy[] =>
  vitesseFamily.policies.filter(({ reads }) => ipv6 || !reads.includes('ipv6.flow'));
