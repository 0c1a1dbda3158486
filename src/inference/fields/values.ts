/** What a row shows of a field, as the document writes it. */

import { ipText, macText } from '../../control/addresses.js';
import type { HashRow } from '../../flows/rows.js';
import { NumberIndex } from '../../stats/number-index.js';
import { SHOWN_FIELDS } from './components.js';

export type FieldValue = string | number | null;

/** Numbers as numbers, addresses as text; null where the row has no such header. By SHOWN_FIELDS. */
export function shownValue(row: HashRow, field: number): FieldValue {
  const { inner } = row;
  switch (SHOWN_FIELDS[field]) {
    case 'eth.src':
      return macText(row.srcMac);
    case 'eth.dst':
      return macText(row.dstMac);
    case 'eth.type':
      return row.etherType;
    case 'vlan.id':
      return row.vlan;
    case 'ip.src':
      return ipText(row.srcIp);
    case 'ip.dst':
      return ipText(row.dstIp);
    case 'ip.proto':
      return row.protocol;
    case 'l4.srcport':
      return row.srcPort;
    case 'l4.dstport':
      return row.dstPort;
    case 'ipv6.flow':
      return row.flowLabel;
    case 'inner.ip.src':
      return inner && ipText(inner.srcIp);
    case 'inner.ip.dst':
      return inner && ipText(inner.dstIp);
    case 'inner.ip.proto':
      return inner?.protocol ?? null;
    case 'inner.l4.srcport':
      return inner?.srcPort ?? null;
    case 'inner.l4.dstport':
      return inner?.dstPort ?? null;
    default:
      return null;
  }
}

/** Rows in groups that are numbered in order of first appearance. */
export interface Groups {
  readonly of: Int32Array; // by row
  readonly count: number;
}

/** Rows with equal values of a field. */
export function groupsBy(rows: readonly HashRow[], field: number): Groups {
  const identity = IDENTITIES[field];
  const numbers = new NumberIndex();
  const texts = new Map<string | null, number>();
  const of = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const value = identity(rows[i]);
    if (typeof value === 'number') of[i] = numbers.idOf(value);
    else {
      if (!texts.has(value)) texts.set(value, BEYOND_NUMBERS + texts.size);
      of[i] = numbers.idOf(texts.get(value)!);
    }
  }
  return { of, count: numbers.size };
}

const BEYOND_NUMBERS = 2 ** 50; // no value of a field is as large

/** Rows with equal values of all the fields. */
export function groupsByAll(rows: readonly HashRow[], fields: readonly number[]): Groups {
  let groups: Groups = { of: new Int32Array(rows.length), count: Math.min(1, rows.length) };
  for (const field of fields) groups = finer(groups, groupsBy(rows, field));
  return groups;
}

function finer(a: Groups, b: Groups): Groups {
  if (b.count <= 1) return a;
  if (a.count <= 1) return b;
  const pairs = new NumberIndex();
  const of = a.of.map((group, row) => pairs.idOf(group * b.count + b.of[row]));
  return { of, count: pairs.size };
}

/** By SHOWN_FIELDS: equal for equal values of the field, and cheap. */
const IDENTITIES: readonly ((row: HashRow) => string | number | null)[] = [
  (row) => row.srcMac,
  (row) => row.dstMac,
  (row) => row.etherType,
  (row) => row.vlan,
  (row) => addressIdentity(row.srcIp),
  (row) => addressIdentity(row.dstIp),
  (row) => row.protocol,
  (row) => row.srcPort,
  (row) => row.dstPort,
  (row) => row.flowLabel,
  ({ inner }) => inner && addressIdentity(inner.srcIp),
  ({ inner }) => inner && addressIdentity(inner.dstIp),
  ({ inner }) => inner?.protocol ?? null,
  ({ inner }) => inner?.srcPort ?? null,
  ({ inner }) => inner?.dstPort ?? null,
];

const addressIdentity = (address: Uint8Array) =>
  address.length === 4
    ? ((address[0] << 24) | (address[1] << 16) | (address[2] << 8) | address[3]) >>> 0
    : String.fromCharCode(...address);
