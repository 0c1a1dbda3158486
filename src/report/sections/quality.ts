/** Sections 10, 11, 13: losses per link, the capture itself, method and words. */
import type { Analysis, DirectionName, DirectionPort, Input } from '../../document/schema.js';
import { coverageChart } from '../charts/coverage.js';
import type { Names } from '../names.js';
import { details, figure, port, section, table } from '../parts.js';
import { type Html, html } from '../template.js';
import { bytes, count, number, share } from '../words.js';

export function losses(analysis: Analysis, names: Names): Html {
  const rows = (['ingress', 'egress'] as const satisfies readonly DirectionName[]).flatMap((name) =>
    analysis.directions[name].ports.flatMap(({ port: of, tcp }) => (tcp === null ? [] : [{ name, of, tcp }])),
  );
  type Row = (typeof rows)[number];
  const sum = (of: (tcp: Row['tcp']) => number) => rows.reduce((all, { tcp }) => all + of(tcp), 0);
  const lossy = analysis.findings.filter(({ id }) => id === 'load-lossy-link').flatMap(({ ports }) => ports);
  return section({
    number: 10,
    title: 'Losses per link',
    answer:
      rows.length === 0
        ? ['No TCP segment with data was seen:', 'nothing can be said of losses.']
        : [
            `${count(
              sum((tcp) => tcp.retransmissions),
              'segment',
            )} of ${number(sum((tcp) => tcp.segments))} came again or late.`,
            lossy.length > 0
              ? `Worse than the others: ${lossy.join(', ')}.`
              : 'No link is worse than the others by more than luck.',
          ],
    body:
      rows.length === 0
        ? []
        : [
            table<Row>(
              'Losses of TCP per link and direction',
              [
                { head: 'Link', cell: (row) => port(analysis, row.of) },
                { head: 'Direction', cell: (row) => names[row.name].arrow },
                { head: 'Segments with data', cell: (row) => number(row.tcp.segments), numeric: true },
                { head: 'Overtaken', cell: (row) => known(row.tcp.overtaken), numeric: true },
                { head: 'Lost before', cell: (row) => known(row.tcp.repaired), numeric: true },
                { head: 'Sent again', cell: (row) => known(row.tcp.repeated), numeric: true },
                { head: 'Missed by the capture', cell: (row) => known(row.tcp.missed), numeric: true },
                { head: 'Loss', cell: (row) => lossOf(row.tcp), numeric: true },
              ],
              rows,
            ),
          ],
    note: 'A segment below the number that its port had shown was overtaken if it filled a gap within 3 ms, lost before the capture if it filled one later, and else sent again. Loss is what was lost before towards the server, and what was sent again from it, with the interval of 95 %. Flows on several links are left out.',
  });
}

const known = (n: number | null) => (n === null ? null : number(n));

function lossOf({ lossShare, lossInterval: [low, high] }: NonNullable<DirectionPort['tcp']>): string | null {
  if (lossShare === null || low === null || high === null) return null;
  return `${share(lossShare)} (${share(low)} to ${share(high)})`;
}

