/** Flows on several ports that need a word, as the document lists them: P3 to P8, innocent movers among them. */

import type { Evidence, PingPong } from '../document/schema.js';
import {
  type DirectionIndex,
  GAP_BINS,
  GAP_BOUNDS,
  INGRESS,
  NOT_A_MOVER,
  type Pass,
  type Run,
} from '../engine/pass.js';
import { Smallest } from '../stats/smallest.js';
import type { Epoch } from './epochs.js';
import { displayFilter, flowDocument } from './flow-name.js';
import type { FlowVerdicts } from './judge-flows.js';
import { moverSums } from './mover-sums.js';
import { portCounts } from './port-counts.js';
import { timeText } from './time-text.js';
import { classOf, VERDICTS, type Verdict } from './verdict.js';

type Facts = Pick<Pass, 'ports' | 'inputs' | 'originNs' | 'flows' | 'movers' | 'skewBound'>;

const LISTED = 1000;
const MOST = 2 ** 32 - 1; // switches are counted in 32 bits
const RUNS_SHOWN = 200;
const TCP = 6;

const KINDS: { readonly [verdict in Verdict]?: PingPong['kind'] } = {
  'round-robin': 'round-robin',
  spray: 'per-packet',
  flowlet: 'flowlet',
  switching: 'oscillating',
  'header-dependent': 'header-dependent',
  'fragment-split': 'fragment-split',
};

/**
 * At most 1,000, most switches first.
 *
 * @param arrivesHere whether the frames of the direction are on their way to the local station, and that is known
 */
export function pingPongOf(
  pass: Facts,
  direction: DirectionIndex,
  verdicts: FlowVerdicts,
  epochs: readonly Epoch[],
  arrivesHere = direction === INGRESS,
): PingPong[] {
  const { movers } = pass;
  const { each } = moverSums(pass);
  const most = new Smallest(LISTED);
  const mayBeListed = VERDICTS.map(isListed);
  for (let mover = 0; mover < movers.count; mover++) {
    if (each.direction[mover] !== direction || !mayBeListed[verdicts.numbers[mover]]) continue;
    most.offer(MOST - movers.switches(mover), movers.flow(mover));
  }
  return most.items().map((flow) => entry(pass, flow, verdicts, epochs, arrivesHere));
}

/** Copies (P0) are counted elsewhere. */
function isListed(verdict: Verdict): boolean {
  const flowClass = classOf(verdict);
  return flowClass !== null && flowClass !== 'P0';
}

function entry(
  pass: Facts,
  flow: number,
  verdicts: FlowVerdicts,
  epochs: readonly Epoch[],
  arrivesHere: boolean,
): PingPong {
  const { flows, movers } = pass;
  const mover = flows.mover(flow);
  const isTcp = flows.ipProto(flow) === TCP;
  const answer = isTcp ? movers.answeredBy(mover) : -1;
  const { dependsOn, orderedBy } = verdicts.judgement(mover);
  const verdict = verdicts.of(flow);
  const runs = movers.runs(mover);
  const counts = portCounts(pass, flow).filter(({ frames }) => frames > 0);
  const whole = counts.reduce((sum, count) => sum + count.wholeFrames, 0);
  const switches = movers.switches(mover);
  const filter = displayFilter(flows, flow, verdict !== 'fragment-split');
  const order = reordering(pass, mover, whole);
  const [first, second] = [runs[0], runs.find((run, i) => i > 0 && run.port !== runs[i - 1].port)];
  return {
    flow: flowDocument(flows, flow),
    class: classOf(verdict) as PingPong['class'],
    evidence: firstFrames(pass, mover, filter),
    kind: KINDS[verdict] ?? (movedWithMembers(flow, epochs) ? 'failover' : 'rebalance'),
    dependsOn: dependsOn.length === 0 ? null : dependsOn.join(', '),
    orderedBy,
    ports: counts.map(({ port, frames, octets }) => ({ port: pass.ports[port], frames, octets })),
    frames: counts.reduce((sum, count) => sum + count.frames, 0),
    switches,
    switchRate: whole > 1 ? Math.min(1, switches / (whole - 1)) : 0,
    meanRunLength: whole / (switches + 1),
    dwell: switches > 0 ? dwellSeconds(runs, first, switches, flows.lastNs(flow)) : null,
    reordered: order === null ? null : movers.reordered(mover),
    reorderedRatio: order === null ? null : order.ratio,
    firstSwitch: second === undefined ? null : timeText(pass.originNs, second.firstNs),
    displayFilter: filter,
    runs: runs.slice(0, RUNS_SHOWN).map(({ port, frames }) => ({ port: pass.ports[port], frames })),
    cost: {
      extentMax: order === null ? null : movers.extentMax(mover),
      nReordered3: order === null ? null : movers.nReordered3(mover),
      dupAckRuns: answer >= 0 && flows.mover(answer) === NOT_A_MOVER ? flows.dupAckRuns(answer) : null,
      // What came again here had arrived, so it was sent again without need; what is sent again from here may have been lost.
      spuriousFastRetransmissions: isTcp && arrivesHere && movers.repeated(mover) >= 0 ? movers.repeated(mover) : null,
    },
  };
}

/** It moved when a port left or came back: failover. While all ports stayed: rebalance. */
function movedWithMembers(flow: number, epochs: readonly Epoch[]): boolean {
  return epochs.some(
    ({ kind, movedFlows }) => (kind === 'failover' || kind === 'recovery') && movedFlows.includes(flow),
  );
}

/** Mean time on a port between two changes, seconds. */
function dwellSeconds(runs: readonly Run[], first: Run | undefined, switches: number, lastNs: number): number | null {
  if (first === undefined) return null;
  const end = Math.max(lastNs, runs.at(-1)!.lastNs);
  return (end - first.firstNs) / (switches + 1) / 1e9;
}

/**
 * RFC 4737 on a merged time line holds only where the clocks are closer than frames usually are, and where sequence numbers
 * number the frames; null otherwise. The median gap is known to its bin, so the bin's lower bound must do.
 */
function reordering({ movers, skewBound }: Facts, mover: number, whole: number): { ratio: number } | null {
  if (movers.sequenceSpan(mover) === 0 || whole === 0) return null;
  const gaps = Array.from({ length: GAP_BINS }, (_, bin) => movers.gapFrames(mover, bin));
  const half = gaps.reduce((sum, n) => sum + n, 0) / 2;
  let below = 0;
  let bin = 0;
  while (bin < GAP_BINS - 1 && below + gaps[bin] < half) below += gaps[bin++];
  const atLeast = bin === 0 ? 0 : GAP_BOUNDS[bin - 1];
  return atLeast >= skewBound && half > 0 ? { ratio: Math.min(1, movers.reordered(mover) / whole) } : null;
}

/** The first frame on each port, in order of time. */
function firstFrames({ movers, inputs }: Facts, mover: number, filter: string): Evidence[] {
  return Array.from({ length: movers.ports }, (_, port) => port)
    .filter((port) => movers.firstFrame(mover, port) > 0 && !Number.isNaN(movers.firstNs(mover, port)))
    .sort((a, b) => movers.firstNs(mover, a) - movers.firstNs(mover, b))
    .map((port) => ({
      source: inputs[movers.input(mover, port)].source,
      frame: movers.firstFrame(mover, port),
      filter,
    }));
}
