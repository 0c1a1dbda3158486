/**
 * Which header fields chose the port, and by which function: from rows of flows and ports to the pieces of `hash` in
 * the document. Pure: the same rows always give the same answer.
 */

import type { Hash, HeaderField } from '../document/schema.js';
import { type HashRow, type HashRows, MAIN } from '../flows/rows.js';
import { unseenMacs } from '../flows/unseen-macs.js';
import { type DescribedFunction, hasTunnels, nameFunction, portName } from './describe-function.js';
import { type FamilyInference, judgeFamilies } from './families.js';
import { components, likeliest, type WeighedComponent, weigh } from './fields/components.js';
import { longestEpoch } from './fields/epochs.js';
import { ALL_UNKNOWN, type UnknownFunctions } from './fields/evaluate.js';
import { HYPOTHESES, hypothesis, NONE, PRIORS, type Prior } from './fields/hypotheses.js';
import { type FunctionGroup, functionGroups, groupIds, type NamedFunction } from './fields/named-function.js';
import type { Observations } from './fields/observations.js';
import { fieldPairs } from './fields/pairs.js';
import { cellsArePatchy, functionIsPatchy } from './fields/patchy.js';
import { topPartition } from './fields/posterior.js';
import { sampleRows } from './fields/sample.js';
import { bestFields, cells, fieldSets, indistinguishable, summarise } from './fields/summary.js';
import { type InferredField, judgeFields, UNUSED } from './fields/verdicts.js';
import { readIn, type View } from './fields/views.js';
import { libraryFor } from './functions/library.js';
import { bucketsOf, type LibraryFunction, portsUsed } from './functions/library-function.js';
import { type FrameEvidence, packetByPacket } from './packet-by-packet.js';
import { finish, type Steps } from './steps.js';

export type { FlowPair } from './fields/pairs.js';
export type { InferredField };

export interface InferOptions {
  /** What frames say of whether flows are kept together at all; that they are, unless given. */
  readonly frames?: FrameEvidence;
  /** The functions to try; all known ones unless given. */
  readonly library?: (observed: Pick<Observations, 'ports' | 'rows'>) => readonly LibraryFunction[];
  /** Classes of functions that have no name to weigh beside them; all unless given. */
  readonly unknown?: UnknownFunctions;
  /** False leaves empty what is neither a verdict nor a name: cells, other explanations, all that could be predicted with. */
  readonly inFull?: boolean;
}

export interface HashInference {
  readonly fields: readonly InferredField[];
  readonly hypotheses: Hash['hypotheses'];
  readonly indistinguishable: HeaderField[][][];
  readonly function: NamedFunction | null;
  readonly functionPosterior: number; // of the likeliest group of functions, named or not
  readonly functionCandidates: readonly string[]; // its ids: what it would be named
  readonly functionMembers: readonly LibraryFunction[]; // to predict with: only where all of them agree
  readonly functionView: View; // the headers those read
  readonly portOrders: DescribedFunction['portOrders']; // of a named function, by epoch and bucket
  readonly cells: Hash['cells'];
  readonly families: readonly FamilyInference[] | null; // where they are hashed apart
  readonly bestHypothesisFields: HeaderField[];
  readonly singlePort: boolean; // in every epoch all flows took one port
  readonly perConnection: number; // posterior of a random number per connection
  readonly ignoresFlows: boolean; // or may well do so: then nothing is said of fields
  readonly classes: { table: number; affine: number; library: number }; // posterior
  readonly rows: number; // of flows, by epoch
  readonly sampled: number; // of those, how many the posterior looked at
  readonly weighed: readonly WeighedComponent[]; // the whole posterior, for who designs experiments
}

/** The best fields leave more flows than this unexplained: something else moved them, and no field is judged. */
const BAD_FIT = 0.15;

/** @returns null where there is nothing to learn: no flows, or one port to choose from. */
export const inferHash = (input: HashRows, options: InferOptions = {}) => finish(inferring(input, options));

