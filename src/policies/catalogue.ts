/** All policies that are known, most widely used family first, and how one is asked for by its id. */

import { UsageError } from '../errors.js';
import { closest } from '../stats/edit-distance.js';
import { crcFamily } from './crc.js';
import { dpdkFamily } from './dpdk.js';
import { freebsdFamily } from './freebsd.js';
import { illumosFamily } from './illumos.js';
import { linuxFamily } from './linux.js';
import { lowBitsFamily } from './low-bits.js';
import { netbsdFamily } from './netbsd.js';
import { openbsdFamily } from './openbsd.js';
import { ovsFamily } from './ovs.js';
import type { Policy, PolicyFamily, PolicySpec } from './policy.js';
import { rtag7Family } from './rtag7.js';
import { teamdFamily } from './teamd.js';
import { toeplitzFamily } from './toeplitz.js';
import { unpublishedFamily } from './unpublished.js';
import { vitesseFamily } from './vitesse.js';
import { vppFamily } from './vpp.js';
import { xorBytesFamily } from './xor-bytes.js';

const FAMILIES: readonly PolicyFamily[] = [
  linuxFamily,
  teamdFamily,
  lowBitsFamily,
  freebsdFamily,
  ovsFamily,
  dpdkFamily,
  vppFamily,
  illumosFamily,
  netbsdFamily,
  openbsdFamily,
  vitesseFamily,
  rtag7Family,
  xorBytesFamily,
  crcFamily,
  toeplitzFamily,
  unpublishedFamily,
];

/** Every policy once, with its usual options. */
export function policies(): readonly Policy[] {
  return FAMILIES.flatMap((family) => family.policies);
}

/**
 * The policy of an id with options: `linux-layer3+4@4.15`, `freebsd9-lagg:l3;key=deadbeef`, `cisco-xor8:l3`.
 * @throws UsageError that names the closest ids
 */
export function policyNamed(text: string): Policy {
  const spec = parse(text.trim());
  for (const family of FAMILIES) {
    const found = spec && family.named(spec);
    if (found && isHeeded(spec, found)) return found;
  }
  const ids = policies().map(({ id }) => id);
  throw new UsageError(`There is no policy "${text}". Closest: ${closest(text, ids, 3).join(', ')}.`);
}

/** Whether all that was asked for is in the id: nothing is dropped silently. */
function isHeeded(asked: PolicySpec, { id }: Policy): boolean {
  const got = parse(id)!;
  return (
    got.version === asked.version &&
    (asked.fields.length === 0 || asked.fields.length === got.fields.length) &&
    [...asked.options.keys()].every((option) => got.options.has(option))
  );
}

/** `name@version:field,field;option=value;option=value` */
function parse(text: string): PolicySpec | null {
  const [head, ...options] = text.split(';');
  const parts = /^([^@:]+)(?:@([^:]+))?(?::(.*))?$/.exec(head);
  if (!parts) return null;
  const [, name, version, fields] = parts;
  return {
    name,
    version: version ?? null,
    fields: fields ? fields.split(',') : [],
    options: new Map(options.map((option) => option.split(/=(.*)/s).slice(0, 2) as [string, string])),
  };
}
