/** Who goes where? Clients by links, in and out; the area of a square is its octets on one scale, the number its flows. */
import type { Analysis, Direction } from '../../document/schema.js';
import { type Names, portsOf } from '../names.js';
import { lowBits, number } from '../words.js';
import { COLOURS, fillClass, shape, short, textWidth } from './marks.js';
import { drawSvg, type Pen } from './svg.js';

const ROWS = 30;

interface Row {
  readonly name: string;
  readonly bits: string;
  readonly cells: Readonly<
    Record<'ingress' | 'egress', readonly { readonly octets: number; readonly flows: number }[]>
  >;
}

export function matrixChart(analysis: Analysis, names: Names, width: number, className: string): string {
  const ports = portsOf(analysis);
  const rows = rowsOf(analysis, ports);
  const narrow = width < 500;
  const label = narrow ? 96 : 232;
  const cell = Math.min(
    ports.length > 8 ? 34 : 44,
    narrow ? (width - label) / ports.length : (width - label - 50) / (2 * ports.length),
  );
  const top = 58;
  const panel = top + rows.length * cell + 26;
  const height = narrow ? 2 * panel : panel;
  const most = Math.max(
    1,
    ...rows.flatMap(({ cells }) => [...cells.ingress, ...cells.egress].map(({ octets }) => octets)),
  );
  const figures = rows
    .map(
      ({ name, cells }) =>
        `${name}: in ${cells.ingress.map(({ flows }) => flows).join(' ')}, out ${cells.egress.map(({ flows }) => flows).join(' ')}`,
    )
    .join('; ');
  return drawSvg(
    { width, height: Math.max(height, 60) },
    className,
    'Connections of each client by link',
    figures,
    (pen) => {
      (['ingress', 'egress'] as const).forEach((name, i) => {
        const x = narrow ? label : label + i * (ports.length * cell + 50);
        const y = narrow ? i * panel : 0;
        pen.text(x, y + 16, names[name].arrow, { class: 'h' });
        ports.forEach((port, p) => {
          const middle = x + (p + 0.5) * cell;
          shape(pen, p, middle, y + 32);
          // Names only where they fit: the key of colours and shapes stands beside the page.
          if (textWidth(port, 10.5, true) < cell)
            pen.text(middle, y + 50, port, { class: 'm xs', 'text-anchor': 'middle' });
        });
        rows.forEach((row, r) => {
          const middle = y + top + (r + 0.5) * cell;
          if (narrow || i === 0) {
            pen.text(0, middle + 4, short(row.name, narrow ? 15 : 22), { class: 'm' });
            if (!narrow) pen.text(label - 12, middle + 4, row.bits, { class: 'm q', 'text-anchor': 'end' });
          }
          row.cells[name].forEach(({ octets, flows }, p) => {
            square(pen, x + (p + 0.5) * cell, middle, cell, octets / most, flows, p);
          });
        });
        const sums = columnSums(analysis.directions[name], ports);
        sums.forEach((flows, p) => {
          pen.text(x + (p + 0.5) * cell, y + top + rows.length * cell + 18, number(flows), {
            class: flows === 0 ? 'q' : 'b',
            'text-anchor': 'middle',
          });
        });
      });
    },
  );
}

function square(pen: Pen, x: number, y: number, cell: number, share: number, flows: number, port: number): void {
  if (share === 0 && flows === 0) {
    pen.add('circle', { cx: x, cy: y, r: 1, class: 'mid' });
    return;
  }
  const side = Math.max(3, Math.sqrt(share) * (cell - 4));
  pen.rect(x - side / 2, y - side / 2, side, side, fillClass(port));
  if (flows === 0 || cell < 28) return;
  const inside = side > 18;
  pen.text(inside ? x : x + side / 2 + 3, y + 4.5, number(flows), {
    class: inside ? `on${port % COLOURS}` : 'xs',
    'text-anchor': inside ? 'middle' : 'start',
  });
}

function rowsOf({ directions }: Analysis, ports: readonly string[]): Row[] {
  const keyOf = (peer: Direction['peers'][number]) => `${peer.mac} ${peer.ip}`;
  const listed = [...directions.ingress.peers, ...directions.egress.peers].filter(({ flows }) => flows > 0);
  const unique = [...new Map(listed.map((peer) => [keyOf(peer), peer])).values()];
  const cellsOf = (direction: Direction, keys: readonly string[]) => {
    const found = direction.peers.filter((peer) => keys.includes(keyOf(peer)));
    return ports.map((port) => {
      const on = found.flatMap((peer) => peer.ports.filter((each) => each.port === port));
      return {
        octets: on.reduce((sum, { octets }) => sum + octets, 0),
        flows: on.reduce((sum, { flows }) => sum + flows, 0),
      };
    });
  };
  const row = (name: string, bits: string, keys: readonly string[]): Row => ({
    name,
    bits,
    cells: { ingress: cellsOf(directions.ingress, keys), egress: cellsOf(directions.egress, keys) },
  });
  const shown = unique
    .slice(0, ROWS)
    .map((peer) => row(peer.ip ?? peer.mac ?? 'others', lowBits(peer.ip), [keyOf(peer)]));
  const rest = unique.slice(ROWS);
  return rest.length === 0 ? shown : [...shown, row(`${rest.length} others`, '', rest.map(keyOf))];
}

function columnSums(direction: Direction, ports: readonly string[]): number[] {
  return ports.map((name) => direction.ports.find(({ port }) => port === name)?.flows ?? 0);
}
