/**
 * Phases: times in which one set of large flows sends, and nobody joins or leaves. One client, then two, then three: how much
 * went through all links each time, who shared a link with whom, and how evenly.
 *
 * What a capture keeps of a flow is its first and last frame, its octets and how long its pauses were, so only flows without
 * pauses to speak of are certain to have sent all the while. A flow's rate within a phase is known where it lived in that phase
 * alone, where it was the one large flow on its port, or by taking the others off; else it can't be told.
 */

import type { Direction } from '../document/schema.js';
import { type DirectionIndex, EGRESS, type Pass } from '../engine/pass.js';
import { jain } from '../stats/balance.js';
import { firstFrame, flowDocument } from './flow-name.js';
import { type Life, type LinkFacts, pausesOf } from './large-flows.js';
import { knownRate } from './link-rate.js';
import { windowMeans } from './sustained.js';
import { timeText } from './time-text.js';
import type { WireEvidence } from './wire-load.js';

export type Phases = Direction['phases'];
type Phase = Phases['list'][number];
type Evidence = WireEvidence & Pick<Pass, 'inputs' | 'originNs'>;

const LARGE = 0.05; // of a link
const SECOND = 1e9;
const PAUSED = 0.1; // of its life: more, and it is not known when a flow sent
const UNCLEAR = 0.2; // of the octets of large flows
const TOGETHER_SECONDS = 0.5; // starts and ends this near are one change
const SHORTEST_SECONDS = 1;
const BACKGROUND = 0.1; // of a port's octets: more, and its load is not that of its large flows
const MOST_PHASES = 100;

export function phasesOf(pass: Evidence, direction: DirectionIndex, facts: LinkFacts): Phases {
  const { members, rates, lives } = facts;
  const { series } = pass;
  const reference = busiestSecond(series);
  const isLarge = ({ port, octets, firstNs, lastNs }: Life) => {
    const link = knownRate(rates[port]!) ?? reference;
    return lastNs - firstNs >= SECOND && (octets * 8 * SECOND) / (lastNs - firstNs) >= LARGE * link;
  };
  const large = reference > 0 ? lives.filter((life) => members.includes(life.port) && isLarge(life)) : [];
  const isSteady = ({ flow, firstNs, lastNs }: Life) =>
    pausesOf(pass, flow).most * SECOND <= PAUSED * (lastNs - firstNs);
  const steady = large.filter(isSteady);
  const flows = steady.map(({ flow, port, octets, firstNs, lastNs }) => ({
    flow: flowDocument(pass.flows, flow),
    port: pass.ports[port]!,
    octets,
    start: timeText(pass.originNs, firstNs),
    end: timeText(pass.originNs, lastNs),
    evidence: firstFrame(pass, flow),
  }));
  const none = (reason: string): Phases => ({ reason, flows, list: [] });
  if (large.length === 0) return none('No flow lasted a second and took 5 % of a link.');
  const octetsOf = (lives: readonly Life[]) => lives.reduce((sum, { octets }) => sum + octets, 0);
  if (octetsOf(steady) < (1 - UNCLEAR) * octetsOf(large))
    return none('Large flows paused for longer than can be placed: when each of them sent can’t be told.');
  const times = steadyTimes(steady, Math.max(TOGETHER_SECONDS, series.intervalSeconds) * SECOND);
  const long = times.filter(({ endNs, startNs }) => {
    return endNs - startNs >= Math.max(SHORTEST_SECONDS, 2 * series.intervalSeconds) * SECOND;
  });
  const list = long.flatMap((time) => phaseOf(pass, direction, time, steady, facts));
  if (list.length === 0) return none('Large flows came and went too often: no second without a change.');
  if (list.length > MOST_PHASES) return none(`Large flows came and went ${list.length} times: too often for phases.`);
  return { reason: null, flows, list };
}

/** Bits per second of the busiest second of any port, in either direction: what stands for a link whose rate is not known. */
function busiestSecond({ octets, intervalSeconds }: Pass['series']): number {
  const buckets = Math.max(1, Math.ceil(1 / intervalSeconds - 1e-9));
  let most = 0;
  for (const ports of octets) {
    for (const port of ports) for (const mean of windowMeans(port, buckets)) most = Math.max(most, mean);
  }
  return (most * 8) / intervalSeconds;
}

interface Time {
  readonly startNs: number; // after the changes that began it
  readonly endNs: number; // before those that end it
  readonly beganNs: number; // the first of these changes
  readonly endedNs: number; // and the last
}

