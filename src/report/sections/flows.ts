/** Sections 4, 7, 12: who goes where, flows on several links, all flows. */
import type { Analysis, DirectionName, Flow, PingPong } from '../../document/schema.js';
import { matrixChart } from '../charts/matrix.js';
import { runStripChart, steadyChart } from '../charts/run-strip.js';
import { nameOf } from '../charts/staff.js';
import { bothWidths } from '../charts/svg.js';
import { type Names, portsOf } from '../names.js';
import { details, figure, port, section, table } from '../parts.js';
import { opens } from '../shell.js';
import { type Html, html, raw } from '../template.js';
import { bytes, count, number, protocolName, share } from '../words.js';

const DIRECTIONS: readonly DirectionName[] = ['ingress', 'egress'];

export function whoGoesWhere(analysis: Analysis, names: Names): Html {
  const { ingress, egress } = analysis.directions;
  const clients = (direction: typeof ingress) => direction.peers.filter(({ flows }) => flows > 0);
  const onOne = clients(ingress).filter(({ ports }) => ports.filter(({ flows }) => flows > 0).length === 1).length;
  const rows = DIRECTIONS.flatMap((name) =>
    clients(analysis.directions[name]).flatMap((peer) =>
      peer.ports.map((on) => ({
        direction: names[name].arrow,
        peer: peer.ip ?? peer.mac ?? 'others',
        mac: peer.mac,
        on,
      })),
    ),
  );
  if (rows.length === 0) {
    return section({
      number: 4,
      title: 'Who goes where',
      answer: ['No unicast flow was captured.', 'Capture while clients send.'],
      body: [],
    });
  }
  return section({
    number: 4,
    title: 'Who goes where',
    answer: [
      `${onOne} of ${count(clients(ingress).length, 'client')} arrive on one link alone;`,
      `${clients(egress).filter(({ ports }) => ports.filter(({ flows }) => flows > 0).length > 1).length} of ${clients(egress).length} are answered on several.`,
    ],
    body: [
      figure(
        4,
        'One row is one client, one column one link; all squares share one scale. Below: the bytes of all clients on that link.',
        (width, name) => matrixChart(analysis, names, width, name),
        details(
          'Table: clients and links',
          table<(typeof rows)[number]>(
            'Clients and links',
            [
              { head: 'Client', cell: (row) => row.peer, mono: true },
              { head: 'MAC', cell: (row) => row.mac, mono: true },
              { head: 'Direction', cell: (row) => row.direction },
              { head: 'Link', cell: (row) => port(analysis, row.on.port) },
              { head: 'Flows', cell: (row) => number(row.on.flows), numeric: true },
              { head: 'Bytes', cell: (row) => bytes(row.on.octets), numeric: true },
            ],
            rows.slice(0, 400),
          ),
        ),
      ),
    ],
    note: 'The low bits of each address are shown because close addresses collide in a hash that XORs only a few of them.',
  });
}

const CLASS_WORDS: Readonly<Record<PingPong['class'], string>> = {
  P3: 'fragments on another link',
  P4: 'moved once',
  P5: 'moves after pauses',
  P6: 'alternates frame by frame',
  P7: 'follows a header field',
  P8: 'alternates, cause not visible',
};

export function severalLinks(analysis: Analysis, names: Names): Html {
  const { directionSplit: split, severalConnections, capture } = analysis;
  const all = DIRECTIONS.flatMap((name) => analysis.directions[name].pingPong.map((entry) => ({ name, entry })));
  const alternating = all.filter(({ entry }) => /^P[5-8]$/.test(entry.class));
  const strips = all.filter(({ entry }) => entry.runs.length > 1).slice(0, 3);
  const classes = [
    {
      name: 'P0 same frame twice',
      flows: number(capture.duplicates + capture.echoes),
      meaning: 'frames seen on two inputs, counted apart',
    },
    {
      name: 'P1 split by direction',
      flows: `${number(split.biflows)} of ${number(split.of)}`,
      meaning:
        split.expectedShare === null
          ? 'each end picks its own link'
          : `normal; ${share(split.expectedShare)} expected if both ends choose for themselves`,
    },
    {
      name: 'P2 several connections',
      flows: `${number(severalConnections.hostPairs)} host pairs`,
      meaning: 'each connection is a flow of its own',
    },
    ...(Object.keys(CLASS_WORDS) as PingPong['class'][]).map((name) => ({
      name: `${name} ${CLASS_WORDS[name]}`,
      flows: number(all.filter(({ entry }) => entry.class === name).length),
      meaning: name === 'P3' || name === 'P4' ? 'not ping-pong' : 'ping-pong',
    })),
  ];
  return section({
    number: 7,
    title: 'Connections over more than one link',
    answer:
      all.length === 0
        ? ['None.', 'Every flow kept its link from first to last frame.']
        : alternating.length === 0
          ? [`None goes back and forth;`, `${count(all.length, 'flow')} used more than one link once.`]
          : [
              `${count(alternating.length, 'flow')} ping-pong.`,
              `They change their link again and again in one direction.`,
            ],
    body: [
      ...strips.map(({ entry }) => stripFigure((width, name) => runStripChart(analysis, entry, width, name))),
      ...(strips.length > 0 ? [] : steadyFlows(analysis)),
      table<(typeof classes)[number]>(
        'What it could have been',
        [
          { head: 'Class', cell: (row) => row.name },
          { head: 'Seen', cell: (row) => row.flows, numeric: true },
          { head: 'Meaning here', cell: (row) => row.meaning },
        ],
        classes,
        true,
      ),
      all.length === 0
        ? html``
        : details('Table: flows on several links', moverTable(analysis, names, all.slice(0, 200))),
    ],
    note: 'The word ping-pong is used for P5 to P8 only: one direction of one flow, in one epoch, back and forth between links. Late: a segment that came after later ones (RFC 4737); by three or more, TCP takes it for lost. Asked again: runs of three equal acknowledgements. Sent again in vain: segments whose data had arrived here.',
  });
}

