/** What a flow on several ports did: inference.md E.3, rules 1 to 10 in their order, first that applies. */

import { type ChangingField, GAP_BOUNDS } from '../engine/pass.js';
import type { MoverCounters } from './mover-counters.js';
import type { Unnumbered } from './numbering.js';
import { contradictsClocks, type OrderedBy, orderEvidence } from './order-evidence.js';

export const VERDICTS = [
  'not-judged', // no IP, ICMP error, broadcast, multicast, or not followed: never called ping-pong
  'insufficient',
  'duplicated',
  'pinned',
  'fragment-split',
  'stray',
  'moved',
  'ambiguous-clock',
  'round-robin',
  'spray',
  'flowlet',
  'switching',
  'header-dependent',
] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Classes of user-needs.md section 4 that a verdict on one flow can give; P1 and P2 are relations between flows. */
export type FlowClass = 'P0' | 'P3' | 'P4' | 'P5' | 'P6' | 'P7' | 'P8';

const CLASSES: { readonly [verdict in Verdict]?: FlowClass } = {
  duplicated: 'P0',
  'fragment-split': 'P3',
  moved: 'P4',
  flowlet: 'P5',
  'round-robin': 'P6',
  spray: 'P6',
  switching: 'P8',
  'header-dependent': 'P7',
};

export function classOf(verdict: Verdict): FlowClass | null {
  return CLASSES[verdict] ?? null;
}

/** Going back and forth between ports: the only verdicts that texts may call ping-pong. */
export function isPingPong(verdict: Verdict): boolean {
  const flowClass = classOf(verdict);
  return flowClass !== null && flowClass >= 'P5';
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly gapBoundSeconds: number | null; // flowlet: moves after longer gaps only
  readonly dependsOn: readonly ChangingField[]; // header-dependent: the fields
  readonly orderedBy: OrderedBy;
  readonly unnumbered: Unnumbered | 'alike' | null; // why nothing but clocks orders its frames; null where it was not looked for
}

const IN_TURN = 0.95; // of the changes go where most from that port go
const FEW_CHANGES = 6;
const THERE_AND_BACK = 2; // changes of a failure and its repair
const SHORT = 50; // frames
const MIRRORED = 0.5; // of the frames of ports other than the main one
const SOME = 0.1; // of these
const LONG_ENDS = 0.3; // of its frames
const MIRROR_SECONDS = 0.01; // that a copy comes later
const FEWEST = 8; // frames below which nothing is said

const BY_CLOCKS = { orderedBy: 'clocks', unnumbered: null } as const;
const NOTHING: readonly ChangingField[] = [];

/** Of a hundred thousand flows nothing but the verdict is kept: what it takes to say it is made without copies. */
function is(
  verdict: Verdict,
  { orderedBy, unnumbered }: Pick<Judgement, 'orderedBy' | 'unnumbered'> = BY_CLOCKS,
  dependsOn = NOTHING,
  gapBoundSeconds: number | null = null,
): Judgement {
  return { verdict, gapBoundSeconds, dependsOn, orderedBy, unnumbered };
}

/**
 * @param skewSeconds bound on the difference of the clocks of two ports (delta of E.2)
 * @param countedWith the bound that committedSwitches and mixedFrames were counted with: if clocks differ by more, both are too high
 */
