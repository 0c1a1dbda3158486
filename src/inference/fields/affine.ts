/**
 * Class A: the port is an unknown affine map of the bits of the key, over GF(2) where the ports are 2, 4 or 8, modulo their number
 * where that is a prime above 2. A linear hash gives evidence per independent bit, a table per flow: assuming tables alone is
 * over-confident.
 */

import { ICMP, NO_IP } from '../../flows/rows.js';
import type { BitMatrix } from '../../stats/gf2.js';
import { seeded, shuffle } from '../../stats/random.js';
import { type AffineSolution, solveAffine } from './affine-solver.js';
import { BitColumns } from './bit-columns.js';
import { PortColumns, solveColumns } from './column-solver.js';
import { freeRowsOf } from './free-rows.js';
import { BOTH, indexOf, SINGLE_FIELDS, XOR } from './hypotheses.js';
import { keyBits } from './key-bits.js';
import { keyParts, PART_NUMBERS, partsOf } from './key-parts.js';
import { missesAllowed, tooManyMisses } from './misses.js';
import { solveModular } from './modular-solver.js';
import { NOISE, type NoiseVector } from './noise.js';
import { inEpoch, type Observations } from './observations.js';
import { type Partition, UNJUDGED } from './partition-pool.js';
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
  readonly solve: (question: Question, size: number, useless: number) => AffineSolution;
}

/** Rows that a hypothesis judges, and their keys. */
interface Question {
  readonly judged: Judged;
  readonly hypothesis: number;
}

export const XORS: LinearKind = { exists: isAffineSize, widest: [], solve: solveXors };
const all = (mode: number) => indexOf({ mac: mode, ip: mode, port: mode, singles: 2 ** SINGLE_FIELDS.length - 1 });
export const SUMS: LinearKind = {
  exists: isModularSize,
  widest: [all(BOTH), all(XOR)],
  solve: ({ judged, hypothesis }, size, useless) => solveModular(judged.keys(hypothesis), judged.ports, size, useless),
};
const MANY_ROWS = 300;

function solveXors({ judged, hypothesis }: Question, size: number, useless: number): AffineSolution {
  const { columns } = judged;
  const key = keyParts(hypothesis).map((part) => columns.of(part));
  return (
    solveColumns({ words: columns.words, key, ports: judged.portColumns(size), size, useless }) ??
    solveAffine(judged.keys(hypothesis), judged.ports, size, useless)
  );
}

/** Rows of one epoch that hypotheses define. */
class Judged {
  readonly ports: Uint8Array;
  readonly columns: BitColumns; // of the rows shuffled
  readonly varying: number; // parts of keys
  readonly #shuffledPorts: Uint8Array;
  #portColumns: PortColumns | null = null;

  constructor(
    readonly observed: Observations,
    readonly rows: Int32Array,
  ) {
    const { fields, port } = observed;
    const shuffled = shuffle(rows.slice(), seeded(1));
    this.columns = new BitColumns(fields, shuffled);
    this.varying = this.columns.varying();
    this.#shuffledPorts = portsOf(port, shuffled);
    this.ports = portsOf(port, rows);
  }

  /** Of the rows shuffled. */
  portColumns(size: number): PortColumns {
    this.#portColumns ??= new PortColumns(this.#shuffledPorts, size);
    return this.#portColumns;
  }

  keys(hypothesis: number): BitMatrix {
    return keyBits(this.observed, this.rows, hypothesis);
  }
}

function portsOf(port: Uint8Array, rows: Int32Array): Uint8Array {
  const ports = new Uint8Array(rows.length);
  for (let i = 0; i < rows.length; i++) ports[i] = port[rows[i]];
  return ports;
}

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
      judged = new Judged(observed, judgedRows(observed, labels, epoch));
      this.#judged.set(which, judged);
    }
    const { rows, varying } = judged;
    const ask = (hypothesis: number) => {
      const asked = partsOf(hypothesis) & varying;
      const question = which * 2 ** PART_NUMBERS + asked;
      let solution = this.#solutions.get(question);
      if (!solution) {
        solution = this.kind.solve({ judged, hypothesis }, observed.ports[epoch], useless);
        this.#solutions.set(question, solution);
      }
      return solution;
    };
    const wider = rows.length > MANY_ROWS ? this.kind.widest.filter((all) => isWithin(index, all, varying)) : [];
    const hopeless = wider.map(ask).find(({ misfit }) => misfit > useless);
    return { rows: rows.length, solution: hopeless ?? ask(index) };
  }
}

const isWithin = (index: number, all: number, varying: number) => (partsOf(index) & varying & ~partsOf(all)) === 0;

function judgedRows({ epochStart }: Observations, labels: Int32Array, epoch: number): Int32Array {
  const rows: number[] = [];
  for (let row = epochStart[epoch]; row < epochStart[epoch + 1]; row++) if (labels[row] !== UNJUDGED) rows.push(row);
  return Int32Array.from(rows);
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
    if (rows < inEpoch(observed, epoch)) freeRowsOf(observed, labels, epoch).addTo(logLikelihoods);
  });
  return { logLikelihoods, misfit, judged, rank };
}
