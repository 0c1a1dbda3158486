/**
 * The hypotheses: which header fields a sender's hash sees, and how. A mode for each of the three address pairs and
 * a subset of four single fields: 6 * 6 * 6 * 16 = 3456. And how likely each is before any flow was seen.
 */

export const MODES = ['none', 'src', 'dst', 'both', 'sym', 'xor'] as const;
export type Mode = (typeof MODES)[number];
export const [NONE, SRC, DST, BOTH, SYM, XOR] = [0, 1, 2, 3, 4, 5] as const; // indexes into MODES

export const PAIRS = ['mac', 'ip', 'port'] as const;

/** Fields as bits of a mask, in the order of `FIELDS`. */
export const FIELDS = [
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
] as const;
export type Field = (typeof FIELDS)[number];
export const fieldBit = (field: Field) => 1 << FIELDS.indexOf(field);

/** Source and destination of each pair, and the single fields, as indexes into FIELDS. */
export const PAIR_FIELDS = [
  [0, 1],
  [4, 5],
  [7, 8],
] as const;
export const SINGLE_FIELDS = [2, 3, 6, 9] as const; // ethertype, VLAN, protocol, flow label

/** Modes of the pairs (indexes into MODES) and a 4-bit subset of SINGLE_FIELDS. */
export interface Hypothesis {
  readonly mac: number;
  readonly ip: number;
  readonly port: number;
  readonly singles: number;
}

export const HYPOTHESES = 6 * 6 * 6 * 16;

export const indexOf = ({ mac, ip, port, singles }: Hypothesis) => ((mac * 6 + ip) * 6 + port) * 16 + singles;

export function hypothesis(index: number): Hypothesis {
  return {
    mac: Math.floor(index / 576),
    ip: Math.floor(index / 96) % 6,
    port: Math.floor(index / 16) % 6,
    singles: index % 16,
  };
}

/**
 * Mask of the fields whose value the hash can see at all, by hypothesis: `both`, `sym` and `xor` see both of a pair.
 */
export const INCLUDED: Uint16Array = (() => {
  const masks = new Uint16Array(HYPOTHESES);
  const pairMask = (pair: number, mode: number) =>
    (mode !== NONE && mode !== DST ? 1 << PAIR_FIELDS[pair][0] : 0) |
    (mode !== NONE && mode !== SRC ? 1 << PAIR_FIELDS[pair][1] : 0);
  const [macs, ips, ports] = PAIRS.map((_, pair) => MODES.map((_name, mode) => pairMask(pair, mode)));
  const singles = Array.from({ length: 16 }, (_, set) =>
    SINGLE_FIELDS.reduce((mask, field, i) => ((set >> i) & 1 ? mask | (1 << field) : mask), 0),
  );
  let index = 0; // as indexOf numbers them
  for (const mac of macs) {
    for (const ip of ips) {
      for (const port of ports) for (const single of singles) masks[index++] = mac | ip | port | single;
    }
  }
  return masks;
})();

export const [ETYPE, VLAN, PROTO, LABEL] = [1, 2, 4, 8] as const;

type PolicyMode = 'none' | 'src' | 'dst' | 'pair';
interface Policy {
  readonly name: string;
  readonly mac: PolicyMode;
  readonly ip: PolicyMode;
  readonly port: PolicyMode;
  readonly singles: number;
  readonly weight: number;
}

function policy(
  name: string,
  mac: PolicyMode,
  ip: PolicyMode,
  port: PolicyMode,
  singles: number,
  weight: number,
): Policy {
  return { name, mac, ip, port, singles, weight };
}

