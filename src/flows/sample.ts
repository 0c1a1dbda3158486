/**
 * Which rows inference looks at where there are too many. Half are all flows of some source addresses, because pairs of flows
 * that differ in one field only hardly survive a uniform choice; the rest is uniform. Sources and flows are taken in the order
 * of a hash: so every capture gives the same sample each time, and a smaller sample is part of a larger one.
 */

/** Murmur's last step: each bit of the number decides on each bit of the result. 0 to 2^32 - 1. */
function spread(n: number): number {
  let mixed = Math.imul(n ^ (n >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

export const rankOfSource = (address: number) => spread(address ^ 0x5bd1e995);
export const rankOfFlow = (flow: number) => spread(flow ^ 0x2545f491);
