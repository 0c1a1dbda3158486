/** The policies that flows are laid over: known functions, and fair hashes of usual sets of fields whose formula nobody publishes. */

import type { HeaderField } from '../document/schema.js';
import type { Header } from '../flows/main-row.js';
import type { HashRow } from '../flows/rows.js';
import { FIELDS, hypothesis, INCLUDED, SYM, XOR } from '../inference/fields/hypotheses.js';
import { libraryFor } from '../inference/functions/library.js';
import type { Mixing } from './cells.js';

/** `none`: the bucket of every flow is known. Else what is not public, and would have to be. */
export type Secret = 'none' | 'seed' | 'table' | 'per-connection' | 'unknown';

export interface KnownPolicy {
  readonly id: string;
  readonly description: string;
  readonly alsoKnownAs: readonly string[];
  readonly reads: readonly HeaderField[];
  readonly mixes: Mixing;
  readonly secret: Secret;
  /** Below the number of ports; negative where the sender's choice for this flow is not known. */
  bucket(key: Header, ports: number): number;
}

export function knownPolicies(ports: number): KnownPolicy[] {
  const named = libraryFor({ ports: [ports], rows: [] }).map((f): KnownPolicy => {
    const { mac, ip, port } = hypothesis(f.hypothesis);
    return {
      id: f.id,
      description: f.description,
      alsoKnownAs: f.twins,
      reads: FIELDS.filter((_, i) => (INCLUDED[f.hypothesis] >> i) & 1),
      mixes: [mac, ip, port].includes(XOR) ? 'xor' : [mac, ip, port].includes(SYM) ? 'unordered' : 'ordered',
      secret: 'none',
      bucket: (key, k) => f.value(key as HashRow) % k,
    };
  });
  return [...named, ...FIELD_SETS];
}

/** What vendors offer without saying how: by the name that fields have in the document. */
const FIELD_SETS: readonly KnownPolicy[] = (
  [
    ['l2', 'MAC addresses', ['eth.src', 'eth.dst']],
    ['src-mac', 'the source MAC address', ['eth.src']],
    ['dst-mac', 'the destination MAC address', ['eth.dst']],
    ['l3', 'IP addresses', ['ip.src', 'ip.dst']],
    ['src-ip', 'the source IP address', ['ip.src']],
    ['dst-ip', 'the destination IP address', ['ip.dst']],
    ['l3+l4', 'IP addresses and ports', ['ip.src', 'ip.dst', 'l4.srcport', 'l4.dstport']],
    ['l4', 'ports', ['l4.srcport', 'l4.dstport']],
  ] as const
).map(([id, what, reads]) => ({
  id,
  description: `A hash of ${what} whose formula is not known`,
  alsoKnownAs: [],
  reads,
  mixes: 'ordered',
  secret: 'unknown',
  bucket: () => -1,
}));
