/**
 * Was a link full, for how long, and by whom; and where none was, whether the sum of all links stops at the rate of one.
 *
 * Full means: in a second or more, 95 % of the rate on the wire, at the least 90 % however offload cut the frames. Nothing is
 * called full, nor free, on a rate that is only assumed.
 */

import type { Direction } from '../document/schema.js';
import type { DirectionIndex, Pass } from '../engine/pass.js';
import { firstFrame, flowDocument } from './flow-name.js';
import type { Life, LinkFacts } from './large-flows.js';
import { knownRate } from './link-rate.js';
import { type Stretch, spansOf, trimmed, windowMeans } from './sustained.js';
import { timeText } from './time-text.js';
import type { WireEvidence, WireLoad } from './wire-load.js';

export type Saturation = Direction['saturation'];
export type PortSaturation = Saturation['ports'][number];

const FULL = 0.95;
const FULL_AT_LEAST = 0.9;
export const ROOM = 0.9; // a link that stays below this had room
export const WINDOW_SECONDS = 1;
const SPANS_LISTED = 100;
const FLOWS_LISTED = 10;
const SIZEABLE = 0.05; // of what the port carried meanwhile

export function saturationOf(
  pass: WireEvidence & Pick<Pass, 'inputs' | 'originNs'>,
  direction: DirectionIndex,
  { members, rates, wire, lives, isComplete }: LinkFacts,
): Saturation {
  const { intervalSeconds } = pass.series;
  const buckets = Math.max(1, Math.ceil(WINDOW_SECONDS / intervalSeconds - 1e-9));
  const known = members.flatMap((port): KnownPort[] => {
    const rate = knownRate(rates[port]!);
    return rate === null ? [] : [{ port, rate, load: wire[port]! }];
  });
  const ports = known.map((each) => portSaturation(pass, direction, each, buckets, lives));
  return {
    window: buckets * intervalSeconds,
    interval: Math.max(0, ...known.map(({ load }) => load.peak.seconds)),
    verdict: verdictOf(ports, isComplete ? members.length : null, intervalSeconds),
    ports: ports.map(({ at: _, peakSeconds: __, ...port }) => port),
    sumAtOneLink: isComplete ? sumAtOneLink(pass, known, buckets, members.length, ports) : null,
  };
}

interface KnownPort {
  readonly port: number;
  readonly rate: number;
  readonly load: WireLoad;
}

interface Judged extends PortSaturation {
  readonly at: number; // the port
  readonly peakSeconds: number; // how long its busiest interval is
}

function portSaturation(
  pass: WireEvidence & Pick<Pass, 'inputs' | 'originNs'>,
  direction: DirectionIndex,
  { port, rate, load }: KnownPort,
  buckets: number,
  lives: readonly Life[],
): Judged {
  const { series } = pass;
  const likely = windowMeans(load.likely, buckets);
  const least = windowMeans(load.atLeast, buckets);
  // A burst makes windows full that reach into the time before or after: what is below at the ends is no part of it.
  const isFull = (bucket: number) => load.likely[bucket]! >= FULL * rate;
  const isFullWindow = (w: number) => likely[w]! >= FULL * rate && least[w]! >= FULL_AT_LEAST * rate;
  const spans = spansOf(series, buckets, likely.length, isFullWindow).map((span) => trimmed(series, span, isFull));
  const mostOf = (values: Float64Array) => values.reduce((a, b) => Math.max(a, b), 0);
  return {
    at: port,
    port: pass.ports[port]!,
    busiestWindow: likely.length === 0 ? null : mostOf(likely) / rate,
    busiestInterval: load.peak.bitsPerSecond / rate,
    peakSeconds: load.peak.seconds,
    fullSeconds: spans.reduce((sum, span) => sum + span.seconds, 0),
    spans: spans.slice(0, SPANS_LISTED).map((span) => ({
      start: timeText(pass.originNs, span.startNs),
      end: timeText(pass.originNs, span.startNs + span.seconds * 1e9),
      utilisation: meanOf(load.likely, span) / rate,
    })),
    flows: sharersOf(
      pass,
      pass.series.octets[direction]![port]!,
      spans,
      lives.filter((life) => life.port === port),
    ),
  };
}

const meanOf = (values: Float64Array, { from, to }: Stretch) =>
  values.subarray(from, to).reduce((sum, value) => sum + value, 0) / (to - from);

