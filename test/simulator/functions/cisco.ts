/** Cisco EtherChannel: three low bits of one field or of two XORed, eight values dealt to the links. hash-policies.md 5. */

import { type FieldSet, fieldsOf, lowWord, type Mode, piecesOf } from '../field-sets.js';
import type { Header } from '../headers.js';
import { type Family, isPowerOfTwo } from '../sender.js';

const set = (name: string, mac: Mode, ip: Mode, port: Mode): FieldSet => ({ name, mac, ip, port, singles: [] });
export const METHODS: readonly FieldSet[] = [
  set('src-mac', 'src', 'none', 'none'),
  set('dst-mac', 'dst', 'none', 'none'),
  set('src-dst-mac', 'both', 'none', 'none'),
  set('src-ip', 'none', 'src', 'none'),
  set('dst-ip', 'none', 'dst', 'none'),
  set('src-dst-ip', 'none', 'both', 'none'),
  set('src-port', 'none', 'none', 'src'),
  set('dst-port', 'none', 'none', 'dst'),
  set('src-dst-port', 'none', 'none', 'both'),
];

export const ciscoValue = (header: Header, method: FieldSet) =>
  piecesOf(header, method).reduce((xor, piece) => xor ^ lowWord(piece), 0) & 7;

export const cisco: Family = {
  name: 'Cisco 8 buckets',
  draw(random, ports) {
    const method = random.pick(METHODS);
    return {
      name: `cisco ${method.name}`,
      fields: fieldsOf(method),
      affine: isPowerOfTwo(ports),
      parities: true,
      bucket: (header) => ciscoValue(header, method) % ports,
    };
  },
};
