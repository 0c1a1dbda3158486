/** When flows changed their port: the only trace that a change of the mapping leaves in a capture. */

import type { DirectionIndex, Pass } from '../engine/pass.js';
import type { FlowVerdicts } from './judge-flows.js';
import { VERDICTS, type Verdict } from './verdict.js';

/** The flow changed its port in (fromNs, toNs]: last frame on the old port, first on the new. */
export interface Move {
  readonly flow: number;
  readonly from: number;
  readonly to: number;
  readonly fromNs: number;
  readonly toNs: number;
  readonly isMoved: boolean; // by the verdict on its flow: only these may create a boundary
}

/** Verdicts under which a change of port is not ping-pong, and not an artefact either. */
const TELLING: readonly Verdict[] = ['moved', 'stray', 'insufficient', 'fragment-split'];

export function movesOf(
  pass: Pick<Pass, 'flows' | 'movers'>,
  direction: DirectionIndex,
  verdicts: FlowVerdicts,
): Move[] {
  const moves: Move[] = [];
  const isTelling = VERDICTS.map((verdict) => TELLING.includes(verdict));
  for (let mover = 0; mover < pass.movers.count; mover++) {
    if (!isTelling[verdicts.numbers[mover]]) continue;
    const verdict = verdicts.ofMover(mover);
    const flow = pass.movers.flow(mover);
    if (pass.flows.direction(flow) !== direction) continue;
    if (pass.movers.truncatedRuns(mover)) continue;
    const runs = pass.movers.runs(mover);
    for (let i = 1; i < runs.length; i++) {
      if (runs[i].port === runs[i - 1].port) continue;
      const [fromNs, toNs] = [runs[i - 1].lastNs, runs[i].firstNs];
      moves.push({ flow, from: runs[i - 1].port, to: runs[i].port, fromNs, toNs, isMoved: verdict === 'moved' });
    }
  }
  return moves;
}

export function contains({ fromNs, toNs }: Pick<Move, 'fromNs' | 'toNs'>, ns: number): boolean {
  return fromNs < ns && ns <= toNs;
}

/** When something changed: the instant that is taken for it, and the interval in which it lies. */
export interface Instant {
  readonly ns: number;
  readonly fromNs: number;
  readonly toNs: number;
}

/** The instant of a window that lies in most moves, if it lies in more than that of `otherwise` does; else `otherwise`. */
export function mostPierced(moves: readonly Move[], fromNs: number, toNs: number, otherwise: Instant): Instant {
  const piercing = (ns: number) => moves.filter((move) => contains(move, ns)).length;
  const edges = moves.flatMap((move) => [move.fromNs, move.toNs]).filter((ns) => ns >= fromNs && ns <= toNs);
  const points = [...new Set([fromNs, ...edges, toNs])].sort((a, b) => a - b);
  let best = { fromNs: 0, toNs: 0, count: piercing(otherwise.ns) };
  let isBetter = false;
  // Between two neighbouring edges the count does not change.
  for (let i = 1; i < points.length; i++) {
    const count = piercing(points[i]);
    if (count <= best.count) continue;
    best = { fromNs: points[i - 1], toNs: points[i], count };
    isBetter = true;
  }
  if (isBetter) return { ns: (best.fromNs + best.toNs) / 2, fromNs: best.fromNs, toNs: best.toNs };
  const agreeing = moves.filter((move) => contains(move, otherwise.ns));
  return {
    ns: otherwise.ns,
    fromNs: Math.max(otherwise.fromNs, ...agreeing.map((move) => move.fromNs)),
    toNs: Math.min(otherwise.toNs, ...agreeing.map((move) => move.toNs)),
  };
}

/** The fewest instants that lie in all moves, each with the moves it lies in and the part they have in common. */
export function pierceAll(moves: readonly Move[]): { moves: Move[]; fromNs: number; toNs: number }[] {
  let rest = [...moves].sort((a, b) => a.toNs - b.toNs);
  const groups: { moves: Move[]; fromNs: number; toNs: number }[] = [];
  while (rest.length > 0) {
    const ns = rest[0].toNs;
    // The first goes in any case: equal time stamps make moves without length, which no instant lies in.
    const pierced = rest.filter((move, i) => i === 0 || contains(move, ns));
    groups.push({ moves: pierced, fromNs: Math.max(...pierced.map((move) => move.fromNs)), toNs: ns });
    rest = rest.filter((move) => !pierced.includes(move));
  }
  return groups;
}
