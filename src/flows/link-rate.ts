/** How fast a member port is, and how much of it a load takes. */

import type { DirectionPort } from '../document/schema.js';
import type { DirectionIndex, Pass } from '../engine/pass.js';
import { announcedRates } from '../lacp/announced-rates.js';
import { homePort } from './port-counts.js';

export interface LinkRate {
  readonly bitsPerSecond: number | null;
  readonly basis: DirectionPort['linkRateBasis'];
}

const STANDARD_RATES = [1, 2.5, 5, 10, 25, 40, 50, 100, 200, 400].map((gigabits) => gigabits * 1e9);

/** A statement that the octets of any interval exceed by more than this is false; bursts of time stamps stay below it. */
const BEYOND = 1.1;

/**
 * What the user says goes before what the link partner says, and that before what the capturing host wrote down.
 *
 * @param given bits per second, of all ports or by port name (`--rate`)
 */
export function linkRates(
  pass: Pick<Pass, 'ports' | 'inputs' | 'series' | 'control'>,
  given?: number | ReadonlyMap<string, number>,
): LinkRate[] {
  const assumed = assumedRate(pass.series);
  const announced = announcedRates(pass);
  return pass.ports.map((port, index): LinkRate => {
    const peak = peakOf(pass.series, index);
    const isPossible = (rate: number) => rate > 0 && peak <= BEYOND * rate;
    const asked = typeof given === 'number' ? given : given?.get(port);
    if (asked !== undefined) return { bitsPerSecond: asked, basis: 'given' };
    const lldp = announced[index] ?? 0;
    if (isPossible(lldp)) return { bitsPerSecond: lldp, basis: 'lldp' };
    const speeds = pass.inputs.flatMap((input) => (input.port === port ? [input.interfaceSpeed ?? 0] : []));
    const speed = Math.max(0, ...speeds);
    if (isPossible(speed)) return { bitsPerSecond: speed, basis: 'interface' };
    return { bitsPerSecond: assumed, basis: assumed === null ? null : 'assumed' };
  });
}

/** The lowest standard rate that no port's peak exceeds: ports of one LAG are alike. Null without traffic. */
function assumedRate(series: Pass['series']): number | null {
  const ports = series.octets[0] ?? [];
  const peak = ports.reduce((most, _, port) => Math.max(most, peakOf(series, port)), 0);
  return peak === 0 ? null : (STANDARD_RATES.find((rate) => rate >= peak) ?? null);
}

/** Bits per second of its busiest interval, whichever direction. */
function peakOf({ octets, intervalSeconds }: Pass['series'], port: number): number {
  let peak = 0;
  for (const direction of octets) for (const sum of direction[port] ?? []) peak = Math.max(peak, sum);
  return (peak * 8) / intervalSeconds;
}

const ON_THE_WIRE = 24; // octets a frame: preamble, FCS, gap
const SHORTEST = 60; // octets; shorter frames are padded
const MTU_FRAME = 1514;
const LARGEST_JUMBO = 9022;
const SEGMENT_HEADERS = 66; // Ethernet, IPv4, TCP with time stamps: what each segment of a super-frame repeats

/**
 * Peak load of a port with what the wire adds, as a share of its rate. The series knows octets and frames of a time only, so
 * padding is that of the mean frame: exact where frames are alike, low where short and long ones mix.
 */
export function utilisation(
  pass: Pick<Pass, 'ports' | 'flows' | 'movers' | 'joins' | 'series'>,
  direction: DirectionIndex,
  port: number,
  bitsPerSecond: number,
): number {
  const { octets, frames, intervalSeconds } = pass.series;
  const extra = extraSegmentsAFrame(pass, direction)[port];
  let peak = 0;
  for (const [bucket, sum] of octets[direction][port].entries()) {
    const n = frames[direction][port][bucket];
    const wire = Math.max(sum, n * SHORTEST) + n * ON_THE_WIRE + n * extra * (SEGMENT_HEADERS + ON_THE_WIRE);
    peak = Math.max(peak, wire);
  }
  return (peak * 8) / intervalSeconds / bitsPerSecond;
}

/**
 * Offload shows several segments as one frame; on the wire each has headers of its own. Frames up to the largest jumbo may be
 * just that, so only flows whose large frames are larger on average are counted: never too much.
 */
function extraSegmentsAFrame(
  pass: Pick<Pass, 'ports' | 'flows' | 'movers' | 'joins' | 'series'>,
  direction: DirectionIndex,
): number[] {
  const { flows, series } = pass;
  const extra = series.frames[direction].map(() => 0);
  if (pass.joins.sums()[direction].superFrames === 0) return extra;
  for (let flow = 0; flow < flows.count; flow++) {
    const large = flows.superFrames(flow);
    if (large === 0 || flows.direction(flow) !== direction) continue;
    const octets = flows.octets(flow) - (flows.frames(flow) - large) * SEGMENT_HEADERS;
    if (octets / large <= LARGEST_JUMBO) continue;
    extra[homePort(pass, flow)] += octets / MTU_FRAME - large;
  }
  return extra.map((segments, port) => {
    const frames = series.frames[direction][port].reduce((sum, n) => sum + n, 0);
    return frames > 0 ? segments / frames : 0;
  });
}
