/** Is traffic spread? Share of octets per member port, both directions side by side on one scale. */
import { scaleLinear } from 'd3';
import type { Analysis, Direction } from '../../document/schema.js';
import { type Names, portsOf } from '../names.js';
import { bytes, share } from '../words.js';
import { chip, fillClass } from './marks.js';
import { drawSvg, type Pen } from './svg.js';

export function loadChart(analysis: Analysis, names: Names, width: number, className: string): string {
  const ports = portsOf(analysis);
  const narrow = width < 500;
  const row = ports.length > 8 ? 20 : 30;
  const panel = 46 + ports.length * row + 22;
  const { ingress, egress } = analysis.directions;
  const half = narrow ? width : (width - 40) / 2;
  const height = narrow ? 2 * panel + 12 : panel;
  const figures = [ingress, egress]
    .map(
      (direction, i) =>
        `${i === 0 ? names.ingress.arrow : names.egress.arrow}: ${direction.ports.map((p) => `${p.port} ${share(p.octetShare)}`).join(', ')}`,
    )
    .join('. ');
  return drawSvg({ width, height }, className, 'Share of the octets per link and direction', figures, (pen) => {
    drawPanel(pen, ingress, names.ingress.arrow, ports, { x: 0, y: 0, width: half, row });
    drawPanel(
      pen,
      egress,
      names.egress.arrow,
      ports,
      narrow ? { x: 0, y: panel + 12, width: half, row } : { x: half + 40, y: 0, width: half, row },
    );
  });
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly row: number;
}

function drawPanel(pen: Pen, direction: Direction, title: string, ports: readonly string[], place: Place): void {
  const left = place.x + 74;
  const right = place.x + place.width - 112;
  const x = scaleLinear([0, 1], [left, right]);
  pen.text(place.x, place.y + 15, title, { class: 'h' });
  const top = place.y + 34;
  const bottom = top + ports.length * place.row;
  for (const tick of [0, 0.5, 1]) {
    pen.line(x(tick), top, x(tick), bottom, tick === 0 ? 'ax' : 'gr');
    pen.text(x(tick), bottom + 15, `${tick * 100} %`, { class: 'q xs', 'text-anchor': 'middle' });
  }
  ports.forEach((name, index) => {
    const load = direction.ports.find(({ port }) => port === name);
    const y = top + index * place.row;
    const middle = y + place.row / 2 + 4;
    chip(pen, index, name.length > 8 ? `${name.slice(0, 7)}…` : name, place.x, middle);
    if (load === undefined) return;
    if (load.octets > 0)
      pen.rect(x(0), y + 4, Math.max(1.5, x(load.octetShare) - x(0)), place.row - 8, fillClass(index));
    const label = load.octets === 0 ? '0' : `${share(load.octetShare)}`;
    pen.text(right + 10, middle, label, { class: load.octets === 0 ? 'q' : 'b' });
    pen.text(place.x + place.width, middle, bytes(load.octets), {
      class: load.octets === 0 ? 'q xs' : 'xs',
      'text-anchor': 'end',
    });
  });
  const members = direction.ports.length;
  if (members > 0) pen.line(x(1 / members), top - 4, x(1 / members), bottom, 'ref');
}
