/** Verdicts on all flows of a capture. Flows on one port are pinned, or too short to say. */

import { type ChangingField, GAP_BINS, NOT_A_MOVER, type Pass } from '../engine/pass.js';
import type { CopiedPort } from './copies.js';
import { fieldsThatTell } from './header-dependent.js';
import { icmpOf, isIcmp } from './icmp.js';
import type { MirrorPort } from './mirrors.js';
import type { MoverCounters } from './mover-counters.js';
import { type NumberedOrder, orderByNumbers, type Unnumbered } from './numbering.js';
import { isCut, isUnicast } from './port-counts.js';
import { type Judgement, judge, VERDICTS, type Verdict } from './verdict.js';

export type Judged = Pick<Pass, 'flows' | 'movers' | 'skewBound' | 'skewCounted'>;

export interface FlowVerdicts {
  /** Indexes into VERDICTS, by mover. */
  readonly numbers: Uint8Array;
  of(flow: number): Verdict;
  ofMover(mover: number): Verdict;
  /** With the reason, worked out again: nothing but the verdict is kept of a hundred thousand flows. */
  judgement(mover: number): Judgement;
}

const FEWEST = 8;

/**
 * @param copies ports whose frames are those of another: they count as the one they repeat
 * @param mirrors ports that show some frames of others: of a flow that is copied there, the others alone count
 */
export function judgeFlows(
  pass: Judged,
  copies: readonly CopiedPort[] = [],
  mirrors: readonly MirrorPort[] = [],
): FlowVerdicts {
  const { flows, movers } = pass;
  const counters = countersOfOne(pass);
  const judgement = (mover: number) =>
    mayPingPong(pass, movers.flow(mover))
      ? (besideMirror(pass, mover, mirrors) ?? judgeMover(pass, mover, copies, counters))
      : NOT_JUDGED;
  const verdicts = new Uint8Array(movers.count);
  const numberOf = new Map(VERDICTS.map((verdict, number) => [verdict, number]));
  for (let mover = 0; mover < movers.count; mover++) verdicts[mover] = numberOf.get(judgement(mover).verdict)!;
  return {
    numbers: verdicts,
    judgement,
    ofMover: (mover) => VERDICTS[verdicts[mover]],
    of(flow) {
      const mover = flows.mover(flow);
      if (mover >= 0) return VERDICTS[verdicts[mover]];
      if (mover !== NOT_A_MOVER) return 'not-judged'; // on several ports, but not followed
      return flows.frames(flow) < FEWEST ? 'insufficient' : 'pinned';
    },
  };
}

/** A verdict that nothing was counted for. */
const without = (verdict: Verdict): Judgement => ({
  ...{ verdict, gapBoundSeconds: null, dependsOn: [], orderedBy: 'clocks', unnumbered: null },
});

const NOT_JUDGED = without('not-judged');

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

/** Of a flow that is copied to a mirror port and on one other port. @returns null of all others */
function besideMirror({ movers }: Judged, mover: number, mirrors: readonly MirrorPort[]): Judgement | null {
  const mirror = mirrors.find(({ port, isMutual }) => !isMutual && movers.duplicates(mover, port) > 0);
  if (mirror === undefined) return null;
  const framesOn = (port: number) =>
    movers.wholeFrames(mover, port) + movers.firstFragments(mover, port) + movers.laterFragments(mover, port);
  const others = Array.from({ length: movers.ports }, (_, port) => port).filter(
    (port) => port !== mirror.port && framesOn(port) + movers.duplicates(mover, port) > 0,
  );
  const [home] = others;
  if (others.length !== 1 || !mirror.of.includes(home!)) return null;
  return framesOn(home!) < FEWEST
    ? without('insufficient')
    : framesOn(home!) > framesOn(mirror.port)
      ? without('pinned')
      : null;
}

