/** Values of options: rates, durations, counts, addresses. What is not understood is a UsageError that shows a right one. */

import { isIP } from 'node:net';
import { UsageError } from '../errors.js';

const RATE = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:b(?:it)?(?:\/s|ps)?)?$/i;
const RATE_UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

export function bitsPerSecond(text: string): number {
  const [, digits, unit] = RATE.exec(text) ?? [];
  const rate = digits === undefined ? Number.NaN : Number(digits) * RATE_UNITS[unit!.toLowerCase()]!;
  if (!(rate > 0))
    throw new UsageError(`--rate ${text}: not a rate. Write it as 1G, 2.5G, 100M, or igb0=10G for one port.`);
  return rate;
}

/** "1G" holds for all ports, "igb0=10G" for one; the analysis takes one or the other. */
export function linkRates(given: readonly string[]): ReadonlyMap<string, number> | number | undefined {
  if (given.length === 0) return undefined;
  const byPort = new Map<string, number>();
  const forAll: number[] = [];
  for (const text of given) {
    const split = text.lastIndexOf('=');
    if (split < 0) forAll.push(bitsPerSecond(text));
    else byPort.set(text.slice(0, split), bitsPerSecond(text.slice(split + 1)));
  }
  if (byPort.size === 0 && forAll.length === 1) return forAll[0]!;
  if (forAll.length === 0) return byPort;
  throw new UsageError('--rate: give one rate for all ports, or one NAME=RATE for each port, not both.');
}

const SIZE = /^(\d+(?:\.\d+)?)\s*([kmgtp]?)(i?)b?$/i;
const POWERS = ['', 'k', 'm', 'g', 't', 'p'];

/** Octets: 16TiB is 16 * 2^40, 500GB is 500 * 10^9. */
export function octets(option: string, text: string): number {
  const [, digits, unit, binary] = SIZE.exec(text) ?? [];
  const size =
    digits === undefined
      ? Number.NaN
      : Number(digits) * (binary === '' ? 1000 : 1024) ** POWERS.indexOf(unit!.toLowerCase());
  if (!(size > 0 && size < 1e21)) throw new UsageError(`--${option} ${text}: not a size. Write it as 16TiB or 500GB.`);
  return Math.round(size);
}

const DURATION = /^(\d+(?:\.\d+)?)(ns|us|µs|ms|s)$/;
const SECONDS: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1 };

export function seconds(option: string, text: string): number {
  const [, digits, unit] = DURATION.exec(text) ?? [];
  if (digits === undefined) throw new UsageError(`--${option} ${text}: not a duration. Write it as 200us, 5ms or 1s.`);
  return Number(digits) * SECONDS[unit!]!;
}

const LEAST_INTERVAL = 0.1;
const MOST_INTERVAL = 3600;

/** Seconds: "2", "0.5" or "500ms". */
export function interval(option: string, text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : DURATION.test(text) ? seconds(option, text) : Number.NaN;
  if (!(value >= LEAST_INTERVAL && value <= MOST_INTERVAL)) {
    throw new UsageError(
      `--${option} ${text}: not a time from ${LEAST_INTERVAL} to ${MOST_INTERVAL} seconds. Write it as 2 or 500ms.`,
    );
  }
  return value;
}

export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = /^\d{1,15}$/.test(text.replaceAll(/[,_]/g, '')) ? Number(text.replaceAll(/[,_]/g, '')) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new UsageError(`--${option} ${text}: not a whole number from ${least} to ${most}.`);
  }
  return value;
}

const MAC = /^(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i;

export function address(text: string): string {
  if (MAC.test(text)) return text.toLowerCase().replaceAll('-', ':');
  if (isIP(text) !== 0) return text.toLowerCase();
  throw new UsageError(
    `--local ${text}: neither a MAC nor an IP address. Write it as 90:e2:ba:7b:0b:38 or 192.0.2.10.`,
  );
}

/** Of findings, most severe first. */
export const SEVERITIES = ['fault', 'warning', 'notice'] as const;
