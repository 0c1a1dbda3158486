/**
 * Is it the link that holds a large flow back, or its receiver? Told only where the link was plainly full, or plainly had room, all its
 * life, or the receiver left no room for a good part of it.
 */

import type { Direction } from '../document/schema.js';
import { type DirectionIndex, EGRESS, NOT_A_MOVER, type Pass } from '../engine/pass.js';
import { firstFrame, flowDocument } from './flow-name.js';
import { type Life, type LinkFacts, pausesOf } from './large-flows.js';
import { knownRate } from './link-rate.js';
import { ROOM, type Saturation, WINDOW_SECONDS } from './saturation.js';
import { type WindowUse, windowUseOf } from './windows.js';
import type { WireEvidence } from './wire-load.js';

export type Limit = Direction['limits'][number];

const LISTED = 20;
const SIZEABLE = 0.05; // of the direction's octets
const LEAST_FRAMES = 100;
const DATA = 200; // octets a frame: a stream of acknowledgements is held back by what it acknowledges
const SECOND = 1e9;
const MOSTLY = 0.5; // of its life
const PAUSED = 0.1;
const CLOSED = 0.1; // of its life without room at the receiver
const TCP = 6;
const USED = 0.9; // of its window, on average
const SELDOM = 0.1;
const FAIR = 0.8; // of an even share

export function limitsOf(
  pass: WireEvidence & Pick<Pass, 'inputs' | 'originNs' | 'closures' | 'excerpts'>,
  direction: DirectionIndex,
  { members, rates, wire, lives, isComplete }: LinkFacts,
  saturation: Saturation,
  stationKnown: boolean,
): Limit[] {
  const { series, flows } = pass;
  const all = series.octets[direction]!.reduce((sum, port) => port.reduce((a, b) => a + b, sum), 0);
  const large = lives.filter(
    ({ port, octets, frames, firstNs, lastNs }) =>
      members.includes(port) &&
      octets >= SIZEABLE * all &&
      frames >= LEAST_FRAMES &&
      octets >= DATA * frames &&
      lastNs - firstNs >= SECOND,
  );
  const closures = new Map(pass.closures.map((closure) => [closure.flow, closure]));
  const answered = answeredOf(pass, large.slice(0, LISTED));
  return large.slice(0, LISTED).map((life): Limit => {
    const { flow, port, octets, firstNs, lastNs } = life;
    const seconds = (lastNs - firstNs) / SECOND;
    const rate = knownRate(rates[port]!);
    const bitsPerSecond = (octets * 8) / seconds;
    const pauses = pausesOf(pass, flow);
    const { atMost, peak } = wire[port]!;
    const meanwhile = atMost.subarray(...intervalsOf(series, life)).reduce((a, b) => Math.max(a, b), 0);
    // Of long intervals only the busiest part of all the capture is known.
    const isCoarse = series.intervalSeconds > WINDOW_SECONDS;
    const full = saturation.ports.find((each) => each.port === pass.ports[port]);
    const facts = {
      busiestInterval: rate === null ? null : (isCoarse ? Math.max(meanwhile, peak.bitsPerSecond) : meanwhile) / rate,
      fullShare: rate === null || full === undefined ? null : fullShareOf(full, pass.originNs, life),
      pauseShare: Math.min(1, pauses.least / seconds),
    };
    const closure = closures.get(flow);
    const closedWindow = answered.has(flow)
      ? {
          frames: closure?.frames ?? 0,
          times: closure?.times ?? 0,
          share: Math.min(1, (closure?.closedNs ?? 0) / (lastNs - firstNs)),
        }
      : null;
    const window = windowUseOf(pass, flow, stationKnown && direction === EGRESS);
    const sharers = large.filter((other) => other.port === port && other.firstNs < lastNs && other.lastNs > firstNs);
    const hasShare = rate !== null && bitsPerSecond >= (FAIR * rate) / sharers.length;
    const segments = flows.pairs(flow) + flows.repeats(flow);
    return {
      flow: flowDocument(flows, flow),
      port: pass.ports[port]!,
      evidence: firstFrame(pass, flow),
      share: all > 0 ? Math.min(1, octets / all) : 0,
      seconds,
      bitsPerSecond,
      verdict: verdictOf(
        facts,
        closedWindow,
        window,
        hasShare,
        isComplete && (!isCoarse || peak.seconds <= WINDOW_SECONDS),
      ),
      ...facts,
      closedWindow,
      window,
      repeatShare: segments === 0 || flows.mover(flow) >= 0 ? null : flows.repeats(flow) / segments,
    };
  });
}

