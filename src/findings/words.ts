/** Words that findings share. The subject of a sentence is who decides: "The switch puts …". */

import type { Analysis, DirectionName, HeaderField } from '../document/schema.js';
import { grouped } from '../stats/grouped.js';
import type { Draft } from './rule.js';

export interface Side {
  readonly arrow: string; // switch → server
  readonly decider: string; // the switch: who chooses the port in this direction
  readonly Decider: string;
  readonly other: string;
  readonly verb: string; // arrive, leave
}

/** Without a known local station nobody is called server: the two sides have letters. */
export function sideOf(direction: DirectionName, draft: Draft): Side {
  const known = draft.lag.localStation.basis !== 'unknown';
  const ingress = direction === 'ingress';
  const [far, near] = known ? ['switch', 'server'] : ['side A', 'side B'];
  const [from, to] = ingress ? [far, near] : [near, far];
  const the = (name: string) => (known ? `the ${name}` : name);
  return {
    arrow: `${from} → ${to}`,
    decider: the(from),
    Decider: capital(the(from)),
    other: the(to),
    verb: ingress ? 'arrive' : 'leave',
  };
}

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

export function count(n: number, one: string, many = `${one}s`): string {
  return `${grouped(n)} ${n === 1 ? one : many}`;
}

export function list(items: readonly string[], most = 6): string {
  const shown = items.length > most ? [...items.slice(0, most - 1), `${items.length - most + 1} more`] : items;
  if (shown.length < 2) return shown.join('');
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** A chance as odds: people read "1 in 64" faster than 1.6 %. */
export function odds(chance: number): string {
  if (!(chance > 0)) return 'less than 1 in 10^300';
  if (chance > 0.3) return `${Math.round(chance * 100)} %`;
  const n = 1 / chance;
  if (n < 1e6) return `1 in ${grouped(Math.round(n))}`;
  for (const [size, word] of [
    [1e12, 'trillion'],
    [1e9, 'billion'],
    [1e6, 'million'],
  ] as const) {
    if (n >= size && n < size * 1e3) return `1 in ${trim(n / size)} ${word}`;
  }
  return `1 in 10^${Math.floor(Math.log10(n))}`;
}

const trim = (x: number) => (x >= 10 ? Math.round(x).toString() : x.toFixed(1).replace(/\.0$/, ''));

export function percent(share: number): string {
  const value = share * 100;
  if (value === 0) return '0 %';
  if (value < 0.1) return 'less than 0.1 %';
  if (value < 100 && value > 99.9) return 'more than 99.9 %';
  return `${value >= 10 ? Math.round(value) : value.toFixed(1)} %`;
}

/** After "at most" and "never more than". */
export const atMost = (share: number) => (share > 0 && share < 0.001 ? '0.1 %' : percent(share));

/** Seconds since the capture began. */
export function at(time: string, draft: Draft): string {
  const origin = draft.capture.firstTime;
  return origin === null ? '' : `${(Number(nanoseconds(time) - nanoseconds(origin)) / 1e9).toFixed(1)} s`;
}

/** When an epoch began, after "at" where that is known to a tenth of a second. */
export function begins(
  {
    start,
    startsBetween,
  }: Pick<Analysis['directions']['ingress']['distribution']['epochs'][number], 'start' | 'startsBetween'>,
  draft: Draft,
): string {
  if (startsBetween === null) return `at ${at(start, draft)}`;
  const [from, to] = startsBetween.map((time) => at(time, draft));
  return `between ${from} and ${to}`;
}

const nanoseconds = (time: string) => BigInt(time.replace('.', ''));

/** A duration: tenths where they tell. */
export const seconds = (n: number) => `${n < 100 ? n.toFixed(1) : Math.round(n)} s`;

/** Three digits and a unit. */
export function bitRate(bitsPerSecond: number): string {
  const units = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'];
  let [value, unit] = [bitsPerSecond, 0];
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000;
  return `${Number(value.toPrecision(3))} ${units[unit]}`;
}

const FIELD_WORDS: Readonly<Record<HeaderField, string>> = {
  'eth.src': 'source MAC',
  'eth.dst': 'destination MAC',
  'eth.type': 'EtherType',
  'vlan.id': 'VLAN',
  'ip.src': 'source IP',
  'ip.dst': 'destination IP',
  'ip.proto': 'IP protocol',
  'l4.srcport': 'source port',
  'l4.dstport': 'destination port',
  'ipv6.flow': 'IPv6 flow label',
  'mpls.label': 'MPLS label',
  'inner.ip.src': 'inner source IP',
  'inner.ip.dst': 'inner destination IP',
  'inner.ip.proto': 'inner IP protocol',
  'inner.l4.srcport': 'inner source port',
  'inner.l4.dstport': 'inner destination port',
};

export const fieldName = (field: HeaderField) => FIELD_WORDS[field];
export const fieldNames = (fields: readonly HeaderField[]) => list(fields.map(fieldName));

const BUCKETS_LISTED = 16;

/** The link of every bucket, in order; of a large table how many each link has. */
export function linksByBucket(order: readonly (string | null)[]): string {
  if (order.length <= BUCKETS_LISTED) return order.map((port) => port ?? '(none seen)').join(', ');
  const buckets = new Map<string, number>();
  for (const port of order) buckets.set(port ?? 'none seen', (buckets.get(port ?? 'none seen') ?? 0) + 1);
  const shares = [...buckets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([port, n]) => `${port} ${n}`);
  return `${order.length} buckets: ${shares.join(', ')}`;
}
