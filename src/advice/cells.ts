/** Which flows a policy cannot tell apart: cells of equal header fields, whatever function maps them to links. */

import type { HeaderField } from '../document/schema.js';
import type { Header } from '../flows/main-row.js';

/** How source and destination are read: their XOR, in any order, or each in its place. */
export type Mixing = 'xor' | 'unordered' | 'ordered';

const PAIRS = [
  ['eth.src', 'eth.dst'],
  ['ip.src', 'ip.dst'],
  ['l4.srcport', 'l4.dstport'],
  ['inner.ip.src', 'inner.ip.dst'],
  ['inner.l4.srcport', 'inner.l4.dstport'],
] as const;

/** Cell of each key under any set of fields. Columns are made when they are first asked for. */
export class Cells {
  readonly #columns = new Map<string, Int32Array>();

  constructor(readonly keys: readonly Header[]) {}

  /** Numbered in order of first appearance. */
  of(fields: readonly HeaderField[], mixing: Mixing): Int32Array {
    const columns: Int32Array[] = [];
    const left = new Set(fields);
    for (const [src, dst] of PAIRS) {
      if (mixing === 'ordered' || !left.has(src) || !left.has(dst)) continue;
      left.delete(src);
      left.delete(dst);
      columns.push(this.#column(`${src} ${mixing}`, (key) => mixed(wordsOf(key, src), wordsOf(key, dst), mixing)));
    }
    for (const field of left) columns.push(this.#column(field, (key) => wordsOf(key, field).join()));
    return columns.reduce((cells, column) => product(cells, column), new Int32Array(this.keys.length));
  }

  #column(name: string, textOf: (key: Header) => string): Int32Array {
    const known = this.#columns.get(name);
    if (known !== undefined) return known;
    const numbers = new Map<string, number>();
    const column = Int32Array.from(this.keys, (key) => {
      const text = textOf(key);
      const number = numbers.get(text) ?? numbers.size;
      numbers.set(text, number);
      return number;
    });
    this.#columns.set(name, column);
    return column;
  }
}

function product(a: Int32Array, b: Int32Array): Int32Array {
  const numbers = new Map<number, number>();
  return a.map((label, row) => {
    const key = label * a.length + b[row];
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  });
}

function mixed(src: readonly number[], dst: readonly number[], mixing: Mixing): string {
  if (mixing === 'xor') {
    const [long, short] = src.length >= dst.length ? [src, dst] : [dst, src];
    return long.map((word, i) => word ^ (short[i] ?? 0)).join();
  }
  const [a, b] = [src.join(), dst.join()];
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

/** A field as numbers that can be XORed; [] where the header has none. */
function wordsOf(key: Header, field: HeaderField): readonly number[] {
  const { inner } = key;
  switch (field) {
    case 'eth.src':
      return [Math.floor(key.srcMac / 2 ** 32), key.srcMac | 0];
    case 'eth.dst':
      return [Math.floor(key.dstMac / 2 ** 32), key.dstMac | 0];
    case 'eth.type':
      return [key.etherType];
    case 'vlan.id':
      return [key.vlan];
    case 'ip.src':
      return [...key.srcIp];
    case 'ip.dst':
      return [...key.dstIp];
    case 'ip.proto':
      return [key.protocol];
    case 'l4.srcport':
      return [key.srcPort];
    case 'l4.dstport':
      return [key.dstPort];
    case 'ipv6.flow':
      return [key.flowLabel];
    case 'inner.ip.src':
      return inner === null ? [] : [...inner.srcIp];
    case 'inner.ip.dst':
      return inner === null ? [] : [...inner.dstIp];
    case 'inner.ip.proto':
      return inner === null ? [] : [inner.protocol];
    case 'inner.l4.srcport':
      return inner === null ? [] : [inner.srcPort];
    case 'inner.l4.dstport':
      return inner === null ? [] : [inner.dstPort];
    default:
      return [];
  }
}
