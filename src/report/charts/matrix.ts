/** Who goes where? Clients by links, in and out; the area of a square is its bytes on one scale, the number its flows. */
import type { Analysis, DirectionName } from '../../document/schema.js';
import { type Names, portsOf } from '../names.js';
import { bytes, count, lastBits, number, utc } from '../words.js';
import { type Cell, type ClientRow, clientRows, constantLowBits, flowsOf } from './clients.js';
import { COLOURS, fillClass, shape, short, textWidth } from './marks.js';
import { drawSvg, type Pen } from './svg.js';

const ROWS = 31; // the last one is for all others
const DIRECTIONS = ['ingress', 'egress'] as const;
const HEAD = 54; // of the drawing: claim and legend
const PANEL_HEAD = 46; // of a panel: direction, marks and names of its columns
const COUNTED = 30; // pixels of a cell that has room for its number

interface Grid {
  readonly x: number;
  readonly y: number; // of the first row
  readonly cell: number;
}

export function matrixChart(analysis: Analysis, names: Names, width: number, className: string): string {
  const ports = portsOf(analysis);
  const rows = clientRows(analysis, ports, ROWS);
  const narrow = width < 500;
  const label = narrow ? 92 : 158;
  const gap = 52;
  const room = narrow ? (width - label) / ports.length : (width - label - gap) / (2 * ports.length);
  const cell = Math.min(ports.length > 8 ? 34 : narrow ? 56 : 68, room);
  const panel = PANEL_HEAD + rows.length * cell + 26;
  const height = HEAD + (narrow ? 2 * panel + 12 : panel) + 20;
  const most = Math.max(1, ...rows.flatMap(({ cells }) => DIRECTIONS.flatMap((n) => cells[n].map((c) => c.octets))));
  const claim = claimOf(analysis, rows);
  const figures = rows
    .map(({ name, cells }) => `${name}: ${DIRECTIONS.map((n) => `${names[n].short} ${counts(cells[n])}`).join(', ')}`)
    .join('; ');
  return drawSvg({ width, height }, className, claim, figures, (pen) => {
    pen.text(0, 15, short(claim, narrow ? 40 : 90), { class: 'h' });
    const legend = narrow ? 'square area = bytes, number = connections' : LEGEND;
    pen.text(0, 34, legend, { class: 'q xs' });
    DIRECTIONS.forEach((name, i) => {
      const x = narrow || i === 0 ? label : label + ports.length * cell + gap;
      const y = HEAD + (narrow && i === 1 ? panel + 12 : 0) + PANEL_HEAD;
      const grid = { x, y, cell };
      columns(pen, names[name].arrow, ports, grid);
      if (narrow || i === 0) rowLabels(pen, rows, grid, narrow);
      lines(pen, rows.length, ports.length, grid);
      rows.forEach((row, r) => {
        row.cells[name].forEach((each, p) => {
          square(pen, x + (p + 0.5) * cell, y + (r + 0.5) * cell, cell, each, most, p);
        });
      });
      sums(pen, rows, name, grid, narrow || i === 0);
    });
    pen.text(0, height - 4, sourceLine(analysis, narrow), { class: 'q xs' });
  });
}

const LEGEND = 'Bytes of each client on each link; the area of a square is the bytes, the number its connections';
const counts = (cells: readonly Cell[]) => cells.map(({ flows }) => flows).join(' ');

/** What the picture shows, for it is passed on without the page around it. */
function claimOf({ directions }: Analysis, rows: readonly ClientRow[]): string {
  const links = (name: DirectionName) => directions[name].ports.filter(({ flows }) => flows > 0).length;
  const clients = /others$/.test(rows.at(-1)?.name ?? '') ? 'All clients' : count(rows.length, 'client');
  return `${clients}: ${count(links('ingress'), 'link')} in, ${count(links('egress'), 'link')} out`;
}

function columns(pen: Pen, title: string, ports: readonly string[], { x, y, cell }: Grid): void {
  pen.text(x, y - 30, title, { class: 'b' });
  const wide = Math.max(...ports.map((port) => textWidth(port, 12, true))) + 18 < cell;
  ports.forEach((port, p) => {
    const middle = x + (p + 0.5) * cell;
    const name = textWidth(port, 12, true);
    // Names only where they fit: every row of the page's key has shape and name.
    shape(pen, p, wide ? middle - name / 2 - 4 : middle, y - 12);
    if (wide) pen.text(middle + 5, y - 7.5, port, { class: 'mb', 'text-anchor': 'middle' });
  });
}

