/** The connections with the highest rates: their links in each direction, and what that means. */

import { width } from '../../report/columns.js';
import { bitRate, number } from '../../report/words.js';
import type { Endpoint, LiveConnection, LiveFlow } from '../state.js';
import { type Frame, waysOf } from './frame.js';
import { changesOf, classOf, flowsOf, rateOf, sorted } from './paths.js';
import { alarm, dim, type Line, type Span } from './pen.js';

const RATE = 11;
const CLASS = 20; // PING-PONG to and fro
const CHANGES = 8;

export const listed = ({ state, ui }: Pick<Frame, 'state' | 'ui'>): readonly LiveConnection[] =>
  sorted(state.connections, ui.direction, ui.sort);

/** A heading and the connections from the offset on. */
export function connections(frame: Frame, rows: number): Line[] {
  const all = listed(frame);
  const { ui, pen, columns } = frame;
  const page = Math.max(0, rows - 1);
  const from = Math.min(ui.offset, Math.max(0, all.length - page));
  const table = columnsOf(frame, all);
  const heading = [
    pen.cell(headingOf(table.common), table.name - 1).concat(' '),
    ...waysOf(ui.direction).map(({ short }) => pen.cell(short.toUpperCase(), table.link)),
    table.rate > 0 ? `${pen.right('RATE', table.rate)}  ` : '',
    table.changes > 0 ? `${pen.right('CHANGES', table.changes)}  ` : '',
    table.class > 0 ? 'CLASS' : '',
  ].join('');
  if (all.length === 0) return [[dim(heading)], [dim(pen.cell(none(frame), columns))]].slice(0, rows);
  return [[dim(heading)], ...all.slice(from, from + page).map((each) => row(frame, each, table))];
}

const none = ({ state, ui }: Frame) =>
  state.connections.length === 0 ? '  none in this interval' : `  none seen going ${ui.direction}`;

interface Columns {
  readonly name: number;
  readonly link: number;
  readonly rate: number;
  readonly changes: number;
  readonly class: number;
  /** The address that most of them share, which need not be said in each line. */
  readonly common: string | null;
}

function columnsOf({ columns, ui, state, pen }: Frame, all: readonly LiveConnection[]): Columns {
  const ways = waysOf(ui.direction).length;
  const longest = Math.max(0, ...state.ports.map(({ name }) => width(pen.text(name))));
  const isMoved = all.some((each) => flowsOf(each, ui.direction).some(({ ports }) => ports.length > 1));
  const named = isMoved ? 2 * longest + 2 : longest + 4;
  const link = columns < 40 ? 4 : Math.min(Math.max(longest + 4, named), columns < 60 ? 7 : columns < 100 ? 9 : 18);
  const common = commonAddress(all);
  const rate = columns >= 50 ? RATE : 0;
  const changes = columns >= 100 ? CHANGES : 0;
  const fixed = ways * link + (rate > 0 ? rate + 2 : 0) + (changes > 0 ? changes + 2 : 0);
  const texts = [headingOf(common), ...all.map((each) => nameOf(each, common))];
  const wanted = Math.max(12, ...texts.map((text) => width(pen.text(text)) + 2));
  const left = columns - fixed;
  const classes = left - CLASS >= Math.min(wanted, 22) ? Math.max(CLASS, left - wanted) : 0;
  return { link, rate, changes, class: classes, common, name: Math.max(1, left - classes) };
}

function row(frame: Frame, connection: LiveConnection, table: Columns): Line {
  const { pen, ui } = frame;
  const { text, isPingPong } = classOf(connection);
  const mark = isPingPong && table.class === 0 ? alarm('!') : { text: '' };
  return [
    mark,
    { text: `${pen.cell(nameOf(connection, table.common), table.name - mark.text.length - 1)} ` },
    ...waysOf(ui.direction).map(({ name }) => linkOf(frame, connection[name], table.link)),
    ...(table.rate > 0 ? [{ text: `${pen.right(bitRate(rateOf(connection, ui.direction)), table.rate)}  ` }] : []),
    ...(table.changes > 0
      ? [{ text: `${pen.right(number(changesOf(connection, ui.direction)), table.changes)}  ` }]
      : []),
    ...(table.class > 0 ? [isPingPong ? alarm(text) : { text }] : []),
  ];
}

function linkOf({ pen }: Frame, flow: LiveFlow | null, columns: number): Span {
  const [first, ...more] = flow?.ports ?? [];
  if (first === undefined) return { text: pen.cell('-', columns) };
  if (more.length === 0) return pen.chip(first, columns);
  const named = [first, ...more].map((port) => pen.text(port)).join('+');
  return { text: pen.cell(width(named) < columns ? named : `${more.length + 1} links`, columns) };
}

const headingOf = (common: string | null) => (common === null ? 'CONNECTIONS' : `CONNECTIONS OF ${common}`);

/** In as few characters as tell it: TCP unless it is said, and without the address that all have in common. */
function nameOf({ protocol, source, destination }: LiveConnection, common: string | null): string {
  const end = ({ ip, port }: Endpoint) => {
    if (ip === common) return port === null ? '·' : `:${port}`;
    const address = port !== null && ip.includes(':') ? `[${ip}]` : ip;
    return port === null ? address : `${address}:${port}`;
  };
  return `${protocol === 'TCP' ? '' : `${protocol} `}${end(source)} → ${end(destination)}`;
}

/** An end of most of them: the station that is captured on, as a rule. Where two are, the one that is sent to. */
function commonAddress(all: readonly LiveConnection[]): string | null {
  const times = new Map<string, number>();
  for (const { source, destination } of all) {
    for (const ip of new Set([destination.ip, source.ip])) times.set(ip, (times.get(ip) ?? 0) + 1);
  }
  const [most] = [...times].sort((a, b) => b[1] - a[1]);
  return most !== undefined && most[1] > 1 && most[1] > all.length / 2 ? most[0] : null;
}
