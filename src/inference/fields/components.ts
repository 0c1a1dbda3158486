/**
 * The ways to look at the rows that are weighed against each other: outer headers or those inside of tunnels, one
 * hypothesis for all or one each for IPv4 and IPv6. Each yields what its hypotheses make of every header field.
 */

import type { HeaderField } from '../../document/schema.js';
import { type HashRow, MAIN, NO_IP } from '../../flows/rows.js';
import { logSumExp } from '../../stats/log.js';
import type { LibraryFunction } from '../functions/library-function.js';
import type { Steps } from '../steps.js';
import { type Evaluation, evaluating, type UnknownFunctions } from './evaluate.js';
import { freeRows } from './free-rows.js';
import { FIELDS, type Prior } from './hypotheses.js';
import { logEvidence } from './noise.js';
import { type FieldColumn, type Observations, observe } from './observations.js';
import { type Posterior, posterior } from './posterior.js';
import { readIn, readsInside, VIEW_PRIOR, type View, viewsOf } from './views.js';

const ONE_HYPOTHESIS = 0.9;
const ROWS_OF_A_FAMILY = 8;

/** Fields inside of tunnels, and the field whose place each takes in the inner view (index of FIELDS). */
export const INNER_FIELDS = [
  { name: 'inner.ip.src', outer: 4 },
  { name: 'inner.ip.dst', outer: 5 },
  { name: 'inner.ip.proto', outer: 6 },
  { name: 'inner.l4.srcport', outer: 7 },
  { name: 'inner.l4.dstport', outer: 8 },
] as const;

/** All header fields a row can show, outer ones first. */
export const SHOWN_FIELDS = [...FIELDS, ...INNER_FIELDS.map(({ name }) => name)] as const;
/** The fields as questions about all rows name them. */
export const shownBits = (fields: readonly HeaderField[]) =>
  fields.reduce((bits, field) => bits | (1 << SHOWN_FIELDS.indexOf(field as ShownField)), 0);
export type ShownField = (typeof SHOWN_FIELDS)[number];

export type Family = 'all' | 'ipv4' | 'ipv6';

export interface Part {
  readonly family: Family;
  readonly evaluation: Evaluation;
  readonly shown: readonly FieldColumn[]; // by SHOWN_FIELDS, rows as in the evaluation
  readonly main: readonly number[]; // rows
  readonly tunnels: readonly number[]; // main rows that a view can read inside: in the outer view any of them
}

export interface Component {
  readonly view: View;
  readonly parts: readonly Part[]; // one, or one per family
  readonly logPrior: number;
  readonly logFree: number; // log-likelihood of the rows no part looks at
}

/** One field as one component sees it; a range where the component itself cannot say. */
interface Inclusion {
  readonly mid: number;
  readonly low: number;
  readonly high: number;
}

export interface WeighedComponent {
  readonly component: Component;
  readonly posterior: number;
  readonly logEvidence: number; // with its prior
  readonly parts: readonly Posterior[];
  readonly inclusion: readonly Inclusion[]; // by SHOWN_FIELDS
}

export interface Setting {
  readonly ports: readonly number[]; // by epoch: how many the sender could choose from
  readonly egress: boolean; // the sender may own the sockets
  readonly unknown: UnknownFunctions;
  readonly library: (observed: Observations) => readonly LibraryFunction[];
}

/** @param rows of epochs with two ports or more. */
export function* components(rows: readonly HashRow[], setting: Setting): Steps<Component[]> {
  const main = rows.filter((row) => row.kind === MAIN);
  const ofFamily = (length: number) => main.filter((row) => row.srcIp.length === length).length;
  const families = ofFamily(4) >= ROWS_OF_A_FAMILY && ofFamily(16) >= ROWS_OF_A_FAMILY;

  const found: Component[] = [];
  for (const view of viewsOf(main)) {
    const logPrior = Math.log(VIEW_PRIOR[view]);
    found.push({
      view,
      parts: [yield* part('all', rows, view, setting)],
      logPrior: logPrior + (families ? Math.log(ONE_HYPOTHESIS) : 0),
      logFree: 0,
    });
    if (!families) continue;
    const members = (length: number) => rows.filter((row) => row.kind !== NO_IP && row.srcIp.length === length);
    const parts = [yield* part('ipv4', members(4), view, setting), yield* part('ipv6', members(16), view, setting)];
    const noIp = rows.filter((row) => row.kind === NO_IP || row.srcIp.length === 0);
    found.push({
      view,
      parts,
      logPrior: logPrior + Math.log(1 - ONE_HYPOTHESIS),
      logFree: logEvidence(freeRows(noIp, setting.ports)),
    });
  }
  return found;
}

