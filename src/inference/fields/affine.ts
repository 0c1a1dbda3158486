/**
 * Class A: the port is an unknown affine map of the bits of the key, over GF(2) where the ports are 2, 4 or 8, modulo their number
 * where that is a prime above 2. A linear hash gives evidence per independent bit, a table per flow: assuming tables alone is
 * over-confident.
 */

import { ICMP, NO_IP } from '../../flows/rows.js';
import { type BitMatrix, bitMatrix, lowestBit, popCount } from '../../stats/gf2.js';
import { type AffineSolution, solveAffine } from './affine-solver.js';
import { FreeRows } from './free-rows.js';
import { BOTH, DST, hypothesis, indexOf, NONE, PAIR_FIELDS, SINGLE_FIELDS, SRC, XOR } from './hypotheses.js';
import { missesAllowed, tooManyMisses } from './misses.js';
import { solveModular } from './modular-solver.js';
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
/** More would need too many orders of the ports tried. */
const isModularSize = (ports: number) => ports === 3 || ports === 5 || ports === 7;

/** Linear over which numbers: one kind has nothing to do with the other, and a sender that lost a port is of one of them. */
export interface LinearKind {
  readonly exists: (ports: number) => boolean;
  /** Hypotheses that read all there is: of many rows no map of less fits where none of these does. [] if it is no more work to try. */
  readonly widest: readonly number[];
  readonly solve: (keys: BitMatrix, ports: Uint8Array, size: number, useless: number) => AffineSolution;
}
export const XORS: LinearKind = { exists: isAffineSize, widest: [], solve: solveAffine };
const all = (mode: number) => indexOf({ mac: mode, ip: mode, port: mode, singles: 2 ** SINGLE_FIELDS.length - 1 });
export const SUMS: LinearKind = { exists: isModularSize, widest: [all(BOTH), all(XOR)], solve: solveModular };
const MANY_ROWS = 300;

/** Solutions by what is to be solved: hypotheses that differ by constant bits, or by `sym` and `xor`, ask the same. */
export class SolutionCache {
  readonly #firstOfKind: readonly number[]; // a row of each kind that need not be judged
  readonly #judged = new Map<number, Judged>();
  readonly #solutions = new Map<number, AffineSolution>();

  constructor(
    readonly observed: Observations,
    readonly kind: LinearKind,
  ) {
    this.#firstOfKind = [ICMP, NO_IP].map((kind) => observed.kind.indexOf(kind)).filter((row) => row >= 0);
  }

  /** @param labels of the hypothesis; `useless` as of solveAffine, a matter of how many rows are judged. */
  solve(epoch: number, index: number, labels: Int32Array, useless: number): { rows: number; solution: AffineSolution } {
    const { observed } = this;
    const unjudged = this.#firstOfKind.reduce((mask, row, i) => (labels[row] === UNJUDGED ? mask | (1 << i) : mask), 0);
    const which = epoch * 4 + unjudged;
    let judged = this.#judged.get(which);
    if (!judged) {
      judged = judgedRows(observed, labels, epoch);
      this.#judged.set(which, judged);
    }
    const { rows, varying } = judged;
    const ask = (hypothesis: number) => {
      const asked = partsOf(hypothesis) & varying;
      const question = which * 2 ** PART_NUMBERS + asked;
      let solution = this.#solutions.get(question);
      if (!solution) {
        const ports = Uint8Array.from(rows, (row) => observed.port[row]);
        solution = this.kind.solve(keyBits(observed, rows, hypothesis), ports, observed.ports[epoch], useless);
        this.#solutions.set(question, solution);
      }
      return solution;
    };
    const wider = rows.length > MANY_ROWS ? this.kind.widest.filter((all) => isWithin(index, all, varying)) : [];
    const hopeless = wider.map(ask).find(({ misfit }) => misfit > useless);
    return { rows: rows.length, solution: hopeless ?? ask(index) };
  }
}

/** Rows that hypotheses define, and which parts of keys vary in them, as a mask of part numbers. */
interface Judged {
  readonly rows: readonly number[];
  readonly varying: number;
}

/** A field, or two of them where the hash sees their XOR only. */
interface KeyPart {
  readonly field: number;
  readonly other: number | null;
}

const PART_NUMBERS = 2 * FIELD_WIDTH.length;
const partNumber = ({ field, other }: KeyPart) => (other === null ? field : FIELD_WIDTH.length + field);
const PARTS: readonly KeyPart[] = [
  ...FIELD_WIDTH.map((_, field) => ({ field, other: null })),
  ...PAIR_FIELDS.map(([field, other]) => ({ field, other })),
];

const partsOf = (index: number) => keyParts(index).reduce((mask, part) => mask | (1 << partNumber(part)), 0);
const isWithin = (index: number, all: number, varying: number) => (partsOf(index) & varying & ~partsOf(all)) === 0;

