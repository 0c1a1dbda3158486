/** The largest flows of a direction, with what is known of their lives on each port: from when to when, and how much. */

import { type DirectionIndex, GAP_BINS, GAP_BOUNDS, NOT_FOLLOWED, type Pass } from '../engine/pass.js';
import type { LinkRate } from './link-rate.js';
import { isUnicast } from './port-counts.js';
import type { WireLoad } from './wire-load.js';

/** What one flow did on one port. */
export interface Life {
  readonly flow: number;
  readonly port: number;
  readonly octets: number;
  readonly frames: number;
  readonly firstNs: number;
  readonly lastNs: number;
}

/** What is known of the links of a direction and of its largest flows. */
export interface LinkFacts {
  readonly members: readonly number[];
  readonly rates: readonly LinkRate[]; // by port
  readonly wire: readonly WireLoad[]; // by port
  readonly lives: readonly Life[];
  /** Nothing is known to be missing: then a link that shows room had room. */
  readonly isComplete: boolean;
}

const LISTED = 256;

/** Most octets first. Flows that were not followed to their ports are left out. */
export function largestLives(
  pass: Pick<Pass, 'flows' | 'movers' | 'joins'>,
  direction: DirectionIndex,
  listed = LISTED,
): Life[] {
  const { flows, movers, joins } = pass;
  const lives = joins.first({ by: 'octets', direction }, listed).flatMap((flow): Life[] => {
    const mover = flows.mover(flow);
    if (mover === NOT_FOLLOWED || !isUnicast(flows, flow)) return [];
    if (mover < 0) {
      const [octets, frames] = [flows.octets(flow), flows.frames(flow)];
      const [firstNs, lastNs] = [flows.firstNs(flow), flows.lastNs(flow)];
      return [{ flow, port: flows.port(flow), octets, frames, firstNs, lastNs }];
    }
    return Array.from({ length: movers.ports }, (_, port) => port).flatMap((port) => {
      const frames =
        movers.wholeFrames(mover, port) + movers.firstFragments(mover, port) + movers.laterFragments(mover, port);
      if (frames === 0) return [];
      const [firstNs, lastNs] = [movers.firstNs(mover, port), movers.lastNs(mover, port)];
      return [{ flow, port, octets: movers.octets(mover, port), frames, firstNs, lastNs }];
    });
  });
  return lives.sort((a, b) => b.octets - a.octets || a.flow - b.flow || a.port - b.port);
}

const PAUSE_BIN = 5; // the first bin of gaps of 0.1 s and more

/**
 * Time a flow spent in gaps of 0.1 s and more. Of each gap its bin's bounds are known; and all gaps together are the flow's
 * life, if none of its frames is a fragment.
 *
 * @returns seconds
 */
export function pausesOf({ flows, movers }: Pick<Pass, 'flows' | 'movers'>, flow: number) {
  const mover = flows.mover(flow);
  const gaps = (bin: number) => (mover < 0 ? flows.gapBin(flow, bin) : movers.gapFrames(mover, bin));
  const pauses = { count: 0, least: 0, most: 0 };
  const short = { least: 0, most: 0 };
  for (let bin = 0; bin < GAP_BINS; bin++) {
    const into = bin < PAUSE_BIN ? short : pauses;
    if (gaps(bin) === 0) continue;
    into.least += gaps(bin) * (bin === 0 ? 0 : GAP_BOUNDS[bin - 1]);
    into.most += gaps(bin) * (GAP_BOUNDS[bin] ?? Number.POSITIVE_INFINITY);
    if (bin >= PAUSE_BIN) pauses.count += gaps(bin);
  }
  const life = (flows.lastNs(flow) - flows.firstNs(flow)) / 1e9;
  const areAllGaps = mover < 0 && flows.wholeFrames(flow) === flows.frames(flow);
  const rest = areAllGaps && pauses.count > 0 ? life - short.most : 0;
  return {
    count: pauses.count,
    least: Math.max(0, Math.min(life, Math.max(pauses.least, rest))),
    most: Math.max(0, Math.min(pauses.most, life - short.least)),
  };
}
