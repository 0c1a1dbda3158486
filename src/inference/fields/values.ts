/** What a row shows of a field, as the document writes it. */

import { ipText, macText } from '../../control/addresses.js';
import type { HeaderField } from '../../document/schema.js';
import type { HashRow } from '../../flows/rows.js';
import { isUnseen } from '../../flows/unseen-macs.js';
import { SHOWN_FIELDS, type ShownField } from './components.js';

const seenMac = (mac: number) => (isUnseen(mac) ? null : macText(mac));

export type FieldValue = string | number | null;

/** Numbers as numbers, addresses as text; null where the row has no such header. By SHOWN_FIELDS. */
export function shownValue(row: HashRow, field: number): FieldValue {
  const { inner } = row;
  switch (SHOWN_FIELDS[field]) {
    case 'eth.src':
      return seenMac(row.srcMac);
    case 'eth.dst':
      return seenMac(row.dstMac);
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

export const shownFieldOf = (row: HashRow, field: HeaderField): FieldValue =>
  shownValue(row, SHOWN_FIELDS.indexOf(field as ShownField));
