/** Load of each link and direction: per cent of its rate, bit/s, a bar, and how it was. */

import { width } from '../../report/columns.js';
import { bitRate } from '../../report/words.js';
import type { LiveLoad, LivePortState } from '../state.js';
import { type Frame, percent, type Way, waysOf, wayText } from './frame.js';
import { bold, dim, type Line, type Span } from './pen.js';

const FULL = 0.95;
const PERCENT = 5;
const RATE = 11;
const MOST_BAR = 24;

/** As many links as there is room for, the busiest; the last line says what the others carry. */
export function links(frame: Frame, rows: number): Line[] {
  const { state, ui, columns, pen } = frame;
  const ways = waysOf(ui.direction);
  const name = nameColumns(frame);
  const half = Math.floor((columns - name) / ways.length);
  const heading: Line = [
    dim(pen.cell('LINKS', name)),
    ...ways.map((way) => dim(pen.cell(headingOf(frame, way, half), half))),
  ];
  const all = state.ports;
  const room = rows > 2 ? rows - 1 : rows;
  const shown = all.length <= room ? all : busiest(all, Math.max(1, room - 1));

  const most = ways.map(({ name: way }) =>
    Math.max(0, ...all.flatMap((port) => [port[way].bitsPerSecond, ...port[way].history])),
  );
  const lines = shown.map(
    (port): Line => [
      pen.chip(port.name, name),
      ...ways.flatMap((way, index) => load(frame, port, way, half, most[index]!)),
    ],
  );
  const rest = all.filter((port) => !shown.includes(port));
  return [...(rows > 2 ? [heading] : []), ...lines, ...(rest.length > 0 ? [others(frame, rest)] : [])].slice(0, rows);
}

function headingOf({ state, pen }: Frame, way: Way, columns: number): string {
  const long = wayText(state, way);
  return width(pen.text(long)) < columns ? long : way.short;
}

/** Since the capture began, so that the choice does not flicker; in the order of the ports. */
function busiest(all: readonly LivePortState[], n: number): LivePortState[] {
  const octets = ({ ingress, egress }: LivePortState) => ingress.octets + egress.octets;
  const chosen = new Set([...all].sort((a, b) => octets(b) - octets(a)).slice(0, n));
  return all.filter((port) => chosen.has(port));
}

export const linkRows = ({ state }: Frame) => 1 + state.ports.length;

export function nameColumns({ state, columns, pen }: Pick<Frame, 'state' | 'columns' | 'pen'>): number {
  const longest = Math.max(5, ...state.ports.map(({ name }) => width(pen.text(name))));
  return Math.min(longest + 4, Math.max(7, Math.floor(columns / 5)));
}

function load({ state, pen }: Frame, port: LivePortState, { name }: Way, columns: number, most: number): Span[] {
  const { bitsPerSecond, history } = port[name];
  if (!port.isCaptured) return [dim(pen.cell('capture ended', columns))];
  if (state.intervalSeconds === 0) return [dim(pen.cell('-', columns))];
  const rate = port.linkBitsPerSecond;
  const room = columns - 2; // between the directions
  const shows = { rate: room >= PERCENT + 1 + RATE, drawing: room - PERCENT - RATE - 2 };
  const used = rate === null ? '' : percent(bitsPerSecond / rate);
  const figures = rate === null && !shows.rate ? pen.right(bitRate(bitsPerSecond), room) : pen.right(used, PERCENT);
  const isFull = rate !== null && bitsPerSecond >= FULL * rate;
  const spans: Span[] = [isFull ? bold(figures) : { text: figures }];
  if (shows.rate) spans.push({ text: ` ${pen.right(bitRate(bitsPerSecond), RATE)}` });
  const drawing = shows.rate ? shows.drawing : rate === null ? 0 : room - PERCENT - 1;
  if (drawing >= 3) spans.push({ text: ` ${drawn(pen, port[name], history, rate, drawing, most)}` });
  const taken = spans.reduce((sum, { text }) => sum + width(text), 0);
  return [...spans, { text: ' '.repeat(Math.max(0, columns - taken)) }];
}

/** A bar where the rate is known, and behind it the last intervals: against the rate, or against the busiest interval of all. */
function drawn(
  pen: Frame['pen'],
  { bitsPerSecond }: LiveLoad,
  history: readonly number[],
  rate: number | null,
  columns: number,
  most: number,
): string {
  if (rate === null) return pen.sparkline(history, most, Math.min(columns, 2 * MOST_BAR));
  const bar = columns < 12 ? columns : Math.min(MOST_BAR, Math.floor(columns / 2));
  const rest = Math.min(2 * MOST_BAR, columns - bar - 1);
  return pen.bar(bitsPerSecond / rate, bar) + (rest >= 3 ? ` ${pen.sparkline(history, rate, rest)}` : '');
}

function others({ ui, pen }: Frame, rest: readonly LivePortState[]): Line {
  const said = waysOf(ui.direction).map(
    ({ name, short }) => `${short} ${bitRate(rest.reduce((sum, port) => sum + port[name].bitsPerSecond, 0))}`,
  );
  return [dim(pen.text(`${rest.length} more: ${said.join(', ')}`))];
}
