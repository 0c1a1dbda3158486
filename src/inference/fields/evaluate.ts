/**
 * How well every hypothesis explains one set of rows, by class of function: an unknown table of its fields (R) or of their
 * low bits, an unknown affine map (A), a function of the library (L). Priors come later (posterior.ts): nothing
 * here depends on them.
 */

import type { LibraryFunction } from '../functions/library-function.js';
import { finish, type Steps } from '../steps.js';
import { affineFit, type LinearKind, SolutionCache, SUMS, XORS } from './affine.js';
import { type FittedFunction, fitLibrary } from './fit-library.js';
import { HYPOTHESES, NAMED, POLICY_OF } from './hypotheses.js';
import { LOW_BITS, lowBits } from './low-bits.js';
import { tooManyMisses } from './misses.js';
import { logEvidence } from './noise.js';
import type { Observations } from './observations.js';
import { PartitionPool } from './partition-pool.js';
import { ALL, judgesEveryRow, type Partitions, partition, READINGS, type Reading } from './partitions.js';
import { perConnectionEvidence, type SocketHash, socketHash } from './per-connection.js';
import { type EpochTable, epochTables, sumOver } from './tables.js';

/** Classes of function. */
export const [TABLE, AFFINE, LIBRARY, FITTED, LOW_TABLE, SUM] = [0, 1, 2, 3, 4, 5] as const; // FITTED: of the library, of which more than the order of the ports was learnt from the rows

/** Shares of a named hypothesis' prior; the table has what is left, and those of classes that do not exist. */
export const CLASS_SHARE = { [AFFINE]: 0.2, [SUM]: 0.1, [LIBRARY]: 0.3, [LOW_TABLE]: 0.02 } as const;

/**
 * Chance of each reading but the first: a device sends what its own CPU makes as it likes, ARP alone or ICMP too. As likely as
 * that it has another hash for IPv6 (components.ts).
 */
const APART = 0.1;

/** The ways in which hypotheses could have come true, some 3,500: columns, as a row each would be most of the run. */
export interface Explanations {
  readonly count: number;
  readonly hypothesis: Uint16Array;
  readonly kind: Uint8Array;
  readonly partition: Uint16Array; // into which its keys divide the rows
  readonly function: readonly (LibraryFunction | null)[];
  readonly logValue: Float64Array; // log of share of the prior * evidence
}

export interface Evaluation {
  readonly observed: Observations;
  readonly partitions: Partitions;
  readonly explanations: Explanations;
  readonly groups: readonly (readonly LibraryFunction[])[];
  readonly misfit: Int32Array; // by partition: rows off their cell's most frequent port
  readonly perConnection: number | null; // log evidence; null where the sender owns no sockets
  readonly socket: SocketHash | null;
}

/** Whether more was learnt from the rows than which port each bucket is: a key, a table, how many buckets there are. */
const isFitted = ({ shareOfKeys, buckets, usedPortsOnly }: LibraryFunction) =>
  shareOfKeys !== undefined || buckets !== null || usedPortsOnly;

class ExplanationList implements Explanations {
  count = 0;
  readonly hypothesis: Uint16Array;
  readonly kind: Uint8Array;
  readonly partition: Uint16Array;
  readonly function: (LibraryFunction | null)[] = [];
  readonly logValue: Float64Array;

  constructor(most: number) {
    this.hypothesis = new Uint16Array(most);
    this.kind = new Uint8Array(most);
    this.partition = new Uint16Array(most);
    this.logValue = new Float64Array(most);
  }

  add(hypothesis: number, kind: number, partition: number, logValue: number, f: LibraryFunction | null = null): void {
    this.hypothesis[this.count] = hypothesis;
    this.kind[this.count] = kind;
    this.partition[this.count] = partition;
    this.function.push(f);
    this.logValue[this.count++] = logValue;
  }
}

