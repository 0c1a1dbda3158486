/** The part of ACCURACY.md about captures whose truth is known. */

import type { Analysis, Direction, DirectionName } from '../../src/document/schema.js';
import type { Claim } from '../truth/judge.js';
import type { Truth } from '../truth/truth.js';
import { type Cell, grouped, table } from './markdown.js';

export interface JudgedCapture {
  readonly truth: Truth;
  readonly analysis: Analysis;
  readonly claims: readonly Claim[];
}

interface JudgedDirection {
  readonly capture: string;
  readonly name: DirectionName;
  readonly direction: Direction;
  readonly truth: Truth['directions'][DirectionName];
  readonly claims: readonly Claim[]; // of this direction
}

const NAMES: readonly DirectionName[] = ['ingress', 'egress'];

export function captureAnswers(captures: readonly JudgedCapture[]): string {
  const directions = captures.flatMap(({ truth, analysis, claims }) =>
    NAMES.map((name): JudgedDirection => {
      const own = claims.filter(({ about }) => about.startsWith(`${name} `));
      return {
        capture: truth.name,
        name,
        direction: analysis.directions[name],
        truth: truth.directions[name],
        claims: own,
      };
    }),
  );
  const wrong = captures.flatMap(({ truth, claims }) =>
    claims
      .filter(({ verdict }) => verdict === 'wrong')
      .map((claim) => `- ${truth.name}, ${claim.about}: said ${claim.said}, truth ${claim.truth}`),
  );
  return `## Real senders

${captures.length} captures, two directions each: Linux' bonding driver, its team driver and Open vSwitch, real traffic, Linux 6.1. Three of them are in
[samples/](samples/README.md), the others are kept outside of the repository. A field is judged where it varied.

${table(['claims', 'right', 'wrong', 'open'], totals(captures, directions))}
${wrong.length === 0 ? 'No claim of any of these analyses was wrong.' : `Wrong claims:\n\n${wrong.join('\n')}`}

By what really chose the ports:

${table(['sender', 'directions', 'fields right', 'wrong', 'open', 'function named', 'wrong', 'not named', 'port order right', 'wrong', 'open', 'kind right'], byPolicy(directions))}
One row for each direction. *Used* and *open* list the fields that varied; every other one that varied came out as not used.

${table(['capture', 'direction', 'kind', 'ports', 'used', 'open', 'function', 'flows on several ports'], directions.map(row))}`;
}

const count = (claims: readonly Claim[], about: RegExp, verdict: Claim['verdict']) =>
  claims.filter((claim) => claim.verdict === verdict && about.test(claim.about)).length;

function totals(captures: readonly JudgedCapture[], directions: readonly JudgedDirection[]): Cell[][] {
  const all = captures.flatMap(({ claims }) => claims);
  const fields = directions.flatMap(({ claims }) => claims.filter(({ about }) => / field /.test(about)));
  const line = (name: string, claims: readonly Claim[], about: RegExp) => [
    name,
    ...(['right', 'wrong', 'undecided'] as const).map((verdict) => count(claims, about, verdict)),
  ];
  const open = directions.flatMap(({ direction }) => direction.hash?.fields ?? []).filter(isOpen).length;
  const decided = (said: string) => fields.filter((claim) => claim.said === said);
  return [
    line('kind of distribution', all, / kind$/),
    [...line('field used', decided('used'), /./).slice(0, 3), ''],
    [...line('field not used', decided('unused'), /./).slice(0, 3), ''],
    ['field that varied, undetermined or confounded', '', '', open],
    line('function', all, / function$/),
    line('order of the ports', all, / port order$/),
    line('flow that moved, alternated or was split', all, / flow /),
    line('frames and octets of a port', all, /frames|octets/),
    line('LACP faults', all, /^LACP$/),
  ];
}

function byPolicy(directions: readonly JudgedDirection[]): Cell[][] {
  const name = ({ truth }: JudgedDirection) => `${truth.implementation}, ${truth.policy ?? 'none'}`;
  const groups = [...grouped(directions, name)].sort(([a], [b]) => (a < b ? -1 : 1));
  return groups.map(([sender, members]) => {
    const claims = members.flatMap((member) => member.claims);
    const open = members.flatMap(({ direction }) => direction.hash?.fields ?? []).filter(isOpen).length;
    const three = (about: RegExp) => (['right', 'wrong', 'undecided'] as const).map((v) => count(claims, about, v));
    const [right, wrong] = three(/ field /);
    return [
      sender,
      members.length,
      right,
      wrong,
      open,
      ...three(/ function$/),
      ...three(/ port order$/),
      count(claims, / kind$/, 'right'),
    ];
  });
}

const isOpen = ({ verdict }: { verdict: string }) => verdict === 'undetermined' || verdict === 'confounded';

function row({ capture, name, direction }: JudgedDirection): Cell[] {
  const { hash, distribution, pingPong } = direction;
  const fields = (wanted: (field: { verdict: string }) => boolean) =>
    (hash?.fields ?? [])
      .filter(wanted)
      .map(({ field }) => field)
      .join(' ') || '-';
  const moved = [...grouped(pingPong, ({ kind }) => kind)].map(([kind, flows]) => `${flows.length} ${kind}`);
  return [
    capture,
    name,
    distribution.kind,
    distribution.epochs.map(({ activePorts }) => activePorts.length).join(', '),
    fields(({ verdict }) => verdict === 'used'),
    fields(isOpen),
    hash?.function?.id ?? '-',
    moved.join(', ') || '-',
  ];
}