function judgeMover(pass: Judged, mover: number, copies: readonly CopiedPort[], counters: CountersOfOne): Judgement {
  const { movers } = pass;
  counters.mover = mover;
  fillCounters(counters, pass, mover);
  if (copies.length === 0) return judge(counters, pass.skewBound, pass.skewCounted);
  const seen = (port: number) =>
    counters.whole[port] + counters.firstFragments[port] + counters.laterFragments[port] + counters.copies[port] > 0;
  const repeated = copies.filter(({ port, of }) => seen(port) && of.some(seen));
  if (repeated.length === 0) return judge(counters, pass.skewBound, pass.skewCounted);

  // The copies of a port are the port again. Which of two equal frames counts as the copy is a matter of clocks, so order
  // and sequence across the two say nothing: only a flow that is on one port then can be judged.
  const home = new Map(repeated.map(({ port, of }) => [port, of.find(seen)!]));
  const ports = new Set<number>();
  for (let port = 0; port < movers.ports; port++) if (seen(port)) ports.add(home.get(port) ?? port);
  const n = sum(counters.whole) + sum(counters.firstFragments) + sum(counters.laterFragments);
  if (n < FEWEST) return without('insufficient');
  return ports.size === 1 ? without('pinned') : NOT_JUDGED;
}

type CountersOfOne = ReturnType<typeof newCounters> & { mover: number };

/** With what its sampled frames say, looked at where that is asked for. */
function countersOfOne({ flows, movers }: Judged): CountersOfOne {
  const counters: CountersOfOne = { ...newCounters(movers.ports), mover: 0 };
  const versionOf = () => flows.ipVersion(movers.flow(counters.mover));
  const sample = () => movers.sample(counters.mover, versionOf() === 6);
  counters.numbers = () => orderByNumbers(sample(), flows.ipProto(movers.flow(counters.mover)), versionOf());
  counters.ends = () => {
    const runs = movers.runs(counters.mover);
    const [first] = runs;
    const isWhole = movers.truncatedRuns(counters.mover) === 0;
    return first === undefined ? null : { first, last: isWhole ? runs.at(-1)! : null };
  };
  counters.tellingFields = () => {
    // Low bits of an id that counts the frames are turns, not a hash.
    const order = counters.numbers();
    const fields = fieldsThatTell(sample(), movers.ports);
    return typeof order === 'object' && order.countsFrames ? fields.filter((field) => field !== 'ip.id') : fields;
  };
  return counters;
}

/** Room for the counters of one flow: a hundred thousand are judged one after the other. */
function newCounters(ports: number) {
  const perPort = () => new Array<number>(ports).fill(0);
  const perBin = () => new Array<number>(GAP_BINS).fill(0);
  return {
    whole: perPort(),
    firstFragments: perPort(),
    laterFragments: perPort(),
    copies: perPort(),
    firstNs: perPort(),
    lastNs: perPort(),
    duplicates: 0,
    switches: 0,
    transitions: Array.from({ length: ports }, perPort),
    gapFrames: perBin(),
    gapSwitches: perBin(),
    pairs: 0,
    holes: 0,
    filledHoles: 0,
    coverage: 1,
    ackAdvances: 0,
    ackSwitches: 0,
    committedSwitches: 0,
    mixedFrames: 0,
    ackOwnAdvances: 0,
    alikeOnPort: 0,
    alikeElsewhere: 0,
    tellingFields: (): readonly ChangingField[] => [],
    ends: (): ReturnType<NonNullable<MoverCounters['ends']>> => null,
    numbers: (): NumberedOrder | Unnumbered => 'not-sampled',
  };
}

export function countersOf(pass: Pick<Pass, 'movers'>, mover: number): MoverCounters {
  const counters = newCounters(pass.movers.ports);
  fillCounters(counters, pass, mover);
  return counters;
}

function fillCounters(counters: ReturnType<typeof newCounters>, { movers }: Pick<Pass, 'movers'>, mover: number): void {
  movers.readFrames(mover, counters);
  movers.readOrder(mover, counters);
  counters.duplicates = sum(counters.copies);
  const span = movers.sequenceSpan(mover);
  counters.switches = movers.switches(mover);
  counters.pairs = movers.pairs(mover);
  counters.holes = movers.holes(mover);
  counters.filledHoles = movers.filledHoles(mover);
  counters.coverage = span > 0 ? movers.freshOctets(mover) / span : 1;
  counters.ackAdvances = movers.ackAdvances(mover);
  counters.ackSwitches = movers.ackSwitches(mover);
  counters.alikeOnPort = movers.alikeOnPort(mover);
  counters.alikeElsewhere = movers.alikeElsewhere(mover);
  counters.ackOwnAdvances = movers.ackOwnAdvances(mover);
  counters.committedSwitches = movers.committedSwitches(mover);
  counters.mixedFrames = movers.mixedFrames(mover);
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}
