/** Sections 1 to 3: cables, load per link, load over time. */
import type { Analysis, DirectionName, LacpPort } from '../../document/schema.js';
import { isAnyFull } from '../charts/full-marks.js';
import { loadChart } from '../charts/load.js';
import { loadOverTimeChart } from '../charts/load-over-time.js';
import type { Names } from '../names.js';
import { details, figure, port, section, table } from '../parts.js';
import { type Html, html } from '../template.js';
import { bitRate, bytes, capital, count, number, seconds, share } from '../words.js';
import { changesInWords } from './changes.js';
import { limitsTable, phasesTable } from './phases.js';

export function cables(analysis: Analysis): Html {
  const { lacp, capture, neighbours } = analysis;
  const title = 'Cables (LACP)';
  if (!lacp.present) {
    return section({
      number: 1,
      title,
      answer: [
        'No LACPDU was seen.',
        `The capture is ${seconds(capture.duration)} long; slow senders speak every 30 s, so 65 s tell.`,
      ],
      body: [neighbourTable(analysis)],
    });
  }
  const up = lacp.ports.filter(({ state }) => state === 'aggregated').length;
  const isRead = ({ pdus }: LacpPort) => pdus.sent + pdus.received > 0;
  const switchPort = (row: LacpPort) =>
    neighbours.find((each) => each.port === row.port)?.portId ??
    (row.partner === null ? null : `port ${row.partner.port.split(',')[1]}`);
  return section({
    number: 1,
    title,
    answer: [
      lacp.ports.some(isRead)
        ? `${up} of ${lacp.ports.length} ports are bundled.`
        : 'LACPDUs were seen, and none could be read: nothing is known of the aggregate.',
      lacp.aggregates.length > 1 ? `They form ${lacp.aggregates.length} aggregates.` : '',
    ],
    body: [
      table<LacpPort>(
        'LACP per member port',
        [
          { head: 'Link', cell: (row) => port(analysis, row.port) },
          { head: 'Switch port', cell: (row) => switchPort(row) ?? 'none heard' },
          { head: 'State', cell: (row) => (lacp.ports.some(isRead) ? row.state : null) },
          { head: 'Partner', cell: (row) => row.partner?.system ?? 'none', mono: true },
          { head: 'Key (own / partner)', cell: (row) => `${row.actor?.key ?? '–'} / ${row.partner?.key ?? '–'}` },
          {
            head: 'LACPDUs out / in',
            cell: (row) => `${number(row.pdus.sent)} / ${number(row.pdus.received)}`,
            numeric: true,
          },
          { head: 'Interval', cell: (row) => (row.interval === null ? null : seconds(row.interval)), numeric: true },
        ],
        lacp.ports,
        true,
      ),
      transitions(analysis),
      neighbourTable(analysis),
    ],
    note: 'Bundled is not balanced: LACP says which links may carry frames, never which one a flow takes.',
  });
}

function transitions(analysis: Analysis): Html {
  const rows = analysis.lacp.ports.flatMap(({ port: name, transitions: steps }) =>
    steps.map((step) => ({ name, ...step })),
  );
  if (rows.length === 0) return html``;
  const origin = analysis.capture.firstTime ?? '0.0';
  return html`<h3>Changes of state</h3>${table<(typeof rows)[number]>(
    'Changes of LACP state',
    [
      { head: 'Link', cell: (row) => port(analysis, row.name) },
      { head: 'At', cell: (row) => seconds(since(row.time, origin)), numeric: true },
      { head: 'From', cell: (row) => row.from },
      { head: 'To', cell: (row) => row.to },
    ],
    rows.slice(0, 100),
  )}`;
}

export const since = (time: string, origin: string) =>
  Number(BigInt(time.replace('.', '')) - BigInt(origin.replace('.', ''))) / 1e9;

function neighbourTable(analysis: Analysis): Html {
  if (analysis.neighbours.length === 0) return html``;
  return html`<h3>Neighbours</h3>${table(
    'Neighbours by LLDP and CDP',
    [
      { head: 'Link', cell: (row: Analysis['neighbours'][number]) => port(analysis, row.port) },
      { head: 'Protocol', cell: (row) => row.protocol.toUpperCase() },
      { head: 'System', cell: (row) => row.systemName ?? row.chassis },
      { head: 'Its port', cell: (row) => row.portId },
      { head: 'Description', cell: (row) => row.systemDescription },
    ],
    analysis.neighbours,
    true,
  )}`;
}

export function load(analysis: Analysis, names: Names): Html {
  const { ingress, egress } = analysis.directions;
  const busy = (direction: typeof ingress) =>
    direction.ports.filter(({ octets }) => octets > 0.001 * direction.octets && octets > 0).length;
  const rates = [...ingress.ports, ...egress.ports].some(
    ({ linkRateBasis }) => linkRateBasis !== null && linkRateBasis !== 'assumed',
  );
  return section({
    number: 2,
    title: 'Load per link and direction',
    answer: [
      `${names.ingress.arrow}: ${busy(ingress)} of ${analysis.lag.ports.length} links carry load.`,
      `${names.egress.arrow}: ${busy(egress)} of ${analysis.lag.ports.length}.`,
    ],
    body: [
      figure(
        2,
        'Bytes per member port, as a share of the direction. The dashed line is the share each link would have if all were equal.',
        (width, name) => loadChart(analysis, names, width, name),
        details('Table: load per link', loadTable(analysis, names)),
      ),
    ],
    note: `${deciders(analysis, names)}${rates ? '' : ' The speed of the links is not known, so nothing is said of how full they are; --rate names it.'}`,
  });
}

function deciders({ lag }: Analysis, { ingress, egress }: Names): string {
  return lag.ownAddresses.length > 0
    ? 'Each link has an address of its own: who picks the address picks the link.'
    : `${capital(ingress.decider)} decides the left side, ${egress.decider} the right one: a setting at one end changes one direction.`;
}