/** The intervals of the series in which the flow lived, those of its ends included. */
function intervalsOf({ startNs, intervalSeconds }: Pass['series'], { firstNs, lastNs }: Life): [number, number] {
  const at = (ns: number) => Math.max(0, Math.floor((ns - startNs) / (intervalSeconds * SECOND)));
  return [at(firstNs), at(lastNs) + 1];
}

function fullShareOf({ spans }: Saturation['ports'][number], originNs: bigint, { firstNs, lastNs }: Life): number {
  const sinceOrigin = (time: string) => Number(BigInt(time.replace('.', '')) - originNs);
  const full = spans.reduce(
    (sum, { start, end }) =>
      sum + Math.max(0, Math.min(lastNs, sinceOrigin(end)) - Math.max(firstNs, sinceOrigin(start))),
    0,
  );
  return Math.min(1, full / (lastNs - firstNs));
}

/** Whether the window leaves the flow next to nothing to gain: its rate is about window / round trip, and can't be more. */
const isFilled = ({ fullShare, usedShare }: WindowUse) => fullShare >= MOSTLY || usedShare >= USED;

function verdictOf(
  { busiestInterval, fullShare, pauseShare }: Pick<Limit, 'busiestInterval' | 'fullShare' | 'pauseShare'>,
  closedWindow: Limit['closedWindow'],
  window: WindowUse | null,
  hasShare: boolean,
  showsRoom: boolean,
): Limit['verdict'] {
  if (closedWindow !== null && closedWindow.share >= CLOSED) return 'receiver-limited';
  if (window !== null && (window.idleShare ?? 0) >= MOSTLY) return 'sender-limited';
  if (busiestInterval === null || fullShare === null) return 'cant-tell';
  // A link that is full fills windows too: what waits for it is in flight.
  if (window !== null && isFilled(window) && fullShare <= SELDOM) return 'receiver-limited';
  if (busiestInterval < ROOM && showsRoom) return 'not-link-limited';
  return fullShare >= MOSTLY && pauseShare <= PAUSED && hasShare ? 'link-limited' : 'cant-tell';
}

/** Flows whose acknowledgements are in the capture, on one port: only then is it known that no window was closed. */
function answeredOf({ flows }: Pick<Pass, 'flows'>, lives: readonly Life[]): Set<number> {
  const answered = new Set<number>();
  const asked = lives.filter(({ flow }) => flows.ipProto(flow) === TCP);
  const byPorts = new Map<number, number[]>(); // of the answer: its destination port, its source port
  for (const { flow } of asked) {
    const key = flows.srcPort(flow) * 2 ** 16 + flows.dstPort(flow);
    byPorts.set(key, [...(byPorts.get(key) ?? []), flow]);
  }
  if (asked.length === 0) return answered;
  const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((octet, i) => octet === b[i]);
  for (let flow = 0; flow < flows.count; flow++) {
    const waiting = byPorts.get(flows.dstPort(flow) * 2 ** 16 + flows.srcPort(flow));
    if (waiting === undefined || flows.ipProto(flow) !== TCP || flows.mover(flow) !== NOT_A_MOVER) continue;
    for (const data of waiting) {
      if (same(flows.srcIp(data), flows.dstIp(flow)) && same(flows.dstIp(data), flows.srcIp(flow))) answered.add(data);
    }
  }
  return answered;
}
