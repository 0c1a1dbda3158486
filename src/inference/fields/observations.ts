/** The rows of one evaluation as columns: what every hypothesis is compared with. */

import type { HashRow } from '../../flows/rows.js';
import { PairIndex } from '../../stats/pair-index.js';
import { FIELDS, type Field } from './hypotheses.js';

export interface Observations {
  readonly count: number;
  readonly rows: readonly HashRow[]; // sorted by epoch
  readonly kind: Uint8Array;
  readonly epoch: Uint16Array; // index into ports
  readonly port: Uint8Array; // index into the ports of the row's epoch
  readonly ports: readonly number[]; // by epoch: how many the sender could choose from (K)
  readonly epochStart: readonly number[]; // by epoch: its first row; one more for the end
  readonly fields: readonly FieldColumn[]; // by FIELDS
}

/** One header field: its bits, and a small number per distinct value. Source and destination share their numbers. */
export interface FieldColumn {
  readonly words: number; // 32-bit words per row, most significant first
  readonly bits: Int32Array;
  readonly labels: Int32Array;
}

/** Rows of an epoch. */
export const inEpoch = ({ epochStart }: Observations, epoch: number) => epochStart[epoch + 1] - epochStart[epoch];

/** Significant bits of each field, by FIELDS. IPv4 addresses are the low 32 of 128. */
export const FIELD_WIDTH: readonly number[] = [48, 48, 16, 12, 128, 128, 8, 16, 16, 20];

/** @param rows of epochs with at least two ports; `port` within the epoch's ports. */
export function observe(rows: readonly HashRow[], ports: readonly number[]): Observations {
  const sorted = [...rows].sort((a, b) => a.epoch - b.epoch); // stable
  const epochStart = [0];
  for (let epoch = 0; epoch < ports.length; epoch++) {
    let at = epochStart[epoch];
    while (at < sorted.length && sorted[at].epoch === epoch) at++;
    epochStart.push(at);
  }
  const macs = new Interner();
  const ips = new Interner();
  const l4 = new Interner();
  const interners = [macs, macs, null, null, ips, ips, null, l4, l4, null];
  return {
    count: sorted.length,
    rows: sorted,
    kind: Uint8Array.from(sorted, (row) => row.kind),
    epoch: Uint16Array.from(sorted, (row) => row.epoch),
    port: Uint8Array.from(sorted, (row) => row.port),
    ports,
    epochStart,
    fields: FIELDS.map((_, field) => new RowColumn(sorted, field, interners[field] ?? new Interner())),
  };
}

/** Made when it is asked for: of some rows nobody asks for every field. */
class RowColumn implements FieldColumn {
  readonly words: number;
  #bits: Int32Array | null = null;
  #labels: Int32Array | null = null;

  constructor(
    readonly rows: readonly HashRow[],
    readonly field: number,
    readonly interner: Interner,
  ) {
    this.words = Math.ceil(FIELD_WIDTH[field] / 32);
  }

  get bits(): Int32Array {
    if (this.#bits === null) {
      this.#bits = new Int32Array(this.rows.length * this.words);
      writeField[FIELDS[this.field]](this.rows, this.#bits);
    }
    return this.#bits;
  }

  get labels(): Int32Array {
    this.#labels ??= this.interner.labels(this.bits, this.words);
    return this.#labels;
  }
}

/** A loop for each field: one that asks every row for any of them is never compiled to much. */
const writeField: Readonly<Record<Field, (rows: readonly HashRow[], into: Int32Array) => void>> = {
  'eth.src': (rows, into) => {
    for (let i = 0; i < rows.length; i++) writeMac(rows[i].srcMac, into, i * 2);
  },
  'eth.dst': (rows, into) => {
    for (let i = 0; i < rows.length; i++) writeMac(rows[i].dstMac, into, i * 2);
  },
  'ip.src': (rows, into) => {
    for (let i = 0; i < rows.length; i++) writeIp(rows[i].srcIp, into, i * 4);
  },
  'ip.dst': (rows, into) => {
    for (let i = 0; i < rows.length; i++) writeIp(rows[i].dstIp, into, i * 4);
  },
  'eth.type': (rows, into) => {
    for (let i = 0; i < rows.length; i++) into[i] = rows[i].etherType;
  },
  'vlan.id': (rows, into) => {
    for (let i = 0; i < rows.length; i++) into[i] = rows[i].vlan & 0xfff;
  },
  'ip.proto': (rows, into) => {
    for (let i = 0; i < rows.length; i++) into[i] = rows[i].protocol;
  },
  'l4.srcport': (rows, into) => {
    for (let i = 0; i < rows.length; i++) into[i] = rows[i].srcPort;
  },
  'l4.dstport': (rows, into) => {
    for (let i = 0; i < rows.length; i++) into[i] = rows[i].dstPort;
  },
  'ipv6.flow': (rows, into) => {
    for (let i = 0; i < rows.length; i++) into[i] = rows[i].flowLabel;
  },
};

function writeMac(mac: number, into: Int32Array, at: number): void {
  into[at] = mac / 2 ** 32;
  into[at + 1] = mac | 0;
}

function writeIp(address: Uint8Array, into: Int32Array, at: number): void {
  for (let byte = address.length - 1, i = 0; byte >= 0; byte--, i++) {
    into[at + 3 - (i >> 2)] |= address[byte] << ((i & 3) * 8);
  }
}

/** Numbers values in order of first appearance. */
export class Interner {
  readonly #byWord: PairIndex[] = []; // of a word, behind the number of those before it

  /** One number per row of `words` words. */
  labels(bits: Int32Array, words: number): Int32Array {
    const labels = new Int32Array(bits.length / words);
    for (let word = 0; word < words; word++) {
      const numbers = this.#byWord[word] ?? new PairIndex();
      this.#byWord[word] = numbers;
      // Nearly always: the first words of addresses, and fields that are the same in all rows.
      if (allEqual(labels, 1, 0) && allEqual(bits, words, word)) {
        if (labels.length > 0) labels.fill(numbers.idOf(labels[0], bits[word]));
        continue;
      }
      for (let row = 0; row < labels.length; row++) labels[row] = numbers.idOf(labels[row], bits[row * words + word]);
    }
    return labels;
  }
}

function allEqual(values: Int32Array, step: number, from: number): boolean {
  for (let at = from + step; at < values.length; at += step) if (values[at] !== values[from]) return false;
  return true;
}

export function distinctCount(labels: Int32Array): number {
  return new Set(labels).size;
}