/** The times between changes. Changes that follow each other closely are one: clients are never started together exactly. */
function steadyTimes(lives: readonly Life[], togetherNs: number): Time[] {
  const events = lives.flatMap(({ firstNs, lastNs }) => [firstNs, lastNs]).sort((a, b) => a - b);
  const changes: { from: number; to: number }[] = [];
  for (const ns of events) {
    const last = changes.at(-1);
    if (last !== undefined && ns - last.to <= togetherNs) last.to = ns;
    else changes.push({ from: ns, to: ns });
  }
  return changes.slice(1).map(({ from, to }, i): Time => {
    return { startNs: changes[i]!.to, endNs: from, beganNs: changes[i]!.from, endedNs: to };
  });
}

function phaseOf(
  pass: Evidence,
  direction: DirectionIndex,
  time: Time,
  lives: readonly Life[],
  { rates, wire }: LinkFacts,
): Phase[] {
  const { series } = pass;
  const bucketNs = series.intervalSeconds * SECOND;
  const from = Math.ceil((time.startNs - series.startNs) / bucketNs);
  const to = Math.floor((time.endNs - series.startNs) / bucketNs);
  const on = lives.flatMap((life, index) =>
    life.firstNs <= time.startNs && life.lastNs >= time.endNs ? [{ life, index }] : [],
  );
  if (on.length === 0 || to <= from) return [];
  const mean = (values: Float64Array) => values.subarray(from, to).reduce((sum, value) => sum + value, 0) / (to - from);
  const loads = pass.ports.map((_, port) => (mean(series.octets[direction]![port]!) * 8) / series.intervalSeconds);
  const used = [...new Set(on.map(({ life }) => life.port))].sort((a, b) => a - b);
  const known = new Map<number, number>();
  for (const port of used) {
    const own = on.filter(({ life }) => life.port === port);
    const isClear = backgroundShare(pass, direction, port, lives) <= BACKGROUND;
    for (const [index, rate] of ratesOn(own, time, isClear ? loads[port]! : null)) known.set(index, rate);
  }
  return [
    {
      start: timeText(pass.originNs, time.startNs),
      end: timeText(pass.originNs, time.endNs),
      clients: new Set(on.map(({ life }) => farEnd(pass, direction, life.flow))).size,
      bitsPerSecond: loads.reduce((sum, load) => sum + load, 0),
      ports: used.map((port) => {
        const own = on.filter(({ life }) => life.port === port).map(({ index }) => known.get(index));
        const rate = knownRate(rates[port]!);
        const isTold = own.every((each) => each !== undefined);
        return {
          port: pass.ports[port]!,
          bitsPerSecond: loads[port]!,
          utilisation: rate === null ? null : mean(wire[port]!.likely) / rate,
          flows: own.length,
          jain: isTold ? jain(own.map((each) => each ?? 0)) : null,
        };
      }),
      flows: on.map(({ index }) => ({ index, bitsPerSecond: known.get(index) ?? null })),
    },
  ];
}

function farEnd({ flows }: Evidence, direction: DirectionIndex, flow: number): string | null {
  const { ipSrc, ipDst, ethSrc, ethDst } = flowDocument(flows, flow);
  return direction === EGRESS ? (ipDst ?? ethDst) : (ipSrc ?? ethSrc);
}

/** What of a port's octets is not of its large flows. */
function backgroundShare(
  { series }: Evidence,
  direction: DirectionIndex,
  port: number,
  lives: readonly Life[],
): number {
  const all = series.octets[direction]![port]!.reduce((sum, octets) => sum + octets, 0);
  const large = lives.reduce((sum, life) => sum + (life.port === port ? life.octets : 0), 0);
  return all > 0 ? Math.max(0, 1 - large / all) : 0;
}

/** @param load of the port, bits per second; null where others than large flows take part in it */
function ratesOn(
  own: readonly { readonly life: Life; readonly index: number }[],
  { beganNs, endedNs }: Time,
  load: number | null,
): Map<number, number> {
  const rates = new Map<number, number>();
  for (const { life, index } of own) {
    const isOfThisPhase = life.firstNs >= beganNs && life.lastNs <= endedNs;
    if (isOfThisPhase) rates.set(index, (life.octets * 8 * SECOND) / (life.lastNs - life.firstNs));
  }
  const open = own.filter(({ index }) => !rates.has(index));
  if (open.length !== 1 || load === null) return rates;
  const others = [...rates.values()].reduce((sum, rate) => sum + rate, 0);
  return rates.set(open[0]!.index, Math.max(0, load - others));
}
