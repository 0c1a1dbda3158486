/**
 * One try at an affine map: the first independent keys of an order are believed, and predict the others. Until they are
 * complete this is Gaussian elimination; from then on every key's label is looked up.
 */

import { Basis, lowestBit } from '../../stats/gf2.js';
import type { PortOrder } from './port-orders.js';
import type { Votes } from './votes.js';

export interface Try {
  readonly dependentFlows: number; // of keys that others predict
  readonly misfit: Float64Array | null; // flows off their prediction, by order of the ports; null if given up
  /** Port of a key; null outside the span of the keys believed. */
  predict(key: Uint32Array, order: number): number | null;
}

const GLANCES = 64; // keys between two looks at whether to go on

export class Elimination {
  readonly #words: number;
  readonly #labelBits: number;
  readonly #perWord: number;
  readonly #labels: readonly Uint32Array[]; // of each port, for all orders of the ports
  readonly #allFlows: number;

  constructor(
    readonly votes: Votes,
    readonly rank: number, // of the keys
    readonly orders: readonly PortOrder[],
    readonly size: number,
  ) {
    this.#labelBits = Math.log2(size);
    this.#perWord = 30 / this.#labelBits; // 30: whole labels per word for 1, 2 and 3 bits
    const labelWords = Math.ceil(orders.length / this.#perWord);
    this.#words = votes.keys.words + labelWords;
    this.#labels = Array.from({ length: size }, (_, port) => {
      const packed = new Uint32Array(labelWords);
      orders.forEach(({ label }, o) => {
        packed[Math.floor(o / this.#perWord)] |= label[port] << ((o % this.#perWord) * this.#labelBits);
      });
      return packed;
    });
    this.#allFlows = votes.flows.reduce((sum, n) => sum + n, 0);
  }

  /**
   * Counted per flow, never per key: a tie counted as a whole miss makes finer, wrong field sets win.
   *
   * @param enough by order of the ports: misfits from there on are as good as each other. Once all are, it is given up.
   */
  try(order: Int32Array, enough: Float64Array): Try {
    const { counts, flows, winner, keys } = this.votes;
    const { size, orders } = this;
    const keyWords = keys.words;
    const basis = new Basis(keyWords, this.#words);
    const misfit = new Float64Array(orders.length);
    const row = new Uint32Array(this.#words);
    let basisFlows = 0;
    let at = 0;
    const skipped: number[] = []; // dependent keys met before the basis was complete
    for (; at < order.length && basis.rank < this.rank; at++) {
      const key = order[at];
      this.#load(row, key);
      const pivot = basis.reduce(row);
      if (pivot < 0) {
        skipped.push(key);
        continue;
      }
      basis.add(pivot, row);
      basisFlows += flows[key];
      const off = flows[key] - counts[key * size + winner[key]];
      for (let o = 0; o < orders.length; o++) misfit[o] += off;
    }
    const lookUp = new LabelTable(basis);
    const labels = new Uint32Array(this.#words - keyWords);
    const miss = (key: number) => {
      lookUp.read(keys.bits, key * keyWords, labels);
      for (let o = 0; o < orders.length; o++) {
        misfit[o] += flows[key] - counts[key * size + orders[o].port[this.#labelAt(labels, 0, o)]];
      }
    };
    for (const key of skipped) miss(key);
    let goOn = true;
    while (at < order.length && goOn) {
      const end = Math.min(order.length, at + GLANCES);
      for (; at < end; at++) miss(order[at]);
      goOn = misfit.some((n, o) => n < enough[o]);
    }
    const predict = (key: Uint32Array, o: number): number | null => {
      row.fill(0);
      row.set(key);
      if (basis.reduce(row) >= 0) return null;
      return orders[o].port[this.#labelAt(row, keyWords, o)];
    };
    return { dependentFlows: this.#allFlows - basisFlows, misfit: goOn ? misfit : null, predict };
  }

  /** A key, and behind it the labels of its winning port: what is left of them once the key is gone, is their error. */
  #load(row: Uint32Array, key: number): void {
    const { keys, winner } = this.votes;
    const label = this.#labels[winner[key]];
    for (let word = 0; word < keys.words; word++) row[word] = keys.bits[key * keys.words + word];
    for (let word = 0; word < label.length; word++) row[keys.words + word] = label[word];
  }

  #labelAt(packed: Uint32Array, from: number, o: number): number {
    return (packed[from + Math.floor(o / this.#perWord)] >>> ((o % this.#perWord) * this.#labelBits)) & (this.size - 1);
  }
}

/** The labels of any sum of a basis' vectors, looked up four bits of the key at a time. */
class LabelTable {
  readonly #words: number;
  readonly #table: Uint32Array; // by nibble of the key, its value, and word of the labels

  constructor({ keyWords, words, vectors, has }: Basis) {
    this.#words = words - keyWords;
    // Labels of single bits: those of a vector, less the labels of its higher bits. A bit without a vector has none.
    const single = new Uint32Array(keyWords * 32 * this.#words);
    for (let pivot = keyWords * 32 - 1; pivot >= 0; pivot--) {
      if (has[pivot] === 0) continue;
      for (let w = 0; w < this.#words; w++) {
        let label = vectors[pivot * words + keyWords + w];
        for (let word = pivot >>> 5; word < keyWords; word++) {
          for (let left = vectors[pivot * words + word]; left !== 0; left &= left - 1) {
            label ^= single[(word * 32 + lowestBit(left)) * this.#words + w]; // its own is still 0
          }
        }
        single[pivot * this.#words + w] = label;
      }
    }
    this.#table = new Uint32Array(keyWords * 8 * 16 * this.#words);
    for (let nibble = 0; nibble < keyWords * 8; nibble++) {
      for (let value = 1; value < 16; value++) {
        const bit = nibble * 4 + lowestBit(value);
        for (let w = 0; w < this.#words; w++) {
          const rest = this.#table[(nibble * 16 + (value & (value - 1))) * this.#words + w];
          this.#table[(nibble * 16 + value) * this.#words + w] = rest ^ single[bit * this.#words + w];
        }
      }
    }
  }

  /** @param bits a key in the span of the basis, from `at` on */
  read(bits: Uint32Array, at: number, into: Uint32Array): void {
    const [table, words] = [this.#table, this.#words];
    const nibbles = table.length / (16 * words);
    for (let w = 0; w < words; w++) {
      let label = 0;
      for (let nibble = 0; nibble < nibbles; nibble++) {
        const value = (bits[at + (nibble >>> 3)] >>> ((nibble & 7) * 4)) & 15;
        label ^= table[(nibble * 16 + value) * words + w];
      }
      into[w] = label;
    }
  }
}
