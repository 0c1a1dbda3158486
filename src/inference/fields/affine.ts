/**
 * Class A: the port is an unknown GF(2)-affine map of the bits of the key. A linear hash gives evidence per
 * independent bit, a table per flow: assuming tables alone is over-confident.
 */

import { type BitMatrix, bitMatrix } from '../../stats/gf2.js';
import { type AffineSolution, solveAffine } from './affine-solver.js';
import { BOTH, DST, hypothesis, NONE, PAIR_FIELDS, SINGLE_FIELDS, SRC } from './hypotheses.js';
import { NOISE, type NoiseVector } from './noise.js';
import { FIELD_WIDTH, type Observations } from './observations.js';
import { type Partition, UNJUDGED } from './partitions.js';
import type { EpochTable } from './tables.js';

export interface AffineFit {
  readonly logLikelihoods: NoiseVector; // summed over epochs
  readonly misfit: number;
  readonly judged: number;
  readonly rank: number; // independent observations
}

/** Beyond this share of flows off their cell's most frequent port the fields are wrong, whatever the function. */
const CONTRADICTION = 0.15;

export const isAffineSize = (ports: number) => ports === 2 || ports === 4 || ports === 8;

/** Solutions by what is to be solved: hypotheses that differ by constant bits pose the same question. */
export class SolutionCache {
  readonly #byHash = new Map<
    number,
    { readonly epoch: number; readonly keys: BitMatrix; readonly solution: AffineSolution }[]
  >();

  solution(epoch: number, keys: BitMatrix, solve: () => AffineSolution): AffineSolution {
    const hash = keys.bits.reduce((mixed, word) => (Math.imul(mixed, 0x01000193) ^ word) | 0, epoch);
    const same = this.#byHash.get(hash) ?? [];
    for (const known of same) if (known.epoch === epoch && equal(known.keys, keys)) return known.solution;
    const solution = solve();
    this.#byHash.set(hash, [...same, { epoch, keys, solution }]);
    return solution;
  }
}

function equal(a: BitMatrix, b: BitMatrix): boolean {
  return a.count === b.count && a.words === b.words && a.bits.every((word, i) => word === b.bits[i]);
}

/**
 * log-likelihood of an epoch: -r log K + log(c/C) + (N-r-k) log(1-e) + k log(e/(K-1)), with r = rank, k = misfit,
 * c of C orders of the ports. An epoch whose K is none of 2, 4, 8 says what the table says.
 *
 * @returns null where the flows contradict the fields.
 */
export function affineFit(
  observed: Observations,
  { labels }: Partition,
  tables: readonly EpochTable[],
  index: number,
  cache: SolutionCache,
): AffineFit | null {
  const judged = tables.reduce((sum, table) => sum + table.judged, 0);
  const contradicting = tables.reduce((sum, table) => sum + table.misfit, 0);
  if (contradicting > CONTRADICTION * judged) return null;

  const logLikelihoods = new Float64Array(NOISE.length);
  let misfit = 0;
  let rank = 0;
  observed.ports.forEach((ports, epoch) => {
    const table = tables[epoch];
    if (!isAffineSize(ports) || table.judged === 0) {
      misfit += table.misfit;
      for (let e = 0; e < NOISE.length; e++) logLikelihoods[e] += table.logLikelihoods[e];
      return;
    }
    const { rows, free } = judgedRows(observed, labels, epoch);
    const keys = keyBits(observed, rows, index);
    const portsOf = () => Uint8Array.from(rows, (row) => observed.port[row]);
    const solution = cache.solution(epoch, keys, () => solveAffine(keys, portsOf(), ports));
    const { rank: r, misfit: off, orders, ordersReaching } = solution;
    misfit += off;
    rank += r;
    NOISE.forEach((noise, e) => {
      logLikelihoods[e] +=
        -(r + free) * Math.log(ports) +
        Math.log(ordersReaching / orders) +
        (rows.length - r - off) * Math.log1p(-noise) +
        off * Math.log(noise / (ports - 1));
    });
  });
  return { logLikelihoods, misfit, judged, rank };
}

function judgedRows({ epochStart }: Observations, labels: Int32Array, epoch: number) {
  const rows: number[] = [];
  for (let row = epochStart[epoch]; row < epochStart[epoch + 1]; row++) if (labels[row] !== UNJUDGED) rows.push(row);
  return { rows, free: epochStart[epoch + 1] - epochStart[epoch] - rows.length };
}

/**
 * Bits of the keys the hypothesis makes, and a constant 1. Bits that do not vary are left out: with the constant there
 * they can neither add to the rank nor change a dependency.
 */
export function keyBits({ fields }: Observations, rows: readonly number[], index: number): BitMatrix {
  const columns: Uint32Array[] = []; // words of one part of the key, by row
  for (const { field, other } of keyParts(index)) {
    const { words, bits } = fields[field];
    const others = other === null ? null : fields[other].bits;
    for (let word = 0; word < words; word++) {
      const column = new Uint32Array(rows.length);
      for (let i = 0; i < rows.length; i++) {
        const at = rows[i] * words + word;
        column[i] = others === null ? bits[at] : bits[at] ^ others[at];
      }
      columns.push(column);
    }
  }
  const varying = columns.map(bitsThatVary);
  const keys = bitMatrix(rows.length, 1 + varying.reduce((sum, set) => sum + popCount(set), 0));
  const { words, bits } = keys;
  for (let i = 0; i < rows.length; i++) bits[i * words] = 1;
  let at = 1;
  columns.forEach((column, c) => {
    for (let left = varying[c]; left !== 0; left &= left - 1, at++) {
      const from = 31 - Math.clz32(left & -left);
      const [word, to] = [at >>> 5, at & 31];
      for (let i = 0; i < rows.length; i++) bits[i * words + word] |= ((column[i] >>> from) & 1) << to;
    }
  });
  return keys;
}

/** Fields of the key; two of them where the hash sees their XOR only. */
export function keyParts(index: number): { field: number; other: number | null }[] {
  const { mac, ip, port, singles } = hypothesis(index);
  const parts: { field: number; other: number | null }[] = [];
  [mac, ip, port].forEach((mode, pair) => {
    const [src, dst] = PAIR_FIELDS[pair];
    if (mode === NONE) return;
    if (mode === SRC || mode === BOTH) parts.push({ field: src, other: null });
    if (mode === DST || mode === BOTH) parts.push({ field: dst, other: null });
    if (mode > BOTH) parts.push({ field: src, other: dst });
  });
  SINGLE_FIELDS.forEach((field, i) => {
    if ((singles >> i) & 1) parts.push({ field, other: null });
  });
  return parts;
}

function bitsThatVary(words: Uint32Array): number {
  let varying = 0;
  for (let i = 1; i < words.length; i++) varying |= words[i] ^ words[0];
  return varying >>> 0;
}

function popCount(word: number): number {
  let count = 0;
  for (let left = word; left !== 0; left &= left - 1) count++;
  return count;
}

/** Bits of a whole key, constant ones too. */
export const keyWidth = (index: number) => keyParts(index).reduce((sum, { field }) => sum + FIELD_WIDTH[field], 0);