/** Classes of functions that nobody has to know to weigh them. */
export interface UnknownFunctions {
  readonly affine: boolean; // over GF(2)
  readonly sums: boolean; // affine modulo the number of ports
  readonly lowTables: boolean;
  readonly ownApart: boolean; // any of them, but for frames without IP, and for ICMP
}
export const ALL_UNKNOWN: UnknownFunctions = { affine: true, sums: true, lowTables: true, ownApart: true };

export interface Classes {
  readonly unknown: UnknownFunctions;
  readonly library: readonly LibraryFunction[];
  readonly ownsSockets: boolean;
}

export const evaluate = (observed: Observations, classes: Classes) => finish(evaluating(observed, classes));

/** The same in steps. */
export function* evaluating(observed: Observations, { unknown, library, ownsSockets }: Classes): Steps<Evaluation> {
  const pool = new PartitionPool(observed.count);
  const partitions = partition(observed, ALL, pool);
  yield;
  const lowTables = unknown.lowTables
    ? LOW_BITS.map((bits) => ({ bits, ...partition(lowBits(observed, bits), NAMED, pool) }))
    : [];
  const tables: EpochTable[][] = [];
  for (const made of partitions.distinct) {
    tables.push(epochTables(observed, made));
    yield;
  }
  const tableEvidence = tables.map((epochs) => logEvidence(sumOver(epochs)));
  const misfit = Int32Array.from(tables, (epochs) => epochs.reduce((sum, table) => sum + table.misfit, 0));
  const fits = yield* fitLibrary(observed, library, (h) => misfit[partitions.of[h]]);
  const linear = [
    ...(unknown.affine ? linearOf(AFFINE, XORS, observed) : []),
    ...(unknown.sums ? linearOf(SUM, SUMS, observed) : []),
  ];
  const readings = unknown.ownApart && !judgesEveryRow(observed) ? READINGS : READINGS.slice(0, 1);
  const explanations = new ExplanationList(
    readings.length * (1 + linear.length + lowTables.length) * HYPOTHESES + fits.fitted.length,
  );

  const asked: Asked = {
    ...{ observed, partitions, tables, tableEvidence, lowTables, linear, readings, explanations },
    functions: byHypothesis(library, fits.fitted),
  };
  const isMore = Uint8Array.from(asked.functions, (functions) => (functions === undefined ? 0 : 1));
  for (const h of NAMED) if (isNamed(h)) isMore[h] = 1;
  for (let h = addTables(asked, 0, isMore); h < HYPOTHESES; h = addTables(asked, h + 1, isMore)) {
    explain(asked, h);
    yield;
  }
  return {
    observed,
    partitions,
    explanations,
    groups: fits.groups,
    misfit,
    perConnection: ownsSockets ? perConnectionEvidence(observed) : null,
    socket: ownsSockets ? socketHash(observed) : null,
  };
}

/** What the rows are to each class, and the list of explanations that it goes into. */
interface Asked extends Pick<Evaluation, 'observed' | 'partitions'> {
  readonly explanations: ExplanationList;
  readonly tables: readonly EpochTable[][]; // by partition
  readonly tableEvidence: readonly number[];
  readonly lowTables: readonly (Partitions & { readonly bits: number })[];
  readonly linear: readonly { readonly kind: typeof AFFINE | typeof SUM; readonly solutions: SolutionCache }[];
  readonly readings: readonly Reading[];
  readonly functions: readonly (HypothesisFunctions | undefined)[]; // by hypothesis
}

interface HypothesisFunctions {
  known: number;
  readonly fits: FittedFunction[];
}

function byHypothesis(library: readonly LibraryFunction[], fitted: readonly FittedFunction[]) {
  const functions: (HypothesisFunctions | undefined)[] = new Array(HYPOTHESES).fill(undefined);
  for (const { hypothesis } of library) {
    functions[hypothesis] ??= { known: 0, fits: [] };
    functions[hypothesis].known++;
  }
  for (const fit of fitted) functions[fit.function.hypothesis]!.fits.push(fit);
  return functions;
}

const isNamed = (h: number) => POLICY_OF[h] !== null && POLICY_OF[h] !== 'none';