export function judge(c: MoverCounters, skewSeconds: number, countedWith = skewSeconds): Judgement {
  const n = sum(c.whole);
  const all = n + sum(c.firstFragments) + sum(c.laterFragments);
  if (all + c.duplicates < FEWEST) return is('insufficient'); // 1
  // 2. Copies further apart than the window for them show in what the ports carried together. Where they followed each other
  // it was sent again instead, after a move.
  const deltaNs = skewSeconds * 1e9;
  const isTwice = (times: number) => c.pairs >= 8 && c.coverage >= times && overlap(c, deltaNs);
  if (c.duplicates >= 0.3 * all || isTwice(1.3)) {
    // Equal frames that nothing numbers, and a flow that repeats itself on one port: copies can't be told from frames of its own.
    return areAlike(c) ? is('ambiguous-clock', { orderedBy: 'clocks', unnumbered: 'alike' }) : is('duplicated');
  }
  if (portsInUse(c, all === n) <= 1) return is('pinned'); // 3
  // A mirror that shows some of the frames, too late to be known for copies: most of what it has the main port had as well.
  const fewer = n - greatest(c.whole);
  const isMirrored = (seenTwice: number) => fewer > 3 && seenTwice >= MIRRORED * fewer && overlap(c, deltaNs);
  if (c.pairs >= FEWEST && isMirrored((c.coverage - 1) * (n - fewer))) return is('duplicated');
  if (all > n && isFragmentSplit(c)) return is('fragment-split'); // 4

  // From here on whole datagrams only: fragments have a port of their own under many a hash.
  if (n < FEWEST) return is('insufficient');
  const ports = portsInUse(c, true);
  if (ports === 1) return is('pinned');

  const stray = strayOrMoved(c, n, deltaNs); // 5
  if (stray !== null) return is(stray);

  const numbers = c.pairs >= FEWEST ? null : (c.numbers?.() ?? null);
  const numbered = numbers === null || typeof numbers === 'string' ? null : numbers;
  const order = orderEvidence(c, n, numbered);
  const isCommitted = c.committedSwitches <= FEW_CHANGES && n / (c.committedSwitches + 1) >= 8;
  const how = { orderedBy: order?.by ?? 'clocks', unnumbered: typeof numbers === 'string' ? numbers : null } as const;
  let together = 0;
  for (let port = 0; port < c.whole.length; port++) together += (c.whole[port] / n) ** 2;
  const even = 1 - together; // changes a frame if ports were drawn at random
  const isDrawn = order !== null && isNear(order.interleave, even, order.pairs, 0.03);
  // In order on each port, a hole that is no loss is a change of port: more than a few, as many as drawing makes, are no move.
  const areChanges = order?.isInOrder === true && order.holes > FEW_CHANGES && isDrawn;
  const interleaved = order !== null && (order.interleave >= 0.3 || areChanges);
  // The first frames of many tell of the rest only what is wrong.
  const acquits = order?.isWhole === true && !interleaved;
  if (acquits && order.holes <= FEW_CHANGES && n / (order.holes + 1) >= 8) {
    // Where nearly all holes are put down to losses and to what was overtaken, and the order of capture alternates, neither proves.
    return is(order.isDoubtful && c.switches >= Math.max(6, 0.2 * n) ? 'ambiguous-clock' : 'moved', how); // 6
  }
  if (!interleaved) {
    const sequential = n / ports >= 4 && followEachOther(c, deltaNs);
    const committed = c.mixedFrames <= 0.02 * n && isCommitted;
    // There and back once is what a failure and its repair look like: of few frames, rule 10 would call it a draw for each.
    if (sequential || committed || c.switches <= 2) {
      // Clocks alone say that it moved; many changes in the order of capture contradict them, and so do acknowledgements that
      // were all given before the move.
      const isContradicted = c.switches >= Math.max(6, 0.2 * n) || (c.ackOwnAdvances >= FEWEST && contradictsClocks(c));
      return is(order === null && isContradicted ? 'ambiguous-clock' : 'moved', how); // 7
    }
  }
  // Accused by clocks alone, they must be right: alternation between long times on one port each is what a move looks like where
  // clocks differ by more than is thought.
  const isFew = (changes: number) => changes <= THERE_AND_BACK;
  const mayBeMove = (isCommitted || isFew(c.committedSwitches)) && c.mixedFrames <= 0.5 * n;
  if (order === null && (countedWith < skewSeconds || contradictsClocks(c) || mayBeMove || endsApart(c, n)))
    return is('ambiguous-clock', how);
  if (order !== null && !interleaved) {
    if (isFew(order.holes) || (order.holes <= FEW_CHANGES && isCommitted)) return is('ambiguous-clock', how);
  }
  // A few segments, of which some came twice, on one port after the other: copies of some, or in turn by clocks that differ.
  if (n < SHORT && order?.by === 'tcp.seq' && c.coverage > 1 && isFew(c.switches)) return is('ambiguous-clock', how);

  // Before a flow is accused: no port carries what another one did unless it is a copy, or sent again. Some copies are lost, and
  // those of the time when the flow was on one port, as far as the capture had read, are not known for copies; where clocks are
  // apart for longer than the flow lived, that is all of them.
  const isTwiceAnyhow = c.pairs >= FEWEST ? c.coverage >= 1.2 : numbered?.isTwice === true;
  // Where some were known for copies, and octets that were carried twice make them most of what the other ports have, that is a
  // mirror of some of the frames. What is sent again is equal to nothing.
  const carriedTwice = c.duplicates + (c.coverage - 1) * (n - fewer);
  const showsSome = c.pairs >= FEWEST && c.duplicates >= 3 && carriedTwice >= MIRRORED * (fewer + c.duplicates);
  // Nothing but a copy is equal on another port, if no two frames of one port are. Of the copies most are not known for such: their
  // originals came when the flow was on one port, or longer ago.
  const isLike = c.alikeElsewhere >= Math.max(3, SOME * fewer) && !areAlike(c);
  if (c.duplicates >= 0.1 * all || isTwiceAnyhow || isLike || showsSome) return is('duplicated', how);
  // Frames that all are equal: a change of port within the time that a mirror takes may be a copy.
  if (order === null && areAlike(c) && changesWithin(c, MIRROR_SECONDS) >= MIRRORED * fewer) {
    return is('ambiguous-clock', { ...how, unnumbered: 'alike' });
  }

  // 7a. Ports in turn are no evidence: an IP id that counts along with the frames would tell them.
  const inTurn = c.switches >= 0.9 * (n - 1) && usualChanges(c) >= IN_TURN * (n - 1);
  const dependsOn = inTurn ? [] : (c.tellingFields?.() ?? []);
  if (dependsOn.length > 0) return is('header-dependent', how, dependsOn);

  if (order !== null && interleaved) {
    const sd = Math.sqrt((even * (1 - even)) / order.pairs);
    if (order.interleave >= 0.95 || order.interleave >= even + 4 * sd) return is('round-robin', how); // 8
    if (isDrawn) return is('spray', how);
  }
  const gapBoundSeconds = flowletBound(c, order !== null, skewSeconds); // 9
  if (gapBoundSeconds !== null) return is('flowlet', how, NOTHING, gapBoundSeconds);

  const steps = n - 1;
  const sd = Math.sqrt((even * (1 - even)) / steps);
  const rate = c.switches / steps;
  if (rate >= even + 4 * sd || (rate >= 0.9 && usualChanges(c) >= 0.75 * steps)) return is('round-robin', how); // 10
  return is(isNear(rate, even, steps, 0.02) ? 'spray' : 'switching', how);
}