/** Bits that all clients share are underlined: a hash of these bits alone can't tell the clients apart. */
function rowLabels(pen: Pen, rows: readonly ClientRow[], { y, cell }: Grid, narrow: boolean): void {
  const bits = rows.map(({ ip }) => lastBits(ip, 8));
  const same = constantLowBits(bits);
  rows.forEach(({ name }, r) => {
    const middle = y + (r + 0.5) * cell;
    const two = cell >= 34 && bits[r] !== '';
    pen.text(0, middle + (two ? -2 : 4), short(name, narrow ? 12 : 20), { class: narrow ? 'mb xs' : 'mb' });
    if (!two) return;
    const line = pen.add('text', { x: 0, y: middle + 14, class: 'm q xs' });
    line.add('tspan', {}, `${narrow ? '' : 'low bits '}${bits[r]!.slice(0, bits[r]!.length - same)}`);
    if (same > 0) line.add('tspan', { class: 'same' }, bits[r]!.slice(-same));
  });
}

function lines(pen: Pen, rows: number, columnsDrawn: number, { x, y, cell }: Grid): void {
  for (let r = 0; r <= rows; r++) pen.line(x, y + r * cell, x + columnsDrawn * cell, y + r * cell, 'gr');
  for (let p = 0; p <= columnsDrawn; p++) pen.line(x + p * cell, y, x + p * cell, y + rows * cell, 'gr');
}

function square(
  pen: Pen,
  x: number,
  y: number,
  cell: number,
  { octets, flows }: Cell,
  most: number,
  port: number,
): void {
  if (octets === 0 && flows === 0) {
    pen.add('circle', { cx: x, cy: y, r: 1, class: 'mid' });
    return;
  }
  const side = Math.max(3, Math.sqrt(octets / most) * (cell - 8));
  const text = number(flows);
  const counted = flows > 0 && cell >= COUNTED;
  const inside = side > textWidth(text, 12.5) + 8 && side > 18;
  // With its number beside it, the pair of them stands in the middle of the cell.
  const left = inside || !counted ? x - side / 2 : x - side / 2 - Math.min(8, (cell - side) / 4);
  pen.rect(left, y - side / 2, side, side, fillClass(port));
  if (!counted) return;
  pen.text(inside ? x : left + side + 3, y + 4.5, text, {
    class: inside ? (port < COLOURS ? `on${port}` : 'b halo') : 'k',
    'text-anchor': inside ? 'middle' : 'start',
  });
}

function sums(
  pen: Pen,
  rows: readonly ClientRow[],
  name: DirectionName,
  { x, y, cell }: Grid,
  labelled: boolean,
): void {
  const bottom = y + rows.length * cell + 17;
  if (labelled) pen.text(0, bottom, 'all clients', { class: 'q xs' });
  const columnCount = rows[0]?.cells[name].length ?? 0;
  for (let p = 0; p < columnCount; p++) {
    const octets = rows.reduce((sum, { cells }) => sum + cells[name][p]!.octets, 0);
    const flows = flowsOf(rows.map(({ cells }) => cells[name][p]!));
    const text = octets === 0 ? '0' : bytes(octets);
    if (textWidth(text, 11) > cell + 2) continue; // the table has it
    pen.text(x + (p + 0.5) * cell, bottom, text, {
      class: flows === 0 && octets === 0 ? 'q xs' : 'b xs',
      'text-anchor': 'middle',
    });
  }
}

function sourceLine({ tool, lag, capture, directions }: Analysis, narrow: boolean): string {
  const when = capture.firstTime === null ? '' : `, ${utc(capture.firstTime)}`;
  const length = `${capture.duration.toFixed(1)}\u00a0s${when}`;
  if (narrow) return `${tool.name}, ${length}`;
  const flows = Math.max(directions.ingress.flows, directions.egress.flows);
  return `${tool.name} ${tool.version} · ${count(lag.ports.length, 'port')}, ${length} · ${count(flows, 'connection')}`;
}
