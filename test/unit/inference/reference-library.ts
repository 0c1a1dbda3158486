import type { UnknownFunctions } from '../../../src/inference/fields/evaluate.js';
import { BOTH, indexOf, NONE } from '../../../src/inference/fields/hypotheses.js';
import { libraryFor } from '../../../src/inference/functions/library.js';
import type { LibraryFunction } from '../../../src/inference/functions/library-function.js';

/** Policies that were not in the reference's library when its posteriors were computed. */
const LATER =
  /^(freebsd9-lagg|freebsd-lagg:l4|dpdk|vpp|illumos|netbsd|vitesse|rtag7)|@(3\.1[23]|4\.15)|^linux-layer2(\+3)?@3\.17|^xor-low:(.*,5|ip-else-mac)|vlan,|,vlan/;

/** The classes of unknown functions that the reference weighs beside whole tables. */
export const OF_THE_REFERENCE: UnknownFunctions = { affine: true, sums: false, lowTables: false, ownApart: false };

/**
 * The functions the reference's posteriors were computed with, and FNV-1 taken for a function of addresses and ports under IPv6
 * too. Shares of the prior depend on how many functions there are.
 */
export function referenceLibrary(observed: Parameters<typeof libraryFor>[0]): LibraryFunction[] {
  const ipv6 = observed.rows.some((row) => row.srcIp.length === 16);
  return libraryFor(observed).flatMap((f) => {
    if (f.buckets !== null || f.usedPortsOnly || LATER.test(f.id) || (ipv6 && /^teamd:.*l4/.test(f.id))) return [];
    if (!f.id.startsWith('freebsd-lagg')) return [f];
    const layers = f.id.split(':')[1].split(',');
    const pair = (layer: string) => (layers.includes(layer) ? BOTH : NONE);
    return [{ ...f, hypothesis: indexOf({ mac: pair('l2'), ip: pair('l3'), port: pair('l4'), singles: 0 }) }];
  });
}
