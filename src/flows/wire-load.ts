/** What a port carried with what the wire adds: preamble, FCS and gap of each frame, padding, headers of offloaded segments. */

import { type DirectionIndex, EGRESS, INGRESS, type Pass } from '../engine/pass.js';
import { homePort } from './port-counts.js';

const ON_THE_WIRE = 24; // octets a frame: preamble, FCS, gap
const SHORTEST = 60; // octets; shorter frames are padded
const MOST_PADDING = 18; // octets: an ARP packet has 42
const MTU_FRAME = 1514;
const LARGEST_JUMBO = 9022;
const SEGMENT_HEADERS = 66; // Ethernet, IPv4, TCP with time stamps: what each segment of a super-frame repeats

export type WireEvidence = Pick<Pass, 'ports' | 'flows' | 'movers' | 'joins' | 'series'>;

/**
 * Bits per second of each interval of the series. The series knows octets and frames of a time only, so padding is that of the
 * mean frame (exact where frames are alike), and how offload cut a super-frame is not in a capture: hence three figures.
 */
export interface WireLoad {
  readonly atLeast: Float64Array; // frames went out as they were captured
  readonly likely: Float64Array; // frames longer than any jumbo were segments of 1,514 octets
  readonly atMost: Float64Array; // so was every frame above 1,522 octets, and every frame was padded
  /** `atMost` of the busiest interval; of shorter stretches, where those of the series are longer. */
  readonly peak: { readonly bitsPerSecond: number; readonly seconds: number };
}

/** One per port. */
export function wireLoads(pass: WireEvidence, direction: DirectionIndex): WireLoad[] {
  const { octets, frames, intervalSeconds, busiest } = pass.series;
  const likelySegments = extraSegmentsAFrame(pass, direction, LARGEST_JUMBO);
  const mostSegments = extraSegmentsAFrame(pass, direction, 0);
  const perSegment = SEGMENT_HEADERS + ON_THE_WIRE;
  return pass.ports.map((_, port): WireLoad => {
    const counts = frames[direction][port];
    const loads = (wireOctets: (sum: number, n: number) => number) =>
      octets[direction][port].map((sum, bucket) => (wireOctets(sum, counts[bucket]) * 8) / intervalSeconds);
    const padded = (sum: number, n: number) => Math.max(sum, n * SHORTEST) + n * ON_THE_WIRE;
    const most = (sum: number, n: number) => sum + n * (MOST_PADDING + ON_THE_WIRE + mostSegments[port]! * perSegment);
    const atMost = loads(most);
    const stretch = busiest?.ports[direction]?.[port] ?? null;
    return {
      atLeast: loads(padded),
      likely: loads((sum, n) => padded(sum, n) + n * likelySegments[port] * perSegment),
      atMost,
      peak:
        stretch === null
          ? { bitsPerSecond: atMost.reduce((a, b) => Math.max(a, b), 0), seconds: intervalSeconds }
          : { bitsPerSecond: (most(stretch.octets, stretch.frames) * 8) / busiest!.seconds, seconds: busiest!.seconds },
    };
  });
}

/**
 * Offload shows several segments as one frame; on the wire each has headers of its own. Frames up to `longest` may be just
 * that, so only flows whose large frames are larger on average are counted.
 */
function extraSegmentsAFrame(pass: WireEvidence, direction: DirectionIndex, longest: number): number[] {
  const { flows, series } = pass;
  const extra = series.frames[direction].map(() => 0);
  if (pass.joins.sums()[direction].superFrames === 0) return extra;
  for (let flow = 0; flow < flows.count; flow++) {
    const large = flows.superFrames(flow);
    if (large === 0 || flows.direction(flow) !== direction) continue;
    const octets = flows.octets(flow) - (flows.frames(flow) - large) * SEGMENT_HEADERS;
    if (octets / large <= longest) continue;
    extra[homePort(pass, flow)] += Math.max(0, octets / MTU_FRAME - large);
  }
  return extra.map((segments, port) => {
    const frames = series.frames[direction][port].reduce((sum, n) => sum + n, 0);
    return frames > 0 ? segments / frames : 0;
  });
}

/** What the frames of offload that are longer than any jumbo were on the wire; null without one. */
export function superFrameSegments(pass: WireEvidence): number | null {
  const frames = pass.series.frames.map((ports) => ports.map((port) => port.reduce((sum, n) => sum + n, 0)));
  const large = pass.joins.sums().reduce((sum, { superFrames }) => sum + superFrames, 0);
  if (large === 0) return null;
  const extra = ([INGRESS, EGRESS] as const).flatMap((direction) =>
    extraSegmentsAFrame(pass, direction, LARGEST_JUMBO).map((each, port) => each * frames[direction]![port]!),
  );
  return Math.round(extra.reduce((sum, segments) => sum + segments, large));
}

/** The busiest interval as a share of the rate. */
export function utilisation({ likely }: WireLoad, bitsPerSecond: number): number {
  return likely.reduce((most, load) => Math.max(most, load), 0) / bitsPerSecond;
}
