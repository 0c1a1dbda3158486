/** How fast a member port is, and who says so. */

import type { DirectionPort } from '../document/schema.js';
import type { Pass } from '../engine/pass.js';
import { announcedRates } from '../lacp/announced-rates.js';

export interface LinkRate {
  readonly bitsPerSecond: number | null;
  readonly basis: DirectionPort['linkRateBasis'];
  readonly isExceeded?: true; // given, and wrong: the port carried more
}

/** The rate of a link, where it is more than assumed and can be true. */
export function knownRate({ bitsPerSecond, basis, isExceeded }: LinkRate): number | null {
  return basis === 'assumed' || isExceeded === true ? null : bitsPerSecond;
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
    if (asked !== undefined) {
      return { bitsPerSecond: asked, basis: 'given', ...(isPossible(asked) ? {} : { isExceeded: true }) };
    }
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
