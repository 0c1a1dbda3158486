/** In section 3: phases of large flows, and what holds these flows back. */
import type { Analysis, Direction, DirectionName } from '../../document/schema.js';
import { nameOf } from '../charts/staff.js';
import type { Names } from '../names.js';
import { port, table } from '../parts.js';
import { evenness, type Phase, spanOf } from '../phases.js';
import { type Html, html } from '../template.js';
import { bitRate, count, number, seconds, share } from '../words.js';

const DIRECTIONS: readonly DirectionName[] = ['ingress', 'egress'];
const SHOWN = 40;

export function phasesTable(analysis: Analysis, names: Names): Html {
  return html`${DIRECTIONS.map((name) => phasesOf(analysis, names, name))}`;
}

function phasesOf(analysis: Analysis, names: Names, name: DirectionName): Html {
  const { phases, flows } = analysis.directions[name];
  if (flows === 0) return html``;
  const title = `Phases: ${names[name].arrow}`;
  if (phases.list.length === 0) return html`<p><b>${title}.</b> None. ${phases.reason}</p>`;
  const shown = phases.list.slice(0, SHOWN);
  return html`<h3>${title}</h3><p>${intro(phases.list.length)}</p>${table<Phase>(
    title,
    [
      { head: 'When', cell: (row) => when(row, analysis) },
      {
        head: 'Who sends',
        cell: (row) => `${count(row.clients, 'client')}, ${count(row.flows.length, 'large flow')}`,
      },
      { head: 'All links', cell: (row) => bitRate(row.bitsPerSecond), numeric: true },
      { head: 'On each link', cell: (row) => html`${row.ports.map((link) => onLink(analysis, phases, row, link))}` },
    ],
    shown,
    true,
  )}${phases.list.length > SHOWN ? html`<p>${count(phases.list.length - SHOWN, 'more phase')} in the document.</p>` : ''}`;
}

function when(phase: Phase, analysis: Analysis): string {
  const { from, to } = spanOf(phase, analysis);
  return `${from.toFixed(1)} to ${to.toFixed(1)}\u00a0s`;
}

const intro = (phases: number) =>
  `${phases === 1 ? 'One time' : `${number(phases)} times`} in which the same large flows sent throughout: flows of a second and more that take 5 % of a link and do not pause.`;

function onLink(
  analysis: Analysis,
  { flows: all }: Direction['phases'],
  phase: Phase,
  link: Phase['ports'][number],
): Html {
  const rates = phase.flows
    .filter(({ index }) => all[index]?.port === link.port)
    .map(({ bitsPerSecond }) => (bitsPerSecond === null ? '?' : bitRate(bitsPerSecond)));
  const split =
    link.flows === 1 ? '' : `, ${evenness(link)}: ${rates.slice(0, 8).join(' + ')}${rates.length > 8 ? ' …' : ''}`;
  const used = link.utilisation === null ? '' : ` (${share(link.utilisation)} of the link)`;
  return html`<div>${port(analysis, link.port)} ${bitRate(link.bitsPerSecond)}${used}, ${count(link.flows, 'flow')}${split}</div>`;
}

const VERDICTS = {
  'link-limited': 'by its link',
  'not-link-limited': 'not by its link',
  'receiver-limited': 'by its receiver',
  'sender-limited': 'by its sender',
  'cant-tell': 'can’t tell',
} as const;

type Limit = Direction['limits'][number];

export function limitsTable(analysis: Analysis, names: Names): Html {
  const rows = DIRECTIONS.flatMap((name) => analysis.directions[name].limits.map((limit) => ({ name, ...limit })));
  if (rows.every(({ busiestInterval, verdict }) => busiestInterval === null && verdict === 'cant-tell')) return html``;
  const title = 'What holds a large flow back?';
  return html`<h3>${title}</h3>${table<Limit & { readonly name: DirectionName }>(
    title,
    [
      { head: 'Flow', cell: nameOf, mono: true },
      { head: 'Held back', cell: ({ verdict }) => VERDICTS[verdict] },
      { head: 'Link', cell: (row) => html`${port(analysis, row.port)} ${names[row.name].short}` },
      { head: 'Rate', cell: (row) => `${bitRate(row.bitsPerSecond)}, ${seconds(row.seconds)}`, numeric: true },
      {
        head: 'Link at most',
        cell: ({ busiestInterval }) => (busiestInterval === null ? null : share(Math.min(1, busiestInterval))),
        numeric: true,
      },
      { head: 'Window', cell: windowOf, numeric: true },
      { head: 'Paused', cell: ({ pauseShare }) => (pauseShare === 0 ? 0 : `≥ ${share(pauseShare)}`), numeric: true },
    ],
    rows,
    true,
  )}`;
}

/** Of the receiver: full is what leaves no room for a segment, closed what leaves none at all. */
function windowOf({ window, closedWindow }: Limit): string | null {
  const closed = (closedWindow?.times ?? 0) > 0 ? `closed ≥ ${share(closedWindow!.share)}` : null;
  return closed ?? (window === null ? null : `full ${share(window.fullShare)}`);
}