/** The same in steps; what is known of the fields is handed over before a function is looked for, and for IPv4 and IPv6 apart. */
export function* inferring(input: HashRows, options: InferOptions = {}): Steps<HashInference | null, HashInference> {
  const ports = input.epochs.map((epoch) => epoch.ports.length);
  const longest = longestEpoch(input, 2);
  if (longest === null) return null;
  const { inFull = true } = options;
  const rows = input.rows.filter((row) => ports[row.epoch] > 1);
  const main = rows.filter((row) => row.kind === MAIN);

  const sample = sampleRows(rows);
  const all = yield* components(sample, {
    ports,
    egress: input.egress,
    unknown: options.unknown ?? ALL_UNKNOWN,
    library: options.library ?? libraryFor,
  });
  const priors = input.portsSeen ? PRIORS : PRIORS.map(withoutPorts);
  const byPrior = [];
  for (const prior of priors) {
    byPrior.push(weigh(all, prior));
    yield;
  }
  const [weighed] = byPrior;

  const singlePort = isSinglePort(input);
  const sampled = sample.filter((row) => row.kind === MAIN).length;
  const flows = choosing(input).reduce((sum, counts) => sum + counts.reduce((a, b) => a + b, 0), 0);
  const share = sampled / flows;
  const dealt = options.frames ? packetByPacket(weighed, sample, ports, options.frames, share) : 0;
  const ignoresFlows = dealt > UNUSED;
  const [group] = singlePort || ignoresFlows ? [] : functionGroups(weighed);
  const isPatchy =
    !ignoresFlows &&
    (cellsArePatchy(likeliest(weighed)) || (group !== undefined && groupIsPatchy(group, sample, ports)));
  const unseen = unseenMacs(main);
  const about = {
    pairs: fieldPairs(input, unseen),
    unseen,
    unnamedVaries: unnamedVaries(main),
    singlePort,
    portsSeen: input.portsSeen,
    badFit: isPatchy || badFit(weighed),
    ignoresFlows: dealt,
  };
  yield;
  const sets = fieldSets(weighed);
  const fields = bestFields(sets, weighed);
  yield;
  const known: HashInference = {
    fields: judgeFields(byPrior, about),
    hypotheses: inFull ? summarise(sets) : [],
    indistinguishable: inFull ? indistinguishable(weighed) : [],
    function: null,
    functionPosterior: group?.posterior ?? 0,
    functionCandidates: group ? groupIds(group, hasTunnels(main)) : [],
    functionMembers: group?.members.map((member) => member.function) ?? [],
    functionView: group?.view ?? 'outer',
    portOrders: [],
    cells: inFull ? cells(input, fields, longest, (port) => portName(input, longest, port)) : [],
    families: null,
    bestHypothesisFields: fields,
    singlePort,
    ignoresFlows,
    perConnection: overall(weighed, (part) => part.perConnection),
    classes: {
      table: overall(weighed, (part) => part.byClass.table + part.byClass.lowTable),
      affine: overall(weighed, (part) => part.byClass.affine + part.byClass.sum),
      library: overall(weighed, (part) => part.byClass.library + part.byClass.fitted + part.socket),
    },
    rows: flows,
    sampled,
    weighed,
  };
  if (ignoresFlows || isPatchy) return known;
  yield known;
  const named = singlePort
    ? null
    : yield* nameFunction(input, main, weighed, fields.length > 0 ? sets[0] : null, longest, inFull);
  return {
    ...known,
    function: named?.function ?? null,
    portOrders: named?.portOrders ?? [],
    families: judgeFamilies({
      input,
      main,
      byPrior,
      about,
      named: (named && group?.members[0].function) ?? null,
      longest,
      inFull,
    }),
  };
}

function unnamedVaries(main: readonly HashRow[]): boolean {
  const inside = main.find(({ inner }) => inner !== null)?.inner;
  return main.some(({ inner }) => inner !== null && inner.unnamed !== inside?.unnamed);
}

/** Rows by port, of the epochs with a choice. */
const choosing = ({ whole }: HashRows) => whole.portCounts.filter((counts) => counts.length > 1);

const isSinglePort = (input: HashRows) => choosing(input).every((counts) => counts.filter((n) => n > 0).length <= 1);

/** Port numbers were cut off: hypotheses that need them cannot be tested. */
function withoutPorts(prior: Prior): Prior {
  const weights = prior.weights.slice();
  let kept = 0;
  for (let h = 0; h < HYPOTHESES; h++) {
    if (hypothesis(h).port !== NONE) weights[h] = 0;
    kept += weights[h];
  }
  return { ...prior, weights: weights.map((weight) => weight / kept) };
}

function overall(weighed: readonly WeighedComponent[], what: (part: WeighedComponent['parts'][number]) => number) {
  return weighed.reduce(
    (sum, { posterior, parts }) => sum + (posterior * parts.reduce((s, p) => s + what(p), 0)) / parts.length,
    0,
  );
}

/** The likeliest functions, if they are likely at all. */
function groupIsPatchy(
  { posterior, members, view }: FunctionGroup,
  sample: readonly HashRow[],
  ports: readonly number[],
) {
  if (posterior < 0.5) return false;
  const main = sample.filter(({ kind }) => kind === MAIN);
  const [{ function: f }] = members;
  const buckets = bucketsOf(f, ports, portsUsed(main, ports));
  return functionIsPatchy(
    main.map((row) => readIn(row, view)),
    f,
    buckets,
  );
}

function badFit(weighed: readonly WeighedComponent[]): boolean {
  const { component, parts } = likeliest(weighed);
  if (parts.some(({ perConnection, socket }) => perConnection + socket > 0.5)) return false; // explained without a field
  const misfit = component.parts.reduce((sum, { evaluation }, i) => sum + evaluation.misfit[topPartition(parts[i])], 0);
  const flows = component.parts.reduce((sum, { main }) => sum + main.length, 0);
  return misfit > BAD_FIT * flows + 2;
}
