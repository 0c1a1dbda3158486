import type { DissectedFrame, Headers } from './dissect.js';
import type { Reading } from './tshark-layers.js';

/** Where the engine and tshark differ on one frame: "field: ours, theirs". MACs only where the link has both. */
export function differences(ours: DissectedFrame, theirs: Reading): string[] {
  const found: string[] = [];
  const compare = (field: string, a: unknown, b: unknown) => {
    if (a !== b) found.push(`${field}: ${a}, ${b}`);
  };
  if (ours.ethDst !== null) {
    compare('eth.src', ours.ethSrc, theirs.ethSrc);
    compare('eth.dst', ours.ethDst, theirs.ethDst);
  }
  compare('vlan', ours.vlan, theirs.vlan);
  compare('label', ours.label, theirs.label);
  compare('session', ours.session, theirs.session);
  compare('fragment', ours.fragment, theirs.fragment);
  compareHeaders('outer', ours.outer, theirs.outer, compare);
  if (!theirs.innerComparable) return found;
  compareHeaders('inner', ours.inner, theirs.inner, compare);
  compare('inner eth.src', ours.innerEthSrc, theirs.innerEthSrc);
  compare('inner eth.dst', ours.innerEthDst, theirs.innerEthDst);
  return found;
}

function compareHeaders(
  where: string,
  ours: Headers | null,
  theirs: Headers | null,
  compare: (field: string, a: unknown, b: unknown) => void,
): void {
  if (ours === null || theirs === null) {
    compare(where, ours && JSON.stringify(ours), theirs && JSON.stringify(theirs));
    return;
  }
  for (const field of ['src', 'dst', 'srcPort', 'dstPort'] as const)
    compare(`${where} ${field}`, ours[field], theirs[field]);
  if (theirs.protocol !== null) compare(`${where} protocol`, ours.protocol, theirs.protocol);
}
