/** Rows with equal keys as one, and how their flows are spread over the ports: what a map of keys to ports is learnt from. */

import type { BitMatrix } from '../../stats/gf2.js';
import { NumberIndex } from '../../stats/number-index.js';
import { type seeded, shuffle } from '../../stats/random.js';

/** One entry per distinct key: who is on which port. */
export interface Votes {
  readonly keys: BitMatrix;
  readonly counts: Int32Array; // per key and port
  readonly flows: Int32Array;
  readonly winner: Uint8Array; // most frequent port, the lowest on ties
  readonly lead: Int32Array; // over the second; 0 is a tie
  readonly firstOrder: Int32Array; // keys by falling lead
}

/** By their words, the first one first; stable. */
export function sortedRows({ count, words, bits }: BitMatrix): Uint32Array {
  let order = Uint32Array.from({ length: count }, (_, row) => row);
  const keys = new Float64Array(count); // a word, and behind it the place so far: numbers sort faster than rows are compared
  const places = 2 ** Math.ceil(Math.log2(count + 1));
  for (let word = words - 1; word >= 0; word--) {
    for (let i = 0; i < count; i++) keys[i] = bits[order[i] * words + word] * places + i;
    keys.sort();
    const before = order;
    order = new Uint32Array(count);
    for (let i = 0; i < count; i++) order[i] = before[keys[i] % places];
  }
  return order;
}

export function pick({ words, bits }: BitMatrix, rows: ArrayLike<number>): BitMatrix {
  const picked = { count: rows.length, words, bits: new Uint32Array(rows.length * words) };
  for (let i = 0; i < rows.length; i++) {
    for (let word = 0; word < words; word++) picked.bits[i * words + word] = bits[rows[i] * words + word];
  }
  return picked;
}

export function vote({ count, words, bits }: BitMatrix, ports: ArrayLike<number>, size: number): Votes {
  const keyOf = numberKeys(count, words, bits);
  const keyCount = keyOf.reduce((most, key) => Math.max(most, key + 1), 0);
  const distinct = { count: keyCount, words, bits: new Uint32Array(keyCount * words) };
  const counts = new Int32Array(keyCount * size);
  for (let row = 0; row < count; row++) {
    const key = keyOf[row];
    for (let word = 0; word < words; word++) distinct.bits[key * words + word] = bits[row * words + word];
    counts[key * size + ports[row]]++;
  }
  return { keys: distinct, counts, ...tally(counts, size) };
}

function tally(counts: Int32Array, size: number) {
  const keys = counts.length / size;
  const flows = new Int32Array(keys);
  const winner = new Uint8Array(keys);
  const lead = new Int32Array(keys);
  for (let key = 0, at = 0; key < keys; key++) {
    let first = 0;
    let second = 0;
    for (let port = 0; port < size; port++, at++) {
      const n = counts[at];
      flows[key] += n;
      if (n > first) {
        second = first;
        first = n;
        winner[key] = port;
      } else if (n > second) second = n;
    }
    lead[key] = first - second;
  }
  return { flows, winner, lead, firstOrder: byFallingLead(lead) };
}

/** Numbers for equal keys, in order of first appearance: word by word, each with what the ones before it are numbered. */
function numberKeys(count: number, words: number, bits: Uint32Array): Int32Array {
  const keys = new Int32Array(count);
  for (let word = 0; word < words; word++) {
    const numbers = new NumberIndex();
    for (let row = 0; row < count; row++) keys[row] = numbers.idOf(keys[row] * 2 ** 32 + bits[row * words + word]);
  }
  return keys;
}

/** Stable: a counting sort, for a comparison per pair of keys takes longer than all else a question needs. */
function byFallingLead(lead: Int32Array): Int32Array {
  const most = lead.reduce((max, n) => Math.max(max, n), 0);
  const place = new Int32Array(most + 2); // of the next key with a lead of `most` less the index
  for (let key = 0; key < lead.length; key++) place[most - lead[key] + 1]++;
  for (let i = 1; i < place.length; i++) place[i] += place[i - 1];
  const order = new Int32Array(lead.length);
  for (let key = 0; key < lead.length; key++) order[place[most - lead[key]]++] = key;
  return order;
}

/** Random, but keys whose ports tie come last: as a basis they would be a coin toss. */
export function reorder(order: Int32Array, { lead }: Votes, random: ReturnType<typeof seeded>): void {
  const shuffled = shuffle(order.slice(), random);
  let tie = shuffled.length; // where the next of them goes
  for (let i = 0; i < shuffled.length; i++) if (lead[shuffled[i]] === 0) tie--;
  for (let i = 0, at = 0; i < shuffled.length; i++) {
    const key = shuffled[i];
    order[lead[key] > 0 ? at++ : tie++] = key;
  }
}
