/** Numbers and units as people read them: SI, a no-break space before the unit, 1,234. */

import type { FieldVerdict, Finding, HeaderField } from '../document/schema.js';
import { grouped } from '../stats/grouped.js';

const NBSP = '\u00a0';

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
export const number = (n: number) => grouped(n, 2);

function scaled(value: number, units: readonly string[]): string {
  let rest = value;
  let unit = 0;
  while (Math.abs(rest) >= 999.5 && unit < units.length - 1) {
    rest /= 1000;
    unit++;
  }
  const digits = rest === 0 || unit === 0 || rest >= 100 ? 0 : rest >= 10 ? 1 : 2;
  return `${rest.toFixed(digits)}${NBSP}${units[unit]}`;
}

export const bytes = (n: number) => scaled(n, ['B', 'kB', 'MB', 'GB', 'TB', 'PB']);
export const bitRate = (n: number) => (n === 0 ? '0' : scaled(n, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s']));

/** One unit for a column or an axis, fit for its largest value; 0 is written as 0. */
export function rateUnit(most: number): { readonly name: string; readonly of: (bitsPerSecond: number) => string } {
  const units = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, most)) / 3)));
  const of = (bitsPerSecond: number) => {
    const value = bitsPerSecond / 1000 ** power;
    if (value > 0 && value < 0.05 && power > 0) return '< 0.1';
    const digits = value === 0 || value >= 99.95 || power === 0 ? 0 : 1;
    return grouped(value, digits, digits);
  };
  return { name: units[power]!, of };
}

/** A time of the document as people write it, in whole seconds. */
export function utc(time: string): string {
  const at = new Date(Number(time.split('.')[0]) * 1000);
  return Number.isNaN(at.getTime()) ? `${time}${NBSP}s` : at.toISOString().replace('T', ' ').replace('.000Z', 'Z');
}

export const seconds = (n: number) => `${Number(n.toFixed(n < 10 ? 1 : 0))}${NBSP}s`;

/** Two units are enough to plan by: "3 d 4 h", "12 min", "8 s". */
export function duration(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
  ] as const;
  const at = units.findIndex(([, size]) => seconds >= size);
  if (at < 0) return `${Number(seconds.toPrecision(2))}${NBSP}s`;
  const [name, size] = units[at];
  const [finer, part] = units[at + 1] ?? ['s', 1];
  const whole = Math.floor(seconds / size);
  const rest = Math.round((seconds - whole * size) / part);
  const carries = rest * part >= size;
  return rest === 0 || carries || whole >= 10
    ? `${Math.round(seconds / size)}${NBSP}${name}`
    : `${whole}${NBSP}${name} ${rest}${NBSP}${finer}`;
}

export function share(part: number): string {
  if (part === 0) return `0${NBSP}%`;
  const value = part * 100;
  if (value < 0.05) return `<${NBSP}0.1${NBSP}%`;
  return `${value >= 99.95 ? '100' : value.toFixed(1)}${NBSP}%`;
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${number(n)} ${n === 1 ? one : many}`;
}

/** A chance as odds. Zero may be a chance too small for a double, so it is never called impossible. */
export function odds(chance: number): string {
  if (!(chance > 0)) return 'less than 1 in 10^300';
  if (chance > 0.1) return share(chance);
  const n = 1 / chance;
  if (n < 1e6) return `1 in ${grouped(Math.round(n))}`;
  for (const [size, word] of [
    [1e12, 'trillion'],
    [1e9, 'billion'],
    [1e6, 'million'],
  ] as const) {
    if (n >= size && n < size * 1000) return `1 in ${Number((n / size).toPrecision(2))} ${word}`;
  }
  return `1 in 10^${Math.floor(Math.log10(n))}`;
}

export const FIELD_WORDS: Readonly<Record<HeaderField, string>> = {
  'eth.src': 'Source MAC',
  'eth.dst': 'Destination MAC',
  'eth.type': 'EtherType',
  'vlan.id': 'VLAN',
  'ip.src': 'Source IP',
  'ip.dst': 'Destination IP',
  'ip.proto': 'IP protocol',
  'l4.srcport': 'Source port',
  'l4.dstport': 'Destination port',
  'ipv6.flow': 'IPv6 flow label',
  'mpls.label': 'MPLS label',
  'inner.ip.src': 'Inner source IP',
  'inner.ip.dst': 'Inner destination IP',
  'inner.ip.proto': 'Inner IP protocol',
  'inner.l4.srcport': 'Inner source port',
  'inner.l4.dstport': 'Inner destination port',
};

/** The same inside of a sentence. */
export const fieldInText = (field: HeaderField) =>
  FIELD_WORDS[field].replace(/^(Source|Destination|Inner)/, (word) => word.toLowerCase());

export const VERDICT_WORDS: Readonly<
  Record<FieldVerdict['verdict'], { readonly glyph: string; readonly word: string }>
> = {
  used: { glyph: '●', word: 'used' },
  unused: { glyph: '⊘', word: 'not used' },
  confounded: { glyph: '∞', word: 'can’t separate' },
  undetermined: { glyph: '?', word: 'not enough evidence' },
  untested: { glyph: '–', word: 'never varied' },
};

/** Four glyphs: something to mend or to know first, normal, can't tell, good. */
export function glyphOf({ severity, id, title }: Pick<Finding, 'severity' | 'id' | 'title'>): '!' | '=' | '?' | '✓' {
  if (severity === 'fault' || severity === 'warning') return '!';
  if (id === 'pingpong-none') return '=';
  if (severity === 'ok') return '✓';
  return /can’t be told/.test(title) ? '?' : '=';
}

const PROTOCOLS = new Map([
  [1, 'ICMP'],
  [6, 'TCP'],
  [17, 'UDP'],
  [47, 'GRE'],
  [50, 'ESP'],
  [51, 'AH'],
  [58, 'ICMPv6'],
  [132, 'SCTP'],
]);
export const protocolName = (protocol: number | null) =>
  protocol === null ? 'no IP' : (PROTOCOLS.get(protocol) ?? `protocol ${protocol}`);

/** The last bits of an address as 0 and 1, nothing without an address: close addresses collide in a short XOR hash. */
export function lastBits(ip: string | null, bits: 6 | 8): string {
  if (ip === null) return '';
  const last = ip.includes(':')
    ? Number.parseInt(ip.slice(ip.lastIndexOf(':') + 1) || '0', 16)
    : Number(ip.slice(ip.lastIndexOf('.') + 1));
  return Number.isNaN(last) ? '' : (last & ((1 << bits) - 1)).toString(2).padStart(bits, '0');
}
