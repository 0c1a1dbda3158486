/** Words for the function that explains the flows, if one does. */

import type { HashRow, HashRows } from '../flows/rows.js';
import { likeliestAffine, testAffine } from './fields/affine-function.js';
import { BitColumns } from './fields/bit-columns.js';
import type { WeighedComponent } from './fields/components.js';
import { Echelon } from './fields/echelon.js';
import { INCLUDED } from './fields/hypotheses.js';
import { bitsNeverExercised, bitsNeverVaried, columnsOf, differences } from './fields/key-columns.js';
import { keyParts } from './fields/key-parts.js';
import {
  type FunctionGroup,
  type FunctionTest,
  functionGroups,
  groupIds,
  MEMBER,
  type NamedFunction,
  type PortOrder,
  testFunction,
} from './fields/named-function.js';
import { type Observations, observe } from './fields/observations.js';
import { sampleRows } from './fields/sample.js';
import { type FieldSet, fieldNames, functionId } from './fields/summary.js';
import { readIn, readsInside, type View } from './fields/views.js';
import { bucketsOf, type LibraryFunction, portsUsed } from './functions/library-function.js';
import { findParities } from './parity-function.js';
import type { Steps } from './steps.js';

/** A group of functions is named from here on. */
const NAMED = 0.9;
/** Share of held-back flows that a named function places right. */
const PREDICTED = 0.85;
/**
 * Flows with adjacent ports or addresses are few bits in many combinations, and functions that have little in common agree on
 * them. Of two linear ones the chance to is K^-bits: no more than one in so many, or none is named.
 */
const BY_CHANCE = 2000;

export interface DescribedFunction {
  readonly function: NamedFunction;
  readonly portOrders: readonly (readonly (string | null)[])[]; // by epoch and bucket
}

interface Tested extends DescribedFunction {
  readonly test: FunctionTest;
}

export const portName = ({ epochs, portNames }: HashRows, epoch: number, port: number) =>
  portNames[epochs[epoch].ports[port]];
/** Whether functions that look into tunnels differ from their plain twins. */
export const hasTunnels = (rows: readonly HashRow[]) => rows.some((row) => readsInside(row, 'inner'));

/**
 * @param main main rows of epochs with two ports or more
 * @param likeliest the fields that explain the flows best; null where a number per connection does
 * @param longest the epoch whose order of ports stands for the direction
 * @param inFull with the members that predict
 * @returns null where none is likely enough, or none passes its test
 */
export function* nameFunction(
  input: HashRows,
  main: readonly HashRow[],
  weighed: readonly WeighedComponent[],
  likeliest: FieldSet | null,
  longest: number,
  inFull: boolean,
): Steps<DescribedFunction | null> {
  const socket = weighed.reduce((sum, { component, posterior, parts }) => {
    return component.parts.length === 1 ? sum + posterior * parts[0].socket : sum;
  }, 0);
  if (socket >= NAMED) return describeSocket(input, main, longest);
  const known = nameGroup(input, main, weighed, longest, inFull) ?? describeAffine(input, main, weighed);
  if (known !== null || likeliest === null) return known;
  yield;
  return yield* describeParities(input, main, likeliest, longest);
}

/** A known function alone. */
export function nameGroup(
  input: HashRows,
  main: readonly HashRow[],
  weighed: readonly WeighedComponent[],
  longest: number,
  inFull: boolean,
): DescribedFunction | null {
  const [group] = functionGroups(weighed);
  return group && group.posterior >= NAMED ? describeGroup(input, main, group, longest, inFull) : null;
}

/** The map itself is not unique (bits that never varied could be in it), so it is described, not spelt out. */
function describeAffine(
  input: HashRows,
  main: readonly HashRow[],
  weighed: readonly WeighedComponent[],
): DescribedFunction | null {
  const found = likeliestAffine(weighed);
  if (!found || found.posterior < NAMED) return null;
  const { view } = found;
  const ports = input.epochs.map((epoch) => epoch.ports.length);
  const rows = sampleRows(main).map((row) => readIn(row, view));
  const test = testAffine(rows, ports, found.hypothesis);
  if (!test) return null;
  const mask = INCLUDED[found.hypothesis];
  const fields = fieldNames(mask, view);
  return {
    portOrders: [],
    function: {
      id: 'affine',
      description: `XORs of single bits of ${fields.join(', ')}: a CRC, a Toeplitz hash or an XOR fold, of which kind is not known`,
      parameters: {
        fields,
        rank: found.rank,
        heldOutFlowsPredicted: test.predicted,
        heldOutFlowsRight: test.hit,
        bitsNeverExercised: bitsNeverExercised(...bitsTried(observe(rows, ports), mask), view),
      },
      portOrder: [], // its buckets have no names of their own
      flowsExplained: found.judged - found.misfit,
      flowsTested: found.judged,
      heldOutAccuracy: test.hit / test.predicted,
      alternatives: [],
      members: [],
      reads: view === 'outer' ? 'outer' : 'inner',
    },
  };
}