/** Hypotheses from one on of which nothing but a table is weighed: nearly all. Returns the first of which more is. */
function addTables({ partitions, explanations, tableEvidence, readings }: Asked, from: number, isMore: Uint8Array) {
  let h = from;
  for (; h < HYPOTHESES && isMore[h] === 0; h++) {
    const differing = readingsOf(partitions, h, readings);
    for (const reading of differing) {
      const made = partitions.byReading[reading][h];
      explanations.add(h, TABLE, made, logShareOf(reading, differing) + tableEvidence[made]);
    }
  }
  return h;
}

function explain(asked: Asked, h: number): void {
  const { observed, partitions, explanations, tables, tableEvidence, lowTables, linear } = asked;
  const functions = asked.functions[h];
  const differing = readingsOf(partitions, h, asked.readings);
  for (const reading of differing) {
    const logShare = logShareOf(reading, differing);
    const whole = partitions.byReading[reading][h];
    const add = (kind: number, share: number, evidence: number, f: LibraryFunction | null = null, made = whole) =>
      explanations.add(h, kind, made, logShare + Math.log(share) + evidence, f);
    let tableShare = 1;
    if (functions !== undefined) {
      tableShare -= CLASS_SHARE[LIBRARY];
      const share = CLASS_SHARE[LIBRARY] / functions.known; // that of a function that misses too many rows is lost
      for (const fit of functions.fits) {
        if (fit.reading !== reading) continue;
        const { function: f, logLikelihoods } = fit;
        add(isFitted(f) ? FITTED : LIBRARY, share * (f.shareOfKeys ?? 1), logEvidence(logLikelihoods), f);
      }
    }
    for (const { kind, solutions } of isNamed(h) ? linear : []) {
      tableShare -= CLASS_SHARE[kind];
      const fit = affineFit(observed, partitions.distinct[whole], tables[whole], h, solutions);
      if (fit && !tooManyMisses(fit.misfit, fit.judged)) add(kind, CLASS_SHARE[kind], logEvidence(fit.logLikelihoods));
    }
    for (const low of isNamed(h) ? lowTables : []) {
      const made = low.byReading[reading][h];
      const evidence = tableEvidence[made];
      const size = 2 ** low.bits;
      if (functions?.fits.some((fit) => fit.reading === reading && isSameTable(fit, size, evidence))) continue;
      const share = CLASS_SHARE[LOW_TABLE] / lowTables.length;
      tableShare -= share;
      add(LOW_TABLE, share, evidence, null, made);
    }
    add(TABLE, tableShare, tableEvidence[whole]);
  }
}

/** Readings of a hypothesis that differ from each other. */
function readingsOf(partitions: Partitions, h: number, readings: readonly Reading[]): readonly Reading[] {
  return readings.length === 1 ? readings : readings.filter((reading) => isOther(partitions, h, reading));
}

const logShareOf = (reading: Reading, differing: readonly Reading[]) =>
  Math.log(reading === 0 ? 1 - APART * (differing.length - 1) : APART);

/** Whether fewer rows are judged than by the reading before, and some of those contradict the hypothesis. */
const isOther = ({ byReading }: Partitions, h: number, reading: Reading) =>
  reading === 0 || byReading[reading][h] !== byReading[reading - 1][h];

/** [] where no epoch has as many ports as this kind of map needs. */
function linearOf(kind: typeof AFFINE | typeof SUM, maps: LinearKind, observed: Observations) {
  const { ports, epochStart } = observed;
  const exists = ports.some((k, epoch) => maps.exists(k) && epochStart[epoch + 1] > epochStart[epoch]);
  return exists ? [{ kind, solutions: new SolutionCache(observed, maps) }] : [];
}

/** Whether the library has a table under its name: it is weighed once. */
const isSameTable = ({ function: { buckets }, logLikelihoods }: FittedFunction, size: number, evidence: number) =>
  buckets === size && Math.abs(logEvidence(logLikelihoods) - evidence) < 1e-9;