function* part(
  family: Family,
  rows: readonly HashRow[],
  view: View,
  { ports, egress, unknown, library }: Setting,
): Steps<Part> {
  const outer = observe(rows, ports);
  const inside = (among: View) =>
    outer.rows.some((row) => readsInside(row, among))
      ? observe(
          outer.rows.map((row) => readIn(row, among)),
          ports,
        )
      : outer;
  const shown = inside('overlay');
  const observed: Observations = view === 'outer' ? outer : view === 'overlay' ? shown : inside(view);
  const main = [...outer.rows.keys()].filter((row) => outer.kind[row] === MAIN);
  return {
    family,
    evaluation: yield* evaluating(observed, {
      unknown,
      library: view === 'overlay' ? [] : library(observed),
      ownsSockets: egress,
    }),
    shown: [...outer.fields, ...INNER_FIELDS.map((field) => shown.fields[field.outer])],
    main,
    tunnels: main.filter((row) => readsInside(outer.rows[row], view === 'outer' ? 'overlay' : view)),
  };
}

export const varies = ({ labels }: FieldColumn, rows: readonly number[]) =>
  rows.some((row) => labels[row] !== labels[rows[0]]);

/** How likely each component is under a prior, and what it makes of each field. */
export function weigh(all: readonly Component[], prior: Prior): WeighedComponent[] {
  const weighed = all.map((component) => {
    const parts = component.parts.map(({ evaluation }) => posterior(evaluation, prior));
    const own = parts.reduce((sum, part) => sum + part.logEvidence, component.logPrior + component.logFree);
    return { component, parts, logEvidence: own };
  });
  const total = logSumExp(weighed.map(({ logEvidence }) => logEvidence));
  return weighed.map(({ component, parts, logEvidence }) => ({
    component,
    parts,
    posterior: Math.exp(logEvidence - total),
    logEvidence,
    inclusion: inclusionOf(component, parts),
  }));
}

export function likeliest(weighed: readonly WeighedComponent[]): WeighedComponent {
  return weighed.reduce((a, b) => (b.posterior > a.posterior ? b : a));
}

export function inclusionOf(component: Component, posteriors: readonly Posterior[]): Inclusion[] {
  const { view, parts } = component;
  const read = FIELDS.map((_, field) => readInclusion(component, posteriors, field));
  const nothing = { mid: 0, low: 0, high: 0 };
  if (view === 'outer') return [...read, ...INNER_FIELDS.map(() => nothing)];
  const outside = (field: number) =>
    parts.some(({ shown, main, tunnels }) => {
      const rest = new Set(tunnels);
      return varies(
        shown[field],
        main.filter((row) => !rest.has(row)),
      );
    });
  const replaced = new Set<number>(INNER_FIELDS.map(({ outer }) => outer));
  return [
    ...read.map((inclusion, field) => (replaced.has(field) && !outside(field) ? nothing : inclusion)),
    ...INNER_FIELDS.map(({ outer }) => read[outer]),
  ];
}

/** Inclusion of a field as the hypotheses read it (inside of tunnels: of what took its place). */
function readInclusion({ parts }: Component, posteriors: readonly Posterior[], field: number): Inclusion {
  if (parts.length === 1) {
    const value = posteriors[0].inclusion[field];
    return { mid: value, low: value, high: value };
  }
  // In all rows of the family, ICMP too: its hypotheses were compared on all of them.
  const varying = parts.map(({ evaluation: { observed } }) => {
    const { labels } = observed.fields[field];
    return labels.some((label) => label !== labels[0]);
  });
  if (!varying.some(Boolean)) {
    // Constant in each family: whether it differs between them says nothing about its being hashed.
    const values = new Set(parts.map(({ evaluation, main }) => constantValue(evaluation.observed, field, main[0])));
    return values.size > 1 ? { mid: 0.5, low: 0.03, high: 0.97 } : { mid: 0, low: 0, high: 0 };
  }
  const without = parts.reduce(
    (product, _, i) => (varying[i] ? product * (1 - posteriors[i].inclusion[field]) : product),
    1,
  );
  return { mid: 1 - without, low: 1 - without, high: 1 - without };
}

function constantValue({ fields }: Observations, field: number, row: number): string {
  const { words, bits } = fields[field];
  return bits.subarray(row * words, (row + 1) * words).join();
}