/**
 * The large flows of a port in its full time. A flow's octets are known for its life as a whole, so its part in a span is by
 * the time both have in common: right for flows that send steadily, as those do that fill a link.
 */
function sharersOf(
  pass: WireEvidence & Pick<Pass, 'inputs'>,
  series: Float64Array,
  spans: readonly Stretch[],
  lives: readonly Life[],
): PortSaturation['flows'] {
  const carried = spans.reduce((sum, span) => sum + meanOf(series, span) * (span.to - span.from), 0);
  return lives
    .map((life) => {
      const shared = spans.reduce(
        (sum, { startNs, seconds }) =>
          sum + Math.max(0, Math.min(life.lastNs, startNs + seconds * 1e9) - Math.max(life.firstNs, startNs)),
        0,
      );
      return { life, octets: (life.octets * shared) / Math.max(1, life.lastNs - life.firstNs) };
    })
    .filter(({ octets }) => octets > 0 && octets >= SIZEABLE * carried)
    .sort((a, b) => b.octets - a.octets)
    .slice(0, FLOWS_LISTED)
    .map(({ life, octets }) => ({
      flow: flowDocument(pass.flows, life.flow),
      share: Math.min(1, octets / carried),
      evidence: firstFrame(pass, life.flow),
    }));
}

/**
 * @param members null where it can't be told that a link had room: frames are missing
 * @param intervalSeconds if they are long, as those of a long capture are, a link may have been full and idle in turn within one
 */
function verdictOf(ports: readonly Judged[], members: number | null, intervalSeconds: number): Saturation['verdict'] {
  if (ports.some(({ fullSeconds }) => fullSeconds > 0)) return 'full';
  if (members === null || members === 0 || ports.length < members) return 'unknown';
  if (ports.some(({ peakSeconds }) => peakSeconds > WINDOW_SECONDS)) return 'unknown';
  if (ports.every(({ busiestInterval }) => busiestInterval < ROOM)) return 'none-full';
  if (intervalSeconds > WINDOW_SECONDS) return 'unknown';
  return ports.some(({ busiestWindow }) => busiestWindow === null) ? 'unknown' : 'bursts';
}

const NEVER_MORE = 1.05; // of one link's rate
const SEVERAL = 0.15; // the least share of a port that takes part
const BUSY = 0.1;
const LEAST_SECONDS = 3;

/** The sum of all links holds to the rate of one, though several carry it and none is full: a limit that they share. */
function sumAtOneLink(
  pass: WireEvidence & Pick<Pass, 'originNs'>,
  known: readonly KnownPort[],
  buckets: number,
  members: number,
  ports: readonly Judged[],
): Saturation['sumAtOneLink'] {
  const rate = known[0]?.rate ?? 0;
  if (known.length < members || members < 2 || known.some((each) => each.rate !== rate)) return null;
  if (pass.series.intervalSeconds > WINDOW_SECONDS) return null;
  if (ports.some(({ fullSeconds }) => fullSeconds > 0)) return null;
  const sum = known[0]!.load.likely.map((_, bucket) => known.reduce((all, { load }) => all + load.likely[bucket]!, 0));
  const means = windowMeans(sum, buckets);
  if (means.some((mean) => mean > NEVER_MORE * rate)) return null;
  const held = spansOf(pass.series, buckets, means.length, (w) => means[w]! >= FULL_AT_LEAST * rate);
  const seconds = held.reduce((all, span) => all + span.seconds, 0);
  const busySeconds = sum.reduce((all, load) => all + (load >= BUSY * rate ? 1 : 0), 0) * pass.series.intervalSeconds;
  if (seconds < LEAST_SECONDS || seconds < 0.5 * busySeconds) return null;
  const loadOf = ({ load }: KnownPort) =>
    held.reduce((all, span) => all + meanOf(load.likely, span) * span.seconds, 0) / seconds;
  const total = known.reduce((all, each) => all + loadOf(each), 0);
  const part = known.filter((each) => loadOf(each) >= SEVERAL * total);
  if (part.length < 2) return null;
  return {
    seconds,
    bitsPerSecond: total,
    linkBitsPerSecond: rate,
    ports: part.map(({ port, load }) => ({ port: pass.ports[port]!, share: loadOf({ port, rate, load }) / total })),
  };
}
