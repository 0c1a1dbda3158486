/**
 * How full the receive window of a large TCP flow was, and how often its sender had nothing to send, from excerpts of its
 * connection.
 *
 * At the sender, a window is full when no segment of full size fits between what was sent and the highest octet that was allowed:
 * acknowledgement + window (RFC 9293 3.8.6). A capture sees that anywhere on the path, if it knows how long its sender takes to
 * answer: what came at time t was sent by what the receiver had said until t less that time. The time stamps option says how
 * long (RFC 7323 4.1): an answer's stamp comes back in the data; and so does the handshake, if the sender answered the SYN. Both are
 * upper bounds. Without either the time is taken for 0, which makes windows look emptier than they were, never fuller.
 */

import { type Excerpt, NOT_A_MOVER, NOT_SCALED, type Pass, type Segment, SYN_NOT_SEEN } from '../engine/pass.js';
import { median } from '../stats/median.js';

/** Shares of the time looked at. */
export interface WindowUse {
  readonly excerpts: number;
  readonly octets: number; // the window: the median of what was said
  readonly roundTrip: number | null; // seconds, at most: of a sender that pauses, its pauses are in it
  readonly fullShare: number;
  readonly usedShare: number; // of the window, on average
  readonly idleShare: number | null; // all that was sent was acknowledged; null where the sender's delay is not known
}

const LEAST_DATA = 20;
const LEAST_ANSWERS = 5;
const LEAST_EXCERPTS = 3;
const LEAST_COVERED = 0.25; // of a short life, by fewer excerpts
const LOCAL_NS = 1e6; // what the captured station takes at most to react
const BEYOND = 0.02; // segments beyond the window: the capture lacks acknowledgements, or clocks disagree

/**
 * @param isLocal whether the flow's sender is the station that is captured at
 * @returns null where it can't be told: the SYNs, which say how windows are scaled, are not in the capture, or frames are missing
 */
export function windowUseOf(
  { flows, excerpts }: Pick<Pass, 'flows' | 'excerpts'>,
  flow: number,
  isLocal: boolean,
): WindowUse | null {
  const taken = excerpts(flow);
  const [first] = taken;
  if (first === undefined || flows.mover(flow) !== NOT_A_MOVER || flows.mover(first.answer) !== NOT_A_MOVER)
    return null;
  const shift = scaleOf(flows.windowScale(flow), flows.windowScale(first.answer));
  if (shift === null) return null;
  const enough = taken.filter(isEnough);
  const handshakeNs = flows.firstNs(flow) - flows.firstNs(first.answer);
  const longestNs = isLocal ? LOCAL_NS : handshakeNs > 0 ? handshakeNs : null;
  const used = enough.flatMap((excerpt) => useIn(excerpt, shift, longestNs) ?? []);
  if (used.length === 0 || used.length < enough.length) return null;
  const life = flows.lastNs(flow) - flows.firstNs(flow);
  const covered = used.reduce((sum, { ns }) => sum + ns, 0);
  if (used.length < LEAST_EXCERPTS && covered < LEAST_COVERED * life) return null;
  const mean = (of: (use: Use) => number) => used.reduce((sum, use) => sum + of(use), 0) / used.length;
  const trips = used.flatMap(({ answeredNs, delayNs }) =>
    answeredNs === null || delayNs === null ? [] : [answeredNs + delayNs],
  );
  const trip = median(trips);
  return {
    excerpts: used.length,
    octets: median(used.map(({ window }) => window)) ?? 0,
    roundTrip: trip === null ? null : Math.max(0, trip) / 1e9,
    fullShare: mean(({ full }) => full),
    usedShare: mean(({ used }) => used),
    idleShare: used.every(({ delayNs }) => delayNs !== null) ? mean(({ idle }) => idle) : null,
  };
}

/** Windows are scaled if both SYNs offer it (RFC 7323 2.2), by what their sender said. */
function scaleOf(own: number, answer: number): number | null {
  if (own === NOT_SCALED || answer === NOT_SCALED) return 0;
  return own === SYN_NOT_SEEN || answer === SYN_NOT_SEEN ? null : answer;
}

const isEnough = ({ segments }: Excerpt) => {
  const answers = segments.reduce((sum, { isAnswer }) => sum + (isAnswer ? 1 : 0), 0);
  return answers >= LEAST_ANSWERS && segments.filter(isData).length >= LEAST_DATA;
};

const isData = ({ isAnswer, payload }: Segment) => !isAnswer && payload > 0;

interface Use {
  readonly ns: number; // that it covers
  readonly full: number; // shares of it
  readonly idle: number;
  readonly used: number; // of the window, on average
  readonly window: number; // octets
  readonly delayNs: number | null; // of the sender, to the capture and back
  readonly answeredNs: number | null; // from the capture to the receiver and back
}

/**
 * @param longestNs that the sender takes at most, where that is known otherwise
 * @returns null where segments lie beyond the window
 */