/** Within four standard deviations of a share that was seen so often. */
function isNear(rate: number, expected: number, times: number, margin: number): boolean {
  return Math.abs(rate - expected) <= 4 * Math.sqrt((expected * (1 - expected)) / times) + margin;
}

/** It begins on one port for long and ends on another one: alternation in between is what a move looks like when a clock is set. */
function endsApart(c: MoverCounters, n: number): boolean {
  const ends = c.ends?.() ?? null;
  if (ends === null) return false;
  const { first, last } = ends;
  const frames = first.frames + (last?.frames ?? 0);
  return first.port !== last?.port && frames >= Math.max(2 * FEWEST, LONG_ENDS * n);
}

/** Bytes do not tell its frames apart. */
function areAlike(c: MoverCounters): boolean {
  return c.alikeOnPort >= 0.1 * sum(c.whole);
}

function portsInUse(c: MoverCounters, wholeOnly: boolean): number {
  let ports = 0;
  for (let port = 0; port < c.whole.length; port++) {
    if (c.whole[port] > 0 || (!wholeOnly && c.firstFragments[port] + c.laterFragments[port] > 0)) ports++;
  }
  return ports;
}

/** Changes of port after gaps no longer than one of GAP_BOUNDS. */
function changesWithin(c: MoverCounters, seconds: number): number {
  return c.gapSwitches.reduce((all, changes, bin) => all + ((GAP_BOUNDS[bin] ?? Infinity) <= seconds ? changes : 0), 0);
}