/** What vendors offer, with how often it is met (judgement, not a count; the verdicts use a range over three priors). */
export const POLICIES: readonly Policy[] = [
  policy('l2', 'pair', 'none', 'none', 0, 0.12),
  policy('l2+etype', 'pair', 'none', 'none', ETYPE, 0.03),
  policy('l2+vlan', 'pair', 'none', 'none', VLAN, 0.03),
  policy('l2+vlan+etype', 'pair', 'none', 'none', VLAN | ETYPE, 0.02),
  policy('src-mac', 'src', 'none', 'none', 0, 0.03),
  policy('dst-mac', 'dst', 'none', 'none', 0, 0.03),
  policy('src-mac+vlan', 'src', 'none', 'none', VLAN, 0.015),
  policy('l2+l3', 'pair', 'pair', 'none', 0, 0.08),
  policy('l2+l3+etype', 'pair', 'pair', 'none', ETYPE, 0.03),
  policy('l2+l3+vlan', 'pair', 'pair', 'none', VLAN, 0.015),
  policy('l3', 'none', 'pair', 'none', 0, 0.14),
  policy('l3+proto', 'none', 'pair', 'none', PROTO, 0.01),
  policy('src-ip', 'none', 'src', 'none', 0, 0.03),
  policy('dst-ip', 'none', 'dst', 'none', 0, 0.03),
  policy('l3+l4', 'none', 'pair', 'pair', 0, 0.12),
  policy('l3+l4+proto', 'none', 'pair', 'pair', PROTO, 0.09),
  policy('l4', 'none', 'none', 'pair', 0, 0.02),
  policy('src-port', 'none', 'none', 'src', 0, 0.01),
  policy('dst-port', 'none', 'none', 'dst', 0, 0.01),
  policy('l2+l3+l4', 'pair', 'pair', 'pair', 0, 0.02),
  policy('l2+l3+l4+proto+vlan', 'pair', 'pair', 'pair', PROTO | VLAN, 0.02),
  policy('l2+l3+l4+proto+vlan+etype', 'pair', 'pair', 'pair', PROTO | VLAN | ETYPE, 0.01),
  policy('l3+flowlabel', 'none', 'pair', 'none', LABEL, 0.01),
  policy('l3+l4+proto+flowlabel', 'none', 'pair', 'pair', PROTO | LABEL, 0.01),
  policy('none', 'none', 'none', 'none', 0, 0.02), // one fixed port
];

/** How a policy that takes both of a pair combines them. */
const PAIR_MODES = [
  [BOTH, 0.6],
  [XOR, 0.25],
  [SYM, 0.15],
] as const;
const REST_WEIGHT = 0.03;
const EQUAL_NAMED_WEIGHT = 0.8;

/** Policy names by hypothesis; null for those nobody is known to offer. */
export const POLICY_OF: readonly (string | null)[] = (() => {
  const names = new Array<string | null>(HYPOTHESES).fill(null);
  for (const { name, members } of expandedPolicies()) for (const member of members) names[member.index] = name;
  return names;
})();

/** Hypotheses with a name, in the order of the table. */
export const NAMED: readonly number[] = expandedPolicies().flatMap(({ members }) => members.map(({ index }) => index));

function expandedPolicies() {
  return POLICIES.map(({ name, mac, ip, port, singles, weight }) => {
    const hasPair = [mac, ip, port].includes('pair');
    const modes = hasPair ? PAIR_MODES : ([[BOTH, 1]] as const);
    const members = modes.map(([pairMode, part]) => {
      const mode = (m: PolicyMode) => (m === 'pair' ? pairMode : MODES.indexOf(m));
      return { index: indexOf({ mac: mode(mac), ip: mode(ip), port: mode(port), singles }), part };
    });
    return { name, weight, members };
  });
}

function prior(namedWeight: number, weightOf: (policy: { weight: number }) => number): Float64Array {
  const weights = new Float64Array(HYPOTHESES);
  const policies = expandedPolicies();
  const total = policies.reduce((sum, p) => sum + weightOf(p), 0);
  for (const p of policies) {
    for (const { index, part } of p.members) weights[index] = (namedWeight * weightOf(p) * part) / total;
  }
  // The rest: the fewer fields, the likelier.
  let rest = 0;
  for (let index = 0; index < HYPOTHESES; index++) if (POLICY_OF[index] === null) rest += REST_WEIGHTS[index];
  for (let index = 0; index < HYPOTHESES; index++) {
    if (POLICY_OF[index] === null) weights[index] = ((1 - namedWeight) * REST_WEIGHTS[index]) / rest;
  }
  return weights;
}

export function bitCount(mask: number): number {
  let count = 0;
  for (let left = mask; left !== 0; left &= left - 1) count++;
  return count;
}

const REST_WEIGHTS = Float64Array.from(INCLUDED, (mask) => 2 ** -bitCount(mask));

/** A prior over hypotheses. Where the sender owns the sockets, those without any field come on top (normalised later). */
export interface Prior {
  readonly weights: Float64Array; // sums to 1
  readonly perConnection: number; // a random number per connection
  readonly socket: number; // the same, visible in IPv6 flow labels
}

/**
 * The prior reported with, and two to see how much a verdict owes to it: every named policy equal, and half of that
 * (nothing but named policies) with half spread evenly over all hypotheses.
 */
export const PRIORS: readonly [Prior, Prior, Prior] = [
  { weights: prior(1 - REST_WEIGHT, (p) => p.weight), perConnection: 0.03, socket: 0.015 },
  { weights: prior(EQUAL_NAMED_WEIGHT, () => 1), perConnection: 0.04, socket: 0.015 },
  {
    weights: prior(1, () => 1).map((weight) => weight / 2 + 0.5 / HYPOTHESES),
    perConnection: 0.02,
    socket: 0.015,
  },
];