function judgedRows(observed: Observations, labels: Int32Array, epoch: number): Judged {
  const rows: number[] = [];
  const { epochStart } = observed;
  for (let row = epochStart[epoch]; row < epochStart[epoch + 1]; row++) if (labels[row] !== UNJUDGED) rows.push(row);
  let varying = 0;
  for (const part of PARTS) if (partVaries(observed, rows, part)) varying |= 1 << partNumber(part);
  return { rows, varying };
}

function partVaries({ fields }: Observations, rows: readonly number[], { field, other }: KeyPart): boolean {
  const { words, bits } = fields[field];
  const others = other === null ? null : fields[other].bits;
  for (let word = 0; word < words; word++) {
    const first = rows[0] * words + word;
    for (let i = 1; i < rows.length; i++) {
      const at = rows[i] * words + word;
      if (((bits[at] ^ bits[first]) | 0) !== (others === null ? 0 : (others[at] ^ others[first]) | 0)) return true;
    }
  }
  return false;
}

/**
 * log-likelihood of an epoch: -r log K + log(c/C) + (N-r-k) log(1-e) + k log(e/(K-1)), with r = rank, k = misfit,
 * c of C orders of the ports. An epoch in which the kind does not exist says what the table says.
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
  if (contradicting > CONTRADICTION * judged || tooManyMisses(contradicting, judged)) return null; // no function misses fewer

  const logLikelihoods = new Float64Array(NOISE.length);
  let misfit = 0;
  let rank = 0;
  observed.ports.forEach((ports, epoch) => {
    const table = tables[epoch];
    if (!cache.kind.exists(ports) || table.judged === 0) {
      misfit += table.misfit;
      for (let e = 0; e < NOISE.length; e++) logLikelihoods[e] += table.logLikelihoods[e];
      return;
    }
    const { rows, solution } = cache.solve(epoch, index, labels, missesAllowed(judged));
    const free = new FreeRows(ports);
    for (let row = observed.epochStart[epoch]; row < observed.epochStart[epoch + 1]; row++) {
      if (labels[row] === UNJUDGED) free.add(observed.kind[row], observed.port[row]);
    }
    const { rank: r, misfit: off, orders, ordersReaching } = solution;
    misfit += off;
    rank += r;
    NOISE.forEach((noise, e) => {
      logLikelihoods[e] +=
        -r * Math.log(ports) +
        Math.log(ordersReaching / orders) +
        (rows - r - off) * Math.log1p(-noise) +
        off * Math.log(noise / (ports - 1));
    });
    free.addTo(logLikelihoods);
  });
  return { logLikelihoods, misfit, judged, rank };
}

/**
 * Bits of the keys the hypothesis makes, and a constant 1. Bits that do not vary are left out: with the constant there
 * they can neither add to the rank nor change a dependency.
 */
export function keyBits({ fields }: Observations, rows: readonly number[], index: number): BitMatrix {
  const columns: Uint32Array[] = []; // words of one part of the key, by row
  for (const { field, other } of keyParts(index)) {
    const { words, bits } = fields[field];
    for (let word = 0; word < words; word++) {
      const column = new Uint32Array(rows.length);
      addColumn(column, rows, bits, words, word);
      if (other !== null) addColumn(column, rows, fields[other].bits, words, word);
      columns.push(column);
    }
  }
  const varying = columns.map(bitsThatVary);
  const keys = bitMatrix(rows.length, 1 + varying.reduce((sum, set) => sum + popCount(set), 0));
  for (let i = 0; i < rows.length; i++) keys.bits[i * keys.words] = 1;
  let at = 1;
  for (const [c, column] of columns.entries()) {
    for (let left = varying[c]; left !== 0; ) {
      // A run of bits that vary, as far as the word of the key reaches.
      const from = lowestBit(left);
      const clear = ~(left >>> from);
      const length = Math.min(clear === 0 ? 32 : lowestBit(clear), 32 - (at & 31));
      const mask = 2 ** length - 1;
      addRun(keys, at, column, from, mask | 0);
      left &= ~(mask << from);
      at += length;
    }
  }
  return keys;
}

// Small functions, each compiled once and soon: the compiler takes longer for these loops in one than they run.
function addColumn(column: Uint32Array, rows: readonly number[], bits: Uint32Array, words: number, word: number): void {
  for (let i = 0; i < rows.length; i++) column[i] ^= bits[rows[i] * words + word];
}

function addRun({ bits, words }: BitMatrix, at: number, column: Uint32Array, from: number, mask: number): void {
  const to = at & 31;
  for (let i = 0, into = at >>> 5; i < column.length; i++, into += words) {
    bits[into] |= ((column[i] >>> from) & mask) << to;
  }
}

function keyParts(index: number): KeyPart[] {
  const { mac, ip, port, singles } = hypothesis(index);
  const parts: KeyPart[] = [];
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

/** Bits of a whole key, constant ones too. */
export const keyWidth = (index: number) => keyParts(index).reduce((sum, { field }) => sum + FIELD_WIDTH[field], 0);