/** Changes that go where most from that port go. */
function usualChanges(c: MoverCounters): number {
  let changes = 0;
  for (let from = 0; from < c.transitions.length; from++) {
    let most = 0;
    for (let to = 0; to < c.transitions.length; to++) if (to !== from) most = Math.max(most, c.transitions[from][to]);
    changes += most;
  }
  return changes;
}

/** Whole datagrams, first and later fragments each keep to one port, and not all to the same. */
function isFragmentSplit(c: MoverCounters): boolean {
  const kinds = [c.whole, c.firstFragments, c.laterFragments].filter((perPort) => sum(perPort) > 0);
  if (kinds.length < 2) return false;
  const homes = kinds.map((perPort) => perPort.indexOf(Math.max(...perPort)));
  return kinds.every((perPort, kind) => perPort[homes[kind]] >= 0.98 * sum(perPort)) && new Set(homes).size > 1;
}

/** One to three frames elsewhere: flooded before the switch had learnt, or a move that the capture hardly saw. */
function strayOrMoved(c: MoverCounters, n: number, deltaNs: number): 'stray' | 'moved' | null {
  const most = greatest(c.whole);
  const minority = n - most;
  if (minority > 3 || minority > 0.2 * n) return null;
  const main = c.whole.indexOf(most);
  const others = c.whole.flatMap((frames, port) => (frames > 0 && port !== main ? [port] : []));
  const endBefore = others.every((port) => c.lastNs[port] <= c.firstNs[main] + 2 * deltaNs);
  if (!endBefore && n < 50) return null;
  return others.every((port) => c.firstNs[port] > c.lastNs[main]) ? 'moved' : 'stray';
}

function followEachOther(c: MoverCounters, deltaNs: number): boolean {
  if (overlap(c, deltaNs)) return false;
  const ports = c.whole.flatMap((frames, port) => (frames > 0 ? [port] : []));
  const inOrder = ports.sort((a, b) => c.firstNs[a] - c.firstNs[b]);
  let latest = c.lastNs[inOrder[0]];
  for (const port of inOrder.slice(1)) {
    if (latest - c.firstNs[port] > 2 * deltaNs) return false;
    latest = Math.max(latest, c.lastNs[port]);
  }
  return true;
}

/** Two ports that carry the flow at once: it need not be sorted out which is the first. */
function overlap(c: MoverCounters, deltaNs: number): boolean {
  for (let a = 0; a < c.whole.length; a++) {
    if (c.whole[a] === 0) continue;
    for (let b = 0; b < a; b++) {
      if (c.whole[b] === 0) continue;
      const lasts = Math.min(c.lastNs[a], c.lastNs[b]);
      if (lasts - Math.max(c.firstNs[a], c.firstNs[b]) > 2 * deltaNs) return true;
    }
  }
  return false;
}

/** The gap, a bound of the bins, after which the flow moves and before which it does not; null if there is none. */
function flowletBound(c: MoverCounters, hasOrder: boolean, skewSeconds: number): number | null {
  const [frames, switches] = [sum(c.gapFrames), sum(c.gapSwitches)];
  let best: { bound: number; ratio: number } | null = null;
  let [n0, s0] = [0, 0]; // of the bins up to this one
  for (let bin = 0; bin < GAP_BOUNDS.length; bin++) {
    const bound = GAP_BOUNDS[bin];
    n0 += c.gapFrames[bin];
    s0 += c.gapSwitches[bin];
    const [n1, s1] = [frames - n0, switches - s0];
    // Without sequence numbers shorter gaps lie within what the clocks may be apart.
    if (!hasOrder && skewSeconds > 0.0002 && bound < 2 * skewSeconds) continue;
    if (n0 < 8 || n1 < 4 || s0 > 0.03 * n0 + 1 || s1 < 0.2 * n1) continue;
    const ratio = s1 / n1 / ((s0 + 0.5) / (n0 + 1));
    if (ratio >= 6 && (best === null || ratio > best.ratio)) best = { bound, ratio };
  }
  return best?.bound ?? null;
}

function greatest(values: readonly number[]): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i]);
  return most;
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}