function loadTable(analysis: Analysis, names: Names): Html {
  const rows = (['ingress', 'egress'] as const).flatMap((name) =>
    analysis.directions[name].ports.map((load_) => ({ direction: names[name].arrow, name, load: load_ })),
  );
  const fullFor = (name: DirectionName, of: string) => {
    const found = analysis.directions[name].saturation.ports.find((each) => each.port === of);
    return found === undefined ? 'speed not known' : seconds(found.fullSeconds);
  };
  return table<(typeof rows)[number]>(
    'Load per link and direction',
    [
      { head: 'Link', cell: ({ load: { port: name } }) => port(analysis, name) },
      { head: 'Direction', cell: ({ direction }) => direction },
      { head: 'Flows', cell: ({ load: { flows } }) => number(flows), numeric: true },
      { head: 'Frames', cell: ({ load: { frames } }) => number(frames), numeric: true },
      { head: 'Bytes', cell: ({ load: { octets } }) => bytes(octets), numeric: true },
      { head: 'Share', cell: ({ load: { octetShare } }) => share(octetShare), numeric: true },
      { head: 'Mean', cell: ({ load: { meanBitsPerSecond } }) => bitRate(meanBitsPerSecond), numeric: true },
      { head: 'Peak', cell: ({ load: { peakBitsPerSecond } }) => bitRate(peakBitsPerSecond), numeric: true },
      {
        head: 'Peak of the link',
        cell: ({ load: { utilisation, linkRateBasis } }) =>
          utilisation === null || linkRateBasis === 'assumed' ? 'speed not known' : share(utilisation),
        numeric: true,
      },
      { head: 'Full for', cell: ({ name, load: { port: of } }) => fullFor(name, of), numeric: true },
    ],
    rows,
  );
}

export function loadOverTime(analysis: Analysis, names: Names): Html {
  const { ingress, egress } = analysis.directions;
  const epochs = [...ingress.distribution.epochs.slice(1), ...egress.distribution.epochs.slice(1)];
  return section({
    number: 3,
    title: 'Load over time',
    answer:
      epochs.length === 0
        ? ['One mapping from beginning to end:', 'no member left or joined.']
        : [
            `${count(epochs.length, 'change')} of the mapping of flows to links.`,
            'Every part between them is judged by itself.',
          ],
    body: [
      figure(
        3,
        `In above each line (${names.ingress.arrow}), out below (${names.egress.arrow}). All strips share one scale.${epochs.length === 0 ? '' : ' Dashed: the links that could be chosen changed. Hatched: the link was not among them.'}${isAnyFull(analysis) ? ' A line of ink at the edge of a strip: the link was full.' : ''}`,
        (width, name) => loadOverTimeChart(analysis, names, width, name),
        html`${epochTable(analysis, names)}${seriesTable(analysis, names)}`,
      ),
      changesInWords(analysis, names),
      phasesTable(analysis, names),
      limitsTable(analysis, names),
    ],
  });
}

function epochTable(analysis: Analysis, names: Names): Html {
  const origin = analysis.capture.firstTime ?? '0.0';
  const rows = (['ingress', 'egress'] as const).flatMap((name) =>
    analysis.directions[name].distribution.epochs.map((epoch) => ({ direction: names[name].arrow, ...epoch })),
  );
  if (rows.length < 3) return html``;
  return details(
    'Table: parts of the capture',
    table<(typeof rows)[number]>(
      'Parts of the capture with one mapping each',
      [
        { head: 'Direction', cell: (row) => row.direction },
        { head: 'From', cell: (row) => seconds(since(row.start, origin)), numeric: true },
        { head: 'To', cell: (row) => seconds(since(row.end, origin)), numeric: true },
        { head: 'Links', cell: (row) => row.activePorts.join(', ') },
        { head: 'Why', cell: (row) => row.reason },
      ],
      rows,
    ),
  );
}

const SERIES_ROWS = 40;

/** The strips in figures. More intervals than rows are joined: the table then has the mean of each part. */
function seriesTable(analysis: Analysis, names: Names): Html {
  const series = (['ingress', 'egress'] as const).map((name) => ({ name, ...analysis.directions[name].series }));
  const { interval } = series[0]!;
  const ports = analysis.lag.ports.slice(0, 16);
  const length = Math.max(0, ...series.flatMap(({ bitsPerSecond }) => ports.map((p) => bitsPerSecond[p]?.length ?? 0)));
  if (length === 0 || ports.length === 0) return html``;
  const joined = Math.ceil(length / SERIES_ROWS);
  const origin = analysis.capture.firstTime ?? '0.0';
  const start = series.map((each) => each.start).find((time) => time !== null) ?? null;
  const offset = start === null ? 0 : since(start, origin);
  const mean = (values: readonly number[] | undefined, row: number) => {
    const part = (values ?? []).slice(row * joined, (row + 1) * joined);
    return part.reduce((sum, value) => sum + value, 0) / Math.max(1, part.length);
  };
  const rows = Array.from({ length: Math.ceil(length / joined) }, (_, row) => row);
  const step = seconds(interval * joined);
  return details(
    'Table: bit rate of each link',
    table<number>(
      `Mean bit rate in steps of ${step}`,
      [
        { head: `From, ${step} each`, cell: (row) => seconds(offset + row * joined * interval), numeric: true },
        ...series.flatMap(({ name, bitsPerSecond }) =>
          ports.map((each) => ({
            head: `${each} ${names[name].short}`,
            cell: (row: number) => bitRate(mean(bitsPerSecond[each], row)),
            numeric: true,
          })),
        ),
      ],
      rows,
    ),
  );
}