function useIn(excerpt: Excerpt, shift: number, longestNs: number | null): Use | null {
  const data = excerpt.segments.filter(isData);
  const answers = excerpt.segments.filter(({ isAnswer }) => isAnswer);
  const base = data[0]!.sequence;
  const after = (position: number) => (position - base) | 0; // modulo 2^32
  const bounds = [senderDelay(data, answers), longestNs].filter((bound) => bound !== null);
  const delayNs = bounds.length === 0 ? null : Math.min(...bounds);
  const delay = delayNs ?? 0;
  const size = segmentSize(data);
  let [sent, acknowledged, edge] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [known, full, idle, used, at] = [0, 0, 0, 0, 0];
  const pass = (ns: number) => {
    if (Number.isFinite(sent) && Number.isFinite(edge) && ns > at) {
      const isFull = edge - sent < size;
      known += ns - at;
      used +=
        edge > acknowledged ? (ns - at) * Math.min(1, Math.max(0, (sent - acknowledged) / (edge - acknowledged))) : 0;
      if (isFull) full += ns - at;
      else if (sent <= acknowledged) idle += ns - at;
    }
    at = ns;
  };
  let next = 0; // of the answers
  const hear = (until: number) => {
    for (; next < answers.length && answers[next]!.ns + delay <= until; next++) {
      const answer = answers[next]!;
      pass(answer.ns + delay);
      acknowledged = Math.max(acknowledged, after(answer.acknowledged));
      edge = Math.max(edge, after(answer.acknowledged) + answer.window * 2 ** shift);
    }
  };
  for (const segment of data) {
    hear(segment.ns);
    pass(segment.ns);
    sent = Math.max(sent, after(segment.sequence) + segment.payload);
  }
  hear(excerpt.toNs);
  pass(excerpt.toNs);
  if (known === 0 || isBeyond(data, answers, after, shift, Math.min(0, delay))) return null;
  return {
    ns: known,
    full: full / known,
    idle: idle / known,
    used: used / known,
    window: median(answers.map(({ window }) => window * 2 ** shift)) ?? 0,
    delayNs,
    answeredNs: answerTime(data, answers, after),
  };
}

/** Whether the sender went beyond what it was allowed by all that the capture shows. */
function isBeyond(
  data: readonly Segment[],
  answers: readonly Segment[],
  after: (position: number) => number,
  shift: number,
  delay: number,
): boolean {
  let [edge, next, beyond] = [Number.NEGATIVE_INFINITY, 0, 0];
  for (const { ns, sequence, payload } of data) {
    for (; next < answers.length && answers[next]!.ns + delay <= ns; next++) {
      edge = Math.max(edge, after(answers[next]!.acknowledged) + answers[next]!.window * 2 ** shift);
    }
    if (Number.isFinite(edge) && after(sequence) + payload > edge) beyond++;
  }
  return beyond > BEYOND * data.length;
}

/** The least time from an answer with a new stamp to the data that brings it back; below 0 where clocks disagree. */
function senderDelay(data: readonly Segment[], answers: readonly Segment[]): number | null {
  const said = new Map<number, number>();
  // That of the first answer may have been said before.
  for (const { stamp, ns } of answers) if (stamp !== answers[0]!.stamp && !said.has(stamp)) said.set(stamp, ns);
  let least: number | null = null;
  for (const { echo, ns } of data) {
    const since = said.get(echo);
    if (since === undefined) continue;
    said.delete(echo);
    least = Math.min(least ?? Number.POSITIVE_INFINITY, ns - since);
  }
  return least;
}

/** The median time from data to the acknowledgement of it; each acknowledgement is compared with the last that it covers. */
function answerTime(
  data: readonly Segment[],
  answers: readonly Segment[],
  after: (position: number) => number,
): number | null {
  const times: number[] = [];
  let [next, highest] = [0, Number.NEGATIVE_INFINITY];
  for (const { acknowledged, ns } of answers) {
    let since: number | null = null;
    for (; next < data.length; next++) {
      const { sequence, payload, ns: sentNs } = data[next]!;
      const end = after(sequence) + payload;
      if (end > after(acknowledged)) break;
      if (end > highest) [highest, since] = [end, sentNs]; // sent again: which one was acknowledged is not known
    }
    if (since !== null) times.push(ns - since);
  }
  return median(times);
}

const ETHERNET_SEGMENT = 1460;
const JUMBO_SEGMENT = 8960;

/** Octets of a full segment: the usual ones, if none are larger; offload puts several into a frame. */
function segmentSize(data: readonly Segment[]): number {
  const counts = new Map<number, number>();
  for (const { payload } of data) counts.set(payload, (counts.get(payload) ?? 0) + 1);
  const usual = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
  const largest = Math.max(...counts.keys());
  return usual === largest && largest <= JUMBO_SEGMENT ? largest : Math.min(largest, ETHERNET_SEGMENT);
}
