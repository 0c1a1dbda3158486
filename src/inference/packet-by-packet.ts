/**
 * A sender that ignores flows and deals out frames looks like a hash of whatever differs where flows do not give it away: because
 * they have one frame each, or because they come strictly in turn and their number is a multiple of that of the ports, so that
 * each meets one port only.
 */

import type { DirectionIndex, Pass } from '../engine/pass.js';
import type { FlowVerdicts } from '../flows/judge-flows.js';
import { isUnicast } from '../flows/port-counts.js';
import { type HashRow, MAIN, type RowEpoch } from '../flows/rows.js';
import { VERDICTS } from '../flows/verdict.js';
import { logAddExp, logGamma, logSumExp } from '../stats/log.js';
import type { WeighedComponent } from './fields/components.js';
import { freeRows } from './fields/free-rows.js';
import { logEvidence } from './fields/noise.js';

/** How likely a sender does, before a flow was seen: balance-rr, a switch that sprays. */
const PRIOR = 0.02;
/** Share of flows under a hash that a few frames of go another way: before addresses are learnt, while ports change. */
const SPLIT = 0.01;

/** What shows it and is in no row. */
export interface FrameEvidence {
  readonly split: number; // flows of too few frames for a verdict, on several ports nevertheless
  readonly inTurn: boolean; // at any time the ports have carried equally many frames
}

export function frameEvidence(
  pass: Pick<Pass, 'flows' | 'movers' | 'series' | 'skewBound'>,
  direction: DirectionIndex,
  epochs: readonly RowEpoch[],
  verdicts: FlowVerdicts,
): FrameEvidence {
  const { flows, movers } = pass;
  let split = 0;
  const insufficient = VERDICTS.indexOf('insufficient');
  for (let mover = 0; mover < movers.count; mover++) {
    if (verdicts.numbers[mover] !== insufficient) continue;
    const flow = movers.flow(mover);
    if (flows.direction(flow) !== direction || !isUnicast(flows, flow)) continue;
    let used = 0;
    for (let port = 0; port < movers.ports; port++) if (movers.wholeFrames(mover, port) > 0) used++;
    if (used > 1) split++;
  }
  return { split, inTurn: epochs.length === 1 && goInTurn(pass, direction, epochs[0]) };
}

/** Frames dealt out in turn keep the ports level, whatever flows they are of. Those of a hash drift apart like a random walk. */
function goInTurn(
  { series, skewBound }: Pick<Pass, 'series' | 'skewBound'>,
  direction: DirectionIndex,
  { ports }: RowEpoch,
): boolean {
  const carried = ports.map((port) => series.frames[direction][port]);
  const all = carried[0].map((_, bucket) => carried.reduce((sum, frames) => sum + frames[bucket], 0));
  const busiest = all.reduce((most, frames) => Math.max(most, frames), 0) / series.intervalSeconds;
  const allowed = 1 + Math.ceil((2 * skewBound * busiest) / ports.length);
  // Captures of ports begin and end apart: the first bucket and the last count where there are no others.
  const busy = [...all.keys()].filter((bucket) => all[bucket] > 0);
  const inner = busy.length > FEWEST_BUCKETS ? busy.slice(1, -1) : busy;
  const [lead, least, most] = [0, 0, 0].map((n) => ports.map(() => n));
  for (const bucket of inner) {
    carried.forEach((frames, p) => {
      lead[p] += frames[bucket] - carried[0][bucket];
      least[p] = Math.min(least[p], lead[p]);
      most[p] = Math.max(most[p], lead[p]);
    });
  }
  return ports.length > 1 && ports.every((_, p) => most[p] - least[p] <= allowed);
}
const FEWEST_BUCKETS = 10;

/**
 * How likely the sender ignores flows.
 *
 * @param weighed what hypotheses of hashes make of these rows
 * @param ports by epoch
 * @param share of all flows that the rows are of
 */
export function packetByPacket(
  weighed: readonly WeighedComponent[],
  rows: readonly HashRow[],
  ports: readonly number[],
  { split, inTurn }: FrameEvidence,
  share: number,
): number {
  const main = rows.filter(({ kind }) => kind === MAIN);
  const others = rows.filter(({ kind }) => kind !== MAIN);
  const frames = main.reduce((sum, row) => sum - row.frames * Math.log(ports[row.epoch]), 0);
  const flows = inTurn
    ? logAddExp(frames, inTurnEvidence(main, ports[main[0].epoch])) - Math.LN2
    : frames - share * split * Math.log(SPLIT);
  const dealt = Math.log(PRIOR) + flows + logEvidence(freeRows(others, ports));
  const hashed = Math.log(1 - PRIOR) + logSumExp(weighed.map((component) => component.logEvidence));
  return Math.exp(dealt - logAddExp(dealt, hashed));
}

/** Once the order of the ports is known all is, but for flows that do not come as often as the others: those should have changed ports. */
function inTurnEvidence(main: readonly HashRow[], ports: number): number {
  const period = main.map(({ frames }) => frames).sort((a, b) => a - b)[main.length >> 1];
  const isOdd = (frames: number) => {
    const often = Math.max(1, Math.round(frames / period));
    return Math.abs(frames - often * period) > ONE_END + frames / 100;
  };
  const odd = main.filter(({ frames }) => isOdd(frames)).reduce((sum, { frames }) => sum + frames - 1, 0);
  return -logGamma(ports + 1) - odd * Math.log(ports);
}
const ONE_END = 2; // frames that a capture may begin and end with or without