export function captureQuality(analysis: Analysis): Html {
  const { quality, inputs, capture } = analysis;
  const verdicts = { good: 'Yes.', limited: 'In part.', unusable: 'No.' } as const;
  const checks: readonly (readonly [string, string])[] = [
    [
      'Frames dropped',
      quality.droppedFrames === null
        ? 'not recorded (.pcap has no drop counters; pcapng has)'
        : number(quality.droppedFrames),
    ],
    [
      'Clock difference of the inputs',
      quality.skew.bound === null
        ? 'not known'
        : `at most ${number(quality.skew.bound * 1e6)} µs, ${quality.skew.basis}`,
    ],
    ['Gaps in TCP data that arrived', quality.ackedGaps === null ? 'no TCP data' : number(quality.ackedGaps)],
    ['Headers cut by the snap length', count(quality.truncatedFrames, 'frame')],
    [
      'Frames longer than a link carries (offload)',
      `${number(quality.superFrames)}${quality.superFrameSegments === null ? '' : `, on the wire about ${number(quality.superFrameSegments)}`}`,
    ],
    [
      'Unicast for stations that never send here',
      quality.flooded === null
        ? 'not known'
        : `${count(quality.flooded.frames, 'frame')}${quality.flooded.stations === 0 ? '' : ` for ${count(quality.flooded.stations, 'station')}`}`,
    ],
    [
      'Same frame on two inputs',
      `${number(capture.duplicates)}, and ${number(capture.echoes)} own broadcasts that came back`,
    ],
    ['Could not be read', count(capture.undecodable, 'frame')],
    ['Time that all ports were captured', quality.overlap === null ? 'not known' : share(quality.overlap)],
  ];
  return section({
    number: 11,
    title: 'Is the capture good',
    answer: [verdicts[quality.verdict], quality.limits.join(' ')],
    body: [
      figure(11, 'First to last frame of each input.', (width, name) => coverageChart(analysis, width, name)),
      table<(typeof checks)[number]>(
        'Capture quality',
        [
          { head: 'Check', cell: ([name]) => name },
          { head: 'Result', cell: ([, result]) => result },
        ],
        checks,
        true,
      ),
      html`<h3>Inputs</h3>`,
      table<Input>(
        'Inputs',
        [
          { head: 'Link', cell: (row) => port(analysis, row.port) },
          { head: 'Source', cell: (row) => row.source, mono: true },
          { head: 'Format', cell: (row) => `${row.format}, ${row.linkType ?? 'link type not known'}` },
          { head: 'Frames', cell: (row) => number(row.frames), numeric: true },
          { head: 'Octets', cell: (row) => bytes(row.octets), numeric: true },
          {
            head: 'Snap length',
            cell: (row) => (row.snapLength === null ? null : row.snapLength === 0 ? 'none' : number(row.snapLength)),
            numeric: true,
          },
          {
            head: 'Whole',
            cell: (row) =>
              row.complete
                ? 'yes'
                : `no: ${row.damage?.reason ?? 'cut'}${row.damage === null ? '' : `, byte ${number(row.damage.offset)}`}`,
          },
        ],
        inputs,
        true,
      ),
    ],
  });
}

const GLOSSARY: readonly (readonly [string, string])[] = [
  ['LAG, link aggregation group', 'Several links between two systems that act as one.'],
  ['Member port, link', 'One port of the LAG, and its cable.'],
  [
    'Flow',
    'One direction of one connection: MACs, VLAN, addresses, protocol and ports. A sender keeps a flow on one link, so that its frames stay in order.',
  ],
  [
    'Hash, policy',
    'How a sender chooses the link of a flow from header fields. Each end has its own, and it governs only what that end sends.',
  ],
  ['Bucket', 'The result of the hash before it is mapped to a link.'],
  ['LACPDU', 'The message by which two ends agree which ports are bundled. It says nothing of the hash.'],
  [
    'Ping-pong',
    'One flow, one direction, back and forth between links. Data and answers on different links are not ping-pong.',
  ],
  ['Luck', 'The chance that a fair hash would give a spread at least this uneven.'],
];

export function method(analysis: Analysis): Html {
  return section({
    number: 13,
    title: 'Method and limits',
    answer: ['Every figure comes from the frames of these captures.', 'The same input always gives this same report.'],
    body: [
      html`<p>A capture on the server can’t show what a switch may add to its hash: the ingress port, a seed, the order of its links, or the frame before it was rewritten. Frames of different ports are ordered by their time stamps, which may differ by the bound given above; order within one port is exact. After a restart of either end the same flow may take another link.</p>`,
      html`<h3>Words</h3><dl class="gloss">${GLOSSARY.map(([word, meaning]) => html`<dt>${word}</dt><dd>${meaning}</dd>`)}</dl>`,
      details('Version', html`<p class="after">${analysis.tool.name} ${analysis.tool.version}, ${analysis.schema}</p>`),
    ],
  });
}
