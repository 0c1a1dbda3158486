/** The policies that flows are laid over: all that are known, and fair hashes of the usual fields for senders that publish no formula. */

import type { HeaderField } from '../document/schema.js';
import { policies, policyNamed } from '../policies/catalogue.js';
import { NO_VALUE, type Policy, policy } from '../policies/policy.js';
import { seeded } from '../stats/random.js';

/** What vendors offer without saying how, and who does. */
const FIELD_SETS: readonly Policy[] = (
  [
    ['l2', 'MAC addresses', ['eth.src', 'eth.dst'], ['windows-lbfo:mac']],
    ['src-mac', 'the source MAC address', ['eth.src'], []],
    ['dst-mac', 'the destination MAC address', ['eth.dst'], []],
    ['l3', 'IP addresses', ['ip.src', 'ip.dst'], ['hp-procurve:l3', 'windows-lbfo:ip']],
    ['src-ip', 'the source IP address', ['ip.src'], []],
    ['dst-ip', 'the destination IP address', ['ip.dst'], []],
    [
      'l3+l4',
      'IP addresses and ports',
      ['ip.src', 'ip.dst', 'l4.srcport', 'l4.dstport'],
      ['hp-procurve:l4', 'windows-lbfo:ports'],
    ],
    ['l4', 'ports', ['l4.srcport', 'l4.dstport'], []],
  ] as const
).map(([id, what, reads, alsoKnownAs]) =>
  policy({
    id,
    description: `A hash of ${what} by a formula that is not published`,
    reads: reads as readonly HeaderField[],
    secret: 'unknown',
    alsoKnownAs,
    value: () => NO_VALUE,
  }),
);

const NAMED_BY_FIELDS = new Set(FIELD_SETS.flatMap(({ alsoKnownAs }) => alsoKnownAs));

/** Most widely used first; those without a formula by the fields they read. */
export function knownPolicies(): readonly Policy[] {
  const others = policies().filter(({ id }) => !NAMED_BY_FIELDS.has(id));
  const isPublished = ({ secret }: Policy) => secret !== 'unknown';
  return [...others.filter(isPublished), ...FIELD_SETS, ...others.filter((each) => !isPublished(each))];
}

const DRAWN_KEYS = 24;
const SEED = 93;

const LAGG = ['freebsd9-lagg', 'freebsd-lagg'];
/** Drawn at random, but one number of 32 bits. Of longer keys any table may come out. */
export const isKeyed = ({ family, secret }: Policy) => secret === 'seed' && LAGG.includes(family);

/**
 * The same policy with keys that it could have been given. Of 2^m ports the remainder of the key by their number is all that
 * shows (policies/freebsd.ts): then all cases are there, else some are drawn.
 */
export function withKeys({ id }: Policy, ports: number): Policy[] {
  const random = seeded(SEED);
  const isPowerOfTwo = (ports & (ports - 1)) === 0;
  const keys = Array.from({ length: isPowerOfTwo ? ports : DRAWN_KEYS }, (_, i) =>
    isPowerOfTwo ? i : random.below(2 ** 32),
  );
  return keys.map((key) => policyNamed(`${id};key=${key.toString(16).padStart(8, '0')}`));
}
