/** Is it the link that holds a large flow back? Told only where the link was plainly full, or plainly had room, all its life. */

import type { Direction } from '../document/schema.js';
import type { DirectionIndex, Pass } from '../engine/pass.js';
import { firstFrame, flowDocument } from './flow-name.js';
import { type Life, type LinkFacts, pausesOf } from './large-flows.js';
import { knownRate } from './link-rate.js';
import { ROOM, type Saturation, WINDOW_SECONDS } from './saturation.js';
import type { WireEvidence } from './wire-load.js';

export type Limit = Direction['limits'][number];

const LISTED = 20;
const SIZEABLE = 0.05; // of the direction's octets
const LEAST_FRAMES = 100;
const DATA = 200; // octets a frame: a stream of acknowledgements is held back by what it acknowledges
const SECOND = 1e9;
const MOSTLY = 0.5; // of its life
const PAUSED = 0.1;
const FAIR = 0.8; // of an even share

export function limitsOf(
  pass: WireEvidence & Pick<Pass, 'inputs' | 'originNs'>,
  direction: DirectionIndex,
  { members, rates, wire, lives, isComplete }: LinkFacts,
  saturation: Saturation,
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
  return large.slice(0, LISTED).map((life): Limit => {
    const { flow, port, octets, firstNs, lastNs } = life;
    const seconds = (lastNs - firstNs) / SECOND;
    const rate = knownRate(rates[port]!);
    const bitsPerSecond = (octets * 8) / seconds;
    const pauses = pausesOf(pass, flow);
    const meanwhile = wire[port]!.atMost.subarray(...intervalsOf(series, life));
    const full = saturation.ports.find((each) => each.port === pass.ports[port]);
    const facts = {
      busiestInterval: rate === null ? null : meanwhile.reduce((a, b) => Math.max(a, b), 0) / rate,
      fullShare: rate === null || full === undefined ? null : fullShareOf(full, pass.originNs, life),
      pauseShare: Math.min(1, pauses.least / seconds),
    };
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
      verdict: verdictOf(facts, hasShare, isComplete && series.intervalSeconds <= WINDOW_SECONDS),
      ...facts,
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

function verdictOf(
  { busiestInterval, fullShare, pauseShare }: Pick<Limit, 'busiestInterval' | 'fullShare' | 'pauseShare'>,
  hasShare: boolean,
  showsRoom: boolean,
): Limit['verdict'] {
  if (busiestInterval === null || fullShare === null) return 'cant-tell';
  if (busiestInterval < ROOM && showsRoom) return 'not-link-limited';
  return fullShare >= MOSTLY && pauseShare <= PAUSED && hasShare ? 'link-limited' : 'cant-tell';
}