const stripFigure = (draw: (width: number, className: string) => string) =>
  html`<figure class="chart">${raw(bothWidths(760, draw))}</figure>`;

/** The largest flow of each direction, where the document vouches that its flows keep their links. */
function steadyFlows(analysis: Analysis): Html[] {
  const figures = DIRECTIONS.flatMap((name) => {
    const { distribution, topFlows, pingPong } = analysis.directions[name];
    const [largest] = topFlows;
    const keep = distribution.kind === 'per-flow-hash' || distribution.kind === 'single-port';
    if (largest === undefined || !keep || pingPong.length > 0 || (largest.onPorts ?? 1) > 1) return [];
    return [stripFigure((width, className) => steadyChart(analysis, largest, width, className))];
  });
  if (figures.length === 0) return [];
  return [
    ...figures,
    html`<p class="after">The largest flow of each direction, frame by frame: an unbroken bar is what “no ping-pong” looks like.</p>`,
  ];
}

function moverTable(
  analysis: Analysis,
  names: Names,
  rows: readonly { readonly name: DirectionName; readonly entry: PingPong }[],
): Html {
  return table<(typeof rows)[number]>(
    'Flows on several links',
    [
      { head: 'Flow', cell: ({ entry }) => nameOf(entry), mono: true },
      { head: 'Direction', cell: ({ name }) => names[name].arrow },
      {
        head: 'Class',
        cell: ({ entry }) => `${entry.class} ${entry.kind}${entry.dependsOn === null ? '' : `: ${entry.dependsOn}`}`,
      },
      {
        head: 'Links',
        cell: ({ entry }) =>
          html`${entry.ports.map(({ port: name, frames }) => html`${port(analysis, name)} ${number(frames)} `)}`,
      },
      {
        head: 'Changes',
        cell: ({ entry }) => `${number(entry.switches)} in ${number(entry.frames)} frames`,
        numeric: true,
      },
      {
        head: 'Late',
        cell: ({ entry }) => (entry.reordered === null ? 'can’t tell' : number(entry.reordered)),
        numeric: true,
      },
      {
        head: 'Late by 3 or more',
        cell: ({ entry }) => (entry.cost.nReordered3 === null ? 'can’t tell' : number(entry.cost.nReordered3)),
        numeric: true,
      },
      {
        head: 'Asked again',
        cell: ({ entry }) => (entry.cost.dupAckRuns === null ? '–' : number(entry.cost.dupAckRuns)),
        numeric: true,
      },
      {
        head: 'Sent again in vain',
        cell: ({ entry }) =>
          entry.cost.spuriousFastRetransmissions === null ? '–' : number(entry.cost.spuriousFastRetransmissions),
        numeric: true,
      },
      {
        head: 'Open',
        cell: ({ entry }) =>
          entry.evidence[0] === undefined ? '–' : html`<code class="inl">${opens(entry.evidence[0])}</code>`,
      },
    ],
    rows,
  );
}

const LISTED = 1000;

export function allFlows(analysis: Analysis, names: Names): Html {
  const rows = DIRECTIONS.flatMap((name) => analysis.directions[name].topFlows.map((row) => ({ name, row })))
    .sort((a, b) => b.row.octets - a.row.octets)
    .slice(0, LISTED);
  const total = analysis.directions.ingress.flows + analysis.directions.egress.flows;
  return section({
    number: 12,
    title: 'All flows',
    answer: [
      `${count(total, 'flow')} in both directions,`,
      rows.length < total ? `the ${number(rows.length)} largest are listed.` : 'largest first.',
    ],
    body: [
      details(
        'Table: flows by octets',
        table<(typeof rows)[number]>(
          'Flows by octets',
          [
            { head: 'Flow', cell: ({ row }) => flowName(row.flow), mono: true },
            { head: 'Direction', cell: ({ name }) => names[name].short },
            { head: 'Link', cell: ({ row }) => port(analysis, row.port) },
            { head: 'Protocol', cell: ({ row }) => protocolName(row.flow.ipProto) },
            { head: 'Frames', cell: ({ row }) => number(row.frames), numeric: true },
            { head: 'Octets', cell: ({ row }) => bytes(row.octets), numeric: true },
            { head: 'Share', cell: ({ row }) => share(row.share), numeric: true },
          ],
          rows,
        ),
      ),
    ],
  });
}

function flowName(flow: Flow): string {
  return flow.ipSrc === null ? `${flow.ethSrc} → ${flow.ethDst}` : nameOf({ flow });
}

export { portsOf };
