/** The verdict on each header field that varied, both directions side by side. */
import type { Direction, DirectionName, FieldVerdict, HeaderField } from '../../document/schema.js';
import { clip, padEnd } from '../columns.js';
import type { Screen } from './screen.js';

export function fields(screen: Screen): string[] {
  const { ingress, egress } = screen.analysis.directions;
  if (ingress.hash === null && egress.hash === null) return [];
  const sides = screen.sides;
  const half = Math.floor((screen.width - 18) / 2);
  const { interrupted } = screen.analysis;
  const without = (name: DirectionName) => (interrupted.includes(`directions.${name}.hash`) ? 'interrupted' : '-');
  const of = (direction: Direction) => new Map((direction.hash?.fields ?? []).map((field) => [field.field, field]));
  const [left, right] = [of(ingress), of(egress)];
  const varied = [...new Set([...left.keys(), ...right.keys()])].filter((field) =>
    [left.get(field), right.get(field)].some((verdict) => verdict !== undefined && verdict.verdict !== 'untested'),
  );
  const rows = varied.map((field) =>
    `  ${padEnd(FIELD_WORDS[field], 16)}${padEnd(clip(verdictWord(left.get(field), without('ingress')), half - 1), half)}${clip(verdictWord(right.get(field), without('egress')), half)}`.trimEnd(),
  );
  return [screen.dim(`${padEnd('FIELDS', 18)}${padEnd(sides.ingress, half)}${sides.egress}`), ...rows];
}

const FIELD_WORDS: Readonly<Record<HeaderField, string>> = {
  'eth.src': 'source MAC',
  'eth.dst': 'dest MAC',
  'eth.type': 'EtherType',
  'vlan.id': 'VLAN',
  'ip.src': 'source IP',
  'ip.dst': 'dest IP',
  'ip.proto': 'IP protocol',
  'l4.srcport': 'source port',
  'l4.dstport': 'dest port',
  'ipv6.flow': 'IPv6 flow label',
  'mpls.label': 'MPLS label',
  'inner.ip.src': 'inner source',
  'inner.ip.dst': 'inner dest',
  'inner.ip.proto': 'inner protocol',
  'inner.l4.srcport': 'inner src port',
  'inner.l4.dstport': 'inner dst port',
};

function alternatives(others: readonly HeaderField[]): string {
  const [first] = others;
  return first === undefined
    ? 'another field'
    : `${FIELD_WORDS[first]}${others.length > 1 ? ` +${others.length - 1}` : ''}`;
}

function verdictWord(field: FieldVerdict | undefined, without: string): string {
  if (field === undefined) return without;
  const { pairsDiffering, pairsMoved } = field.evidence;
  const pairs = pairsDiffering > 0 ? `, ${pairsMoved} of ${pairsDiffering} pairs moved` : '';
  switch (field.verdict) {
    case 'used':
      return `USED${pairs}`;
    case 'unused':
      return `not used${pairs}`;
    case 'confounded':
      return `can’t separate: ${alternatives(field.confoundedWith)}`;
    case 'undetermined':
      return 'not enough evidence';
    case 'untested':
      return 'never varied';
  }
}
