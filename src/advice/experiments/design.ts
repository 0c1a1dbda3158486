/** Which traffic to send next: at most three experiments of both directions, most expected information per flow first. */

import type { DirectionName, Experiment, HeaderField } from '../../document/schema.js';
import { type HashRow, type HashRows, MAIN } from '../../flows/rows.js';
import type { WeighedComponent } from '../../inference/fields/components.js';
import { longestEpoch } from '../../inference/fields/epochs.js';
import { readIn } from '../../inference/fields/views.js';
import type { HashInference } from '../../inference/infer.js';
import { type Candidate, candidates } from './candidates.js';
import { type LiveExplanation, LiveExplanations } from './explanations.js';
import { expectedInformation, type Information } from './information.js';

const MOST = 3;
const WORTH_SENDING = 0.05; // bit
const ENOUGH = 0.9; // of what the whole experiment would tell

/** @param rows of one direction; nothing is open, and nothing proposed, where the exact function is known */
export function designed(direction: DirectionName, rows: HashRows, inference: HashInference | null): Ranked[] {
  const epoch = longestEpoch(rows, 2);
  const isKnown = inference !== null && inference.function !== null && inference.function.members.length > 0;
  if (epoch === null || inference === null || isKnown) return [];
  const ports = rows.epochs[epoch].ports.length;
  const weighed = likeliest(inference.weighed);
  const part = largestPart(weighed);
  const { family, evaluation } = weighed.component.parts[part];
  const inFamily = (row: HashRow) => family === 'all' || row.srcIp.length === (family === 'ipv4' ? 4 : 16);
  const seen = evaluation.observed.rows.filter((row) => row.kind === MAIN && row.epoch === epoch);
  const proposed = candidates(
    rows.rows.filter((row) => row.kind === MAIN && row.epoch === epoch && inFamily(row)),
    rows.egress,
  );
  if (proposed.length === 0 || seen.length === 0) return [];
  const added = proposed.flatMap((candidate) => candidate.rows.map((row) => readIn(row, weighed.component.view)));
  const live = new LiveExplanations(weighed, part, seen, added, ports);
  let first = 0;
  return proposed.flatMap((candidate) => {
    const flows = candidate.rows.map((_, i) => first + i);
    first += flows.length;
    return bestSize(direction, candidate, (size) => live.of(flows.slice(0, size)), ports, inference);
  });
}

export interface Ranked {
  readonly worth: number; // expected information per flow, less for what takes more effort
  readonly experiment: Experiment;
}

export function mostTelling(all: readonly Ranked[]): Experiment[] {
  return [...all]
    .sort((a, b) => b.worth - a.worth)
    .slice(0, MOST)
    .map(({ experiment }) => experiment);
}

/** The fewest flows that tell nearly as much as all of them. */
function bestSize(
  direction: DirectionName,
  candidate: Candidate,
  explanations: (flows: number) => LiveExplanation[],
  ports: number,
  inference: HashInference,
): Ranked[] {
  const tryWith = (flows: number) => {
    const alive = explanations(flows);
    return { flows, alive, told: expectedInformation(alive, ports) };
  };
  const whole = tryWith(candidate.rows.length);
  if (whole.told.bits < WORTH_SENDING) return [];
  const fewer = candidate.sizes.filter((size) => size < whole.flows).map(tryWith);
  const { flows, alive, told } = fewer.find((each) => each.told.bits >= ENOUGH * whole.told.bits) ?? whole;
  const experiment = described(direction, candidate, flows, alive, told, ports, inference);
  return [{ worth: told.bits / flows / (candidate.effort ?? 1), experiment }];
}

function described(
  direction: DirectionName,
  candidate: Candidate,
  flows: number,
  alive: readonly LiveExplanation[],
  { bits, knownThen }: Information,
  ports: number,
  { fields, perConnection }: HashInference,
): Experiment {
  const used = fields.find(({ field }) => field === candidate.asks)?.probability ?? 0.5;
  // What is the same in all flows, old and new, says nothing here.
  const varies = (field: HeaderField) =>
    field === candidate.asks || fields.some((each) => each.field === field && each.verdict !== 'untested');
  const separates = alive.filter(({ weight }) => weight >= 0.02).map((each) => each.fields.filter(varies));
  const lines = candidate.lines(flows);
  return {
    direction,
    where: candidate.where,
    command: onOneLine(lines),
    lines: [...lines],
    flows,
    separates: distinct(separates),
    expectedInformationBits: bits,
    informationPerFlow: bits / flows,
    knownThen,
    outcomes: outcomesOf(candidate, ports, perConnection),
    flowsFor99: flowsFor99(used, ports),
    reason: `${candidate.note} iperf3 -s runs on the server, and every member port is captured again meanwhile.`,
  };
}

function outcomesOf({ outcomes, again }: Candidate, ports: number, perConnection: number): Experiment['outcomes'] {
  const [together, apart] = outcomes;
  const doubt = !again && perConnection >= DOUBT ? ', or each connection draws a number of its own' : '';
  return [
    { ...together, means: `${together.means} (by luck: 1 in ${ports} for each independent bit)` },
    { ...apart, means: `${apart.means}${doubt}` },
  ];
}
const DOUBT = 0.01;

/**
 * Flows that stay together until "not hashed" is 99 % likely, one for each independent bit: log(99 o) / log K at odds o of
 * "hashed" now. The first that moves proves the opposite. inference.md C.
 */
export function flowsFor99(used: number, ports: number): number {
  const odds = Math.min(0.999, Math.max(0.001, used)) / (1 - Math.min(0.999, Math.max(0.001, used)));
  return Math.max(1, Math.ceil(Math.log(99 * odds) / Math.log(ports) - 1e-9));
}

function distinct(sets: readonly HeaderField[][]): HeaderField[][] {
  const byName = new Map(sets.map((set) => [set.join(), set]));
  return [...byName.values()].slice(0, 6);
}

const likeliest = (weighed: readonly WeighedComponent[]) =>
  weighed.reduce((a, b) => (b.posterior > a.posterior ? b : a));

function largestPart({ component: { parts } }: WeighedComponent): number {
  return parts.reduce((most, part, i) => (part.main.length > parts[most].main.length ? i : most), 0);
}

function onOneLine(lines: readonly string[]): string {
  return lines.reduce((all, line) => {
    if (all.endsWith(' \\')) return `${all.slice(0, -1)}${line.trim()}`;
    if (all.endsWith(' ||')) return `${all} ${line.trim()}`;
    return `${all}${/(\bdo|^ssh [^']*')$/.test(all) ? ' ' : '; '}${line.trim()}`;
  });
}