function describeGroup(
  input: HashRows,
  main: readonly HashRow[],
  group: FunctionGroup,
  longest: number,
  inFull: boolean,
) {
  const [{ function: f }] = group.members;
  const [id, ...alternatives] = groupIds(group, hasTunnels(main));
  const ports = input.epochs.map((epoch) => epoch.ports.length);
  const buckets = bucketsOf(f, ports, portsUsed(main, ports));
  const read = main.map((row) => readIn(row, group.view));
  const observed = observe(sampleRows(read.filter((row) => row.epoch === longest)), ports);
  const choices = Math.min(ports[longest], buckets[longest]);
  if (choices ** independentBits(observed, f.hypothesis) * (f.shareOfKeys ?? 1) < BY_CHANCE) return null;
  const found = described(input, read, buckets, valuesOf(f, read), longest, {
    id,
    description: f.description,
    parameters: {
      ...f.parameters,
      bitsNeverVaried: bitsNeverVaried(observed, INCLUDED[f.hypothesis], group.view),
    },
    alternatives,
    members: inFull ? membersOf(input, main, group, longest) : [],
    reads: group.view === 'outer' ? 'outer' : 'inner',
  });
  return predicts(found, buckets[longest] > ports[longest]) ? found : null;
}

/** All functions that are likely enough, each with its order of ports in the last epoch with flows: to predict with. */
function membersOf(input: HashRows, main: readonly HashRow[], group: FunctionGroup, longest: number) {
  const ports = input.epochs.map((epoch) => epoch.ports.length);
  const used = portsUsed(main, ports);
  const read = main.map((row) => readIn(row, group.view));
  const present = read.reduce((last, { epoch }) => Math.max(last, epoch), longest);
  return group.members
    .filter(({ share }) => share >= MEMBER)
    .map(({ function: f, share }) => {
      const epochs = testedEpochs(input, bucketsOf(f, ports, used));
      const { orders } = testFunction(read, valuesOf(f, read), epochs);
      return { policy: askedBy(f, group.view), share, portOrder: namesOf(input, present, orders[present]) };
    });
}

/** The id that finds the very function: with the key that inference tried. */
function askedBy(f: LibraryFunction, view: View): string {
  const { start, key = typeof start === 'number' ? start.toString(16).padStart(8, '0') : null } = f.parameters;
  const id = functionId(f, view);
  return key === null ? id : `${id};key=${key}`;
}

function bitsTried(observed: Observations, mask: number) {
  const columns = columnsOf(observed, mask);
  return [differences(observed, [...observed.rows.keys()], columns), columns] as const;
}

/** Bits of the function's key that differ independently of each other. */
function independentBits(observed: Observations, hypothesis: number): number {
  const columns = new BitColumns(observed.fields, Int32Array.from(observed.rows.keys()));
  const key = keyParts(hypothesis).map((part) => columns.of(part));
  const span = new Echelon(
    columns.words,
    key.reduce((sum, { count }) => sum + count, 0),
  );
  for (const { count, bits } of key) for (let c = 0; c < count; c++) span.add(bits, c * columns.words);
  return span.rank;
}

/**
 * Posterior alone names nothing: it must have placed flows that it was not fitted on. A table has more buckets than there are
 * ports, so that it must also place more of them than the most used port would by itself.
 */
function predicts({ test: { heldOutAccuracy, heldOut, guess } }: Tested, isTable: boolean): boolean {
  if (heldOutAccuracy === null || heldOutAccuracy < PREDICTED) return false;
  return !isTable || heldOutAccuracy >= Math.min(1, guess + 3 * Math.sqrt((guess * (1 - guess)) / heldOut));
}

function* describeParities(
  input: HashRows,
  main: readonly HashRow[],
  set: FieldSet,
  longest: number,
): Steps<DescribedFunction | null> {
  const found = yield* findParities(input, main, set, longest);
  if (!found) return null;
  const buckets = input.epochs.map(() => found.buckets);
  const reads = set.view === 'outer' ? ('outer' as const) : ('inner' as const);
  const what = { ...found.what, members: [], reads }; // no policy of the catalogue: what it predicts is its cells
  const named = described(input, found.rows, buckets, found.values, longest, what);
  return predicts(named, true) ? named : null;
}

function describeSocket(input: HashRows, main: readonly HashRow[], longest: number) {
  const labelled = main.filter((row) => row.flowLabel > 0);
  const ports = input.epochs.map((epoch) => epoch.ports.length);
  return described(
    input,
    labelled,
    ports,
    Float64Array.from(labelled, (row) => row.flowLabel >>> 8),
    longest,
    {
      id: 'linux-socket-hash',
      description:
        'Linux socket hash: a random number per connection, seen through the IPv6 flow label; no header field is used',
      parameters: {},
      alternatives: [],
      members: [],
      reads: 'outer',
    },
  );
}

function described(
  input: HashRows,
  rows: readonly HashRow[],
  buckets: readonly number[], // by epoch
  values: Float64Array,
  longest: number,
  what: Pick<NamedFunction, 'id' | 'description' | 'parameters' | 'alternatives' | 'members' | 'reads'>,
): Tested {
  const test = testFunction(rows, values, testedEpochs(input, buckets));
  const { orders, explained, tested, heldOutAccuracy } = test;
  const portOrders = orders.map((order, epoch) => namesOf(input, epoch, order));
  return {
    test,
    portOrders,
    function: {
      ...what,
      parameters: portOrders.length > 1 ? { ...what.parameters, epochs: portOrders } : { ...what.parameters },
      portOrder: [...portOrders[longest]],
      flowsExplained: explained,
      flowsTested: tested,
      heldOutAccuracy,
    },
  };
}

function valuesOf(f: LibraryFunction, rows: readonly HashRow[]): Float64Array {
  const values = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) values[i] = f.value(rows[i]);
  return values;
}

const testedEpochs = ({ epochs }: HashRows, buckets: readonly number[]) =>
  epochs.map(({ ports }, epoch) => ({ ports: ports.length, buckets: buckets[epoch] }));

const namesOf = (input: HashRows, epoch: number, order: PortOrder) =>
  order.map((port) => (port === null ? null : portName(input, epoch, port)));
