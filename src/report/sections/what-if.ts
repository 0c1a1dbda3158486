/** Section 9: the captured flows under other policies, and what people weigh instead. */
import type { Analysis, DirectionName, WhatIf } from '../../document/schema.js';
import { whatIfChart } from '../charts/what-if.js';
import type { Names } from '../names.js';
import { details, figure, port, section, table } from '../parts.js';
import { type Html, html } from '../template.js';
import { figure as figureText, unevenDirection, weighedPolicies } from '../weighed.js';
import { bitRate, bytes, count, duration, number, share } from '../words.js';

const DIRECTIONS: readonly DirectionName[] = ['ingress', 'egress'];
const LISTED = 24;

export function whatIf(analysis: Analysis, names: Names): Html {
  const shown = DIRECTIONS.filter((name) => analysis.whatIf[name].length > 0);
  return section({
    number: 9,
    title: 'What if',
    answer: answer(analysis, names),
    body: shown
      .flatMap((name, i) => {
        const rows = weighedPolicies(analysis, name);
        const links = analysis.directions[name].ports.filter(({ port }) => analysis.lag.ports.includes(port)).length;
        const draw = (width: number, className: string) =>
          whatIfChart(names[name].arrow, rows, links, width, className);
        return [
          figure(
            90 + i,
            'Filled: as it is. Open: the same flows elsewhere; the bar holds nine of ten tables that could be it.',
            draw,
          ),
          details(
            `Table: ${names[name].arrow} under ${count(analysis.whatIf[name].length, 'policy', 'policies')}`,
            rowsTable(analysis, name, names),
          ),
        ];
      })
      .concat(planPart(analysis, names), jobPart(analysis)),
    note: 'Effective links: so many equally loaded links would carry as diverse a load. A known formula is exact, up to the order of the links. Where a formula or its seed is not public, the mean of 200 random tables stands for it. A link is busy from 1 % of its fair share on.',
  });
}

function answer(analysis: Analysis, names: Names): [string, string] {
  const name = unevenDirection(analysis);
  const rows = weighedPolicies(analysis, name);
  const now = rows.find(({ row }) => row.kind === 'captured')?.row;
  const lacking = DIRECTIONS.filter((each) => analysis.interrupted.includes(`whatIf.${each}`));
  if (lacking.length > 0 && now === undefined) return ['Not worked out:', 'the analysis was interrupted before it.'];
  if (now === undefined) return ['Nothing to lay over other policies:', 'it takes flows and two links.'];
  const ports = rows.find(({ row }) => row.policy === 'l3+l4' || row.knownAs.includes('l3+l4'))?.row;
  const said = `${names[name].arrow}: ${now.effectiveLinks.toFixed(1)} effective links as captured.`;
  return [
    said,
    ports === undefined
      ? ''
      : `A hash of addresses and ports would give these flows ${figureText(ports.effectiveLinks, ports.range?.effectiveLinks, 1)}.${lacking.map((each) => ` ${names[each].arrow} was not reached before the interruption.`).join('')}`,
  ];
}

/** Those that are weighed, and the known formulas that fit what was seen best. */
function rowsTable(analysis: Analysis, name: DirectionName, names: Names): Html {
  const weighed = weighedPolicies(analysis, name).map(({ row }) => row);
  const others = analysis.whatIf[name]
    .filter((row) => !weighed.includes(row))
    .sort((a, b) => fitted(b) - fitted(a) || a.maxOverMean - b.maxOverMean);
  const rows = [...weighed, ...others].slice(0, LISTED);
  return html`${table<WhatIf>(
    `The flows of ${names[name].arrow} under other policies`,
    [
      {
        head: 'Policy',
        cell: ({ policy, knownAs }) =>
          `${policy}${knownAs.length === 0 ? '' : ` and ${count(knownAs.length, 'other')}`}`,
      },
      { head: 'Links busy', cell: (row) => figureText(row.busyLinks, row.range?.busyLinks, 0), numeric: true },
      {
        head: 'Effective links',
        cell: (row) => figureText(row.effectiveLinks, row.range?.effectiveLinks, 1),
        numeric: true,
      },
      {
        head: 'Busiest, times its share',
        cell: (row) => figureText(row.maxOverMean, row.range?.maxOverMean, 1),
        numeric: true,
      },
      {
        head: 'If all senders are greedy',
        cell: ({ bitsPerSecond }) => (bitsPerSecond === null ? 'link speed not known' : bitRate(bitsPerSecond)),
        numeric: true,
      },
      { head: 'How certain', cell: ({ fits }) => fits },
    ],
    rows,
    true,
  )}${analysis.whatIf[name].length > rows.length ? html`<p class="after">${number(analysis.whatIf[name].length - rows.length)} more are in the document.</p>` : ''}`;
}

const fitted = ({ flowsFitted }: WhatIf) => (flowsFitted === null ? 0 : flowsFitted.flows / flowsFitted.of);

/** Which addresses or ports would spread; or why no plan is made. */
function planPart(analysis: Analysis, names: Names): Html[] {
  const { plan, planRefused } = analysis;
  if (plan === null) {
    return planRefused === null
      ? []
      : [html`<h3 id="plan">No plan of addresses</h3><p class="after">${planRefused}.</p>`];
  }
  const { kind, server, rule, direction, assignments, maxOverMean, before } = plan;
  const ofAddresses = kind === 'addresses';
  const title = ofAddresses
    ? 'Client addresses that spread'
    : `Client ports that spread, one connection each with ${server}`;
  return [
    html`<h3 id="plan">${title}</h3>
<p class="after">${names[direction].arrow}, by ${rule}. Busiest link: ${maxOverMean.toFixed(2)} times its fair share, ${before.toFixed(2)} ${ofAddresses ? 'with the addresses of now' : 'with ports left to chance, on average'}. Holds while links and rule stay as they were.</p>`,
    table<(typeof assignments)[number]>(
      title,
      [
        { head: 'Client', cell: ({ peer }) => peer, mono: true },
        { head: 'Change', cell: ({ change }) => change },
        { head: 'Link', cell: ({ port: name }) => (name === null ? 'several' : port(analysis, name)) },
      ],
      assignments,
    ),
  ];
}

function jobPart({ job }: Analysis): Html[] {
  if (job === null) return [];
  const { octets, clients, links, linkBitsPerSecond, linkRateBasis, payloadShare, rows } = job;
  const rate = `${bitRate(linkBitsPerSecond)} a link${linkRateBasis === 'assumed' ? ', assumed' : ''}`;
  return [
    html`<h3 id="job">How long the job takes</h3>
<p class="after">${bytes(octets)} in equal parts with ${count(clients, 'client')} over ${count(links, 'link')}; ${rate}, ${share(payloadShare)} of it payload. The fullest link decides.</p>`,
    table<(typeof rows)[number]>(
      'How long the job takes',
      [
        {
          head: 'With',
          cell: ({ policy, knownAs }) =>
            knownAs.length === 0 ? policy : `${policy} and ${count(knownAs.length, 'other')}`,
        },
        { head: 'Time', cell: ({ seconds }) => duration(seconds), numeric: true },
        {
          head: '5 to 95 %',
          cell: ({ range }) =>
            range === null ? html`<span class="z">exact</span>` : `${duration(range[0])} to ${duration(range[1])}`,
          numeric: true,
        },
        { head: 'What that is', cell: ({ description }) => description },
      ],
      rows,
      true,
    ),
  ];
}
