/** What the clocks of two ports differ, from what cannot be: an answer before its question. */

import type { Turnaround } from '../engine/pass.js';

export interface SkewBound {
  readonly seconds: number;
  readonly connections: number; // across ports: what it was measured from
}

/** So many connections must agree, for a lost SYN that was sent again looks like an answer before its question too. */
const AGREEING = 3;
const FEWEST = 20;
/** Where no connection was answered the other way round, the answer itself took no longer than this, or nearly so. */
const SLOW_ANSWER_NS = 1e6;

/**
 * A SYN on port a, its answer on port b: by their clocks it took the real time plus what b is ahead of a, and the real time is
 * above 0. So the shortest that was seen bounds how far b may be behind; two ports that answer each other bound both ends.
 *
 * @param assumedSeconds what is believed without a measurement
 * @returns null where nothing contradicts that, or too little was seen
 */
export function measureSkew(turnarounds: readonly Turnaround[], assumedSeconds: number): SkewBound | null {
  const across = turnarounds.filter(({ from, to }) => from !== to);
  const connections = across.reduce((sum, { count }) => sum + count, 0);
  if (connections < FEWEST) return null;
  let bound = assumedSeconds * 1e9;
  for (const { from, to, leastNs } of across) {
    const least = leastNs[AGREEING - 1];
    if (least === undefined || -least <= assumedSeconds * 1e9) continue;
    const back = across.find((other) => other.from === to && other.to === from)?.leastNs[AGREEING - 1];
    bound = Math.max(bound, Math.abs(back ?? SLOW_ANSWER_NS - least), -least);
  }
  return bound > assumedSeconds * 1e9 ? { seconds: bound / 1e9, connections } : null;
}
