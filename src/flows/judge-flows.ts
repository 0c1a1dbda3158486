/** Verdicts on all flows of a capture. Flows on one port are pinned, or too short to say. */

import { GAP_BINS, NOT_A_MOVER, type Pass } from '../engine/pass.js';
import type { CopiedPort } from './copies.js';
import { icmpOf, isIcmp } from './icmp.js';
import { isCut, isUnicast } from './port-counts.js';
import { type Judgement, judge, type MoverCounters, type Verdict } from './verdict.js';

export type Judged = Pick<Pass, 'flows' | 'movers' | 'skewBound'>;

export interface FlowVerdicts {
  of(flow: number): Verdict;
  /** Of flows on several ports only. */
  readonly judgements: ReadonlyMap<number, Judgement>;
}

const FEWEST = 8;

/** @param copies ports whose frames are those of another: they count as the one they repeat */
export function judgeFlows(pass: Judged, copies: readonly CopiedPort[] = []): FlowVerdicts {
  const { flows, movers } = pass;
  const judgements = new Map<number, Judgement>();
  for (let mover = 0; mover < movers.count; mover++) {
    const flow = movers.flow(mover);
    judgements.set(flow, mayPingPong(pass, flow) ? judgeMover(pass, mover, copies) : NOT_JUDGED);
  }
  return {
    judgements,
    of(flow) {
      if (flows.mover(flow) === NOT_A_MOVER) return flows.frames(flow) < FEWEST ? 'insufficient' : 'pinned';
      return judgements.get(flow)?.verdict ?? 'not-judged'; // on several ports, but not followed
    },
  };
}

const NOT_JUDGED: Judgement = { verdict: 'not-judged', gapBoundSeconds: null };

/**
 * Frames without IP and ICMP errors are hashed by what is not in the flow's key, groups are flooded. Where the snap length cut
 * ports or inner headers off, several flows are one row.
 */
function mayPingPong({ flows }: Judged, flow: number): boolean {
  if (flows.ipVersion(flow) === 0 || !isUnicast(flows, flow) || isCut(flows, flow)) return false;
  if (!isIcmp(flows, flow)) return true;
  const identifier = icmpOf(flows, flow)?.identifier ?? null;
  return identifier !== null;
}

function judgeMover(pass: Judged, mover: number, copies: readonly CopiedPort[]): Judgement {
  const { movers } = pass;
  const counters = countersOf(pass, mover);
  const seen = (port: number) =>
    counters.whole[port] +
      counters.firstFragments[port] +
      counters.laterFragments[port] +
      duplicatesOn(pass, mover, port) >
    0;
  const repeated = copies.filter(({ port, of }) => seen(port) && of.some(seen));
  if (repeated.length === 0) return judge(counters, pass.skewBound);

  // The copies of a port are the port again. Which of two equal frames counts as the copy is a matter of clocks, so order
  // and sequence across the two say nothing: only a flow that is on one port then can be judged.
  const home = new Map(repeated.map(({ port, of }) => [port, of.find(seen)!]));
  const ports = new Set<number>();
  for (let port = 0; port < movers.ports; port++) if (seen(port)) ports.add(home.get(port) ?? port);
  const n = sum(counters.whole) + sum(counters.firstFragments) + sum(counters.laterFragments);
  if (n < FEWEST) return { verdict: 'insufficient', gapBoundSeconds: null };
  return ports.size === 1 ? { verdict: 'pinned', gapBoundSeconds: null } : NOT_JUDGED;
}

function duplicatesOn({ movers }: Judged, mover: number, port: number): number {
  return movers.duplicates(mover, port);
}

export function countersOf({ movers }: Pick<Pass, 'movers'>, mover: number): MoverCounters {
  const K = movers.ports;
  const perPort = (of: (port: number) => number) => Array.from({ length: K }, (_, port) => of(port));
  const perBin = (of: (bin: number) => number) => Array.from({ length: GAP_BINS }, (_, bin) => of(bin));
  const span = movers.sequenceSpan(mover);
  return {
    whole: perPort((port) => movers.wholeFrames(mover, port)),
    firstFragments: perPort((port) => movers.firstFragments(mover, port)),
    laterFragments: perPort((port) => movers.laterFragments(mover, port)),
    firstNs: perPort((port) => movers.firstNs(mover, port)),
    lastNs: perPort((port) => movers.lastNs(mover, port)),
    duplicates: sum(perPort((port) => movers.duplicates(mover, port))),
    switches: movers.switches(mover),
    transitions: Array.from({ length: K }, (_, from) => perPort((to) => movers.transitions(mover, from, to))),
    gapFrames: perBin((bin) => movers.gapFrames(mover, bin)),
    gapSwitches: perBin((bin) => movers.gapSwitches(mover, bin)),
    pairs: movers.pairs(mover),
    holes: movers.holes(mover),
    coverage: span > 0 ? Math.min(1, movers.distinctOctets(mover) / span) : 1,
    ackAdvances: movers.ackAdvances(mover),
    ackSwitches: movers.ackSwitches(mover),
    committedSwitches: movers.committedSwitches(mover),
    mixedFrames: movers.mixedFrames(mover),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
