/** What TCP says was lost, by port: of flows on one port, for the losses of others belong to no port. */

import type { DirectionPort } from '../document/schema.js';
import { type DirectionIndex, INGRESS, type Pass } from '../engine/pass.js';
import { wilsonInterval } from '../stats/binomial.js';

type Evidence = Pick<Pass, 'joins' | 'lossesRefused'>;

/**
 * `lossShare`: towards the local station, the segments that were missing here and sent again: lost before. From it, those sent
 * again although they had passed: lost behind, or not at all, so it is a bound from above. Null where the capture point is not
 * known, and where not every flow with a loss found room.
 */
export function tcpByPort(
  { joins, lossesRefused }: Evidence,
  direction: DirectionIndex,
  stationKnown: boolean,
): DirectionPort['tcp'][] {
  return joins.sums()[direction].tcp.map((sums) => {
    const { segments, retransmissions, late, filled, again, missed, steady } = sums;
    if (segments === 0) return null;
    const known = stationKnown && lossesRefused === 0;
    const [lost, lossyFlows] = direction === INGRESS ? [filled, sums.lostBefore] : [again, sums.lostBehind];
    return {
      segments,
      retransmissions,
      overtaken: late,
      repaired: filled,
      repeated: again,
      missed,
      lossShare: known ? lost / segments : null,
      lossInterval: (known ? wilsonInterval(lost, segments) : null) ?? [null, null],
      steadyFlows: steady,
      lossyFlows: known ? lossyFlows : null,
    };
  });
}

/** Pieces of TCP data that arrived and are not in the capture; null without TCP data. */
export function ackedGaps({ joins }: Pick<Pass, 'joins'>): number | null {
  const tcp = joins.sums().flatMap((sums) => sums.tcp);
  return tcp.some(({ segments }) => segments > 0) ? tcp.reduce((sum, { missed }) => sum + missed, 0) : null;
}
