/** Sets of fields as switches offer them: which of source and destination, and of what. */

import type { HeaderField } from '../document/schema.js';

/** Of a pair of fields: source, destination, or both. */
export const [SOURCE, DESTINATION] = [1, 2] as const;
const BOTH = SOURCE | DESTINATION;

export interface FieldSet {
  readonly name: string;
  readonly mac: number; // SOURCE | DESTINATION
  readonly ip: number;
  readonly port: number;
}

export const FIELD_SETS: readonly FieldSet[] = [
  { name: 'l2', mac: BOTH, ip: 0, port: 0 },
  { name: 'src-mac', mac: SOURCE, ip: 0, port: 0 },
  { name: 'dst-mac', mac: DESTINATION, ip: 0, port: 0 },
  { name: 'l3', mac: 0, ip: BOTH, port: 0 },
  { name: 'src-ip', mac: 0, ip: SOURCE, port: 0 },
  { name: 'dst-ip', mac: 0, ip: DESTINATION, port: 0 },
  { name: 'l4', mac: 0, ip: 0, port: BOTH },
  { name: 'src-port', mac: 0, ip: 0, port: SOURCE },
  { name: 'dst-port', mac: 0, ip: 0, port: DESTINATION },
  { name: 'l3+l4', mac: 0, ip: BOTH, port: BOTH },
  { name: 'l2+l3', mac: BOTH, ip: BOTH, port: 0 },
  { name: 'l2+l3+l4', mac: BOTH, ip: BOTH, port: BOTH },
];

const pair = (which: number, source: HeaderField, destination: HeaderField): HeaderField[] => [
  ...(which & SOURCE ? [source] : []),
  ...(which & DESTINATION ? [destination] : []),
];

export const fieldsOf = ({ mac, ip, port }: FieldSet): HeaderField[] => [
  ...pair(mac, 'eth.src', 'eth.dst'),
  ...pair(ip, 'ip.src', 'ip.dst'),
  ...pair(port, 'l4.srcport', 'l4.dstport'),
];

/** What Cisco calls them: `src-dst-mac` is both MAC addresses. */
const OTHER_NAMES: Readonly<Record<string, string>> = { 'src-dst-mac': 'l2', 'src-dst-ip': 'l3', 'src-dst-port': 'l4' };

export const fieldSet = (name: string) => FIELD_SETS.find((set) => set.name === (OTHER_NAMES[name] ?? name)) ?? null;
