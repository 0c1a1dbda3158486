/** Is traffic spread? Share of the bytes per member port, both directions side by side on one scale. */
import { scaleLinear } from 'd3';
import type { Analysis, Direction, DirectionPort } from '../../document/schema.js';
import { type Names, portsOf, shortName } from '../names.js';
import { bitRate, bytes, count, share } from '../words.js';
import { COLOURS, chip, fillClass, textWidth } from './marks.js';
import { drawSvg, type Pen } from './svg.js';

const HEAD = 52; // title, totals
const FOOT = 20;
const GAP = 28; // between the panels of a narrow drawing

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly row: number;
  readonly nameWidth: number;
}

export function loadChart(analysis: Analysis, names: Names, width: number, className: string): string {
  const ports = portsOf(analysis);
  const narrow = width < 500;
  const row = ports.length > 8 ? 20 : 34;
  const panel = HEAD + ports.length * row + FOOT;
  const half = narrow ? width : (width - 36) / 2;
  const nameWidth = Math.max(42, ...ports.map((name) => textWidth(shortName(name, ports, 10), 13, true))) + 24;
  const { ingress, egress } = analysis.directions;
  const figures = (['ingress', 'egress'] as const)
    .map((name) => `${names[name].arrow}: ${analysis.directions[name].ports.map(figure).join(', ')}`)
    .join('. ');
  const height = narrow ? 2 * panel + GAP : panel;
  return drawSvg({ width, height }, className, 'Share of the bytes per link and direction', figures, (pen) => {
    const first = { x: 0, y: 0, width: half, row, nameWidth };
    drawPanel(pen, analysis, ingress, names.ingress.arrow, ports, first);
    const second = narrow ? { ...first, y: panel + GAP } : { ...first, x: half + 36 };
    drawPanel(pen, analysis, egress, names.egress.arrow, ports, second);
  });
}

const figure = ({ port, octetShare, octets }: DirectionPort) => `${port} ${share(octetShare)} (${bytes(octets)})`;

function drawPanel(
  pen: Pen,
  { lag }: Analysis,
  direction: Direction,
  title: string,
  ports: readonly string[],
  { x: edge, y, width, row, nameWidth }: Place,
): void {
  const end = edge + width;
  const left = edge + nameWidth;
  const right = end - 124; // share and bytes stand behind the longest bar
  const x = scaleLinear([0, 1], [left, right]);
  const top = y + HEAD;
  const bottom = top + ports.length * row;
  pen.text(edge, y + 16, title, { class: 'h' });
  pen.text(edge, y + 34, `${bytes(direction.octets)}, ${count(direction.frames, 'frame')}`, { class: 'q' });
  pen.line(left, top - 5, left, bottom + 2, 'ax');
  const bars: readonly DirectionPort[] = direction.ports;
  ports.forEach((name, index) => {
    const load = bars.find(({ port }) => port === name);
    const middle = top + (index + 0.5) * row;
    chip(pen, index, shortName(name, ports, 10), edge, middle + 4.5);
    const isMember = lag.ports.includes(name);
    if (load === undefined) {
      pen.text(left + 8, middle + 4.5, isMember ? 'not recorded' : 'not in this LAG', { class: 'q xs' });
      return;
    }
    const idle = load.octets === 0;
    const thick = row > 24 ? 20 : 12;
    if (!idle) pen.rect(left, middle - thick / 2, Math.max(1.5, x(load.octetShare) - left), thick, fillClass(index));
    utilisation(pen, load, index, x, middle);
    const high = load.octetShare >= 0.001;
    pen.text(end - 64, middle + 4.5, share(load.octetShare), { class: high ? 'b' : 'q', 'text-anchor': 'end' });
    pen.text(end, middle + 4.5, bytes(load.octets), { class: high ? '' : 'q', 'text-anchor': 'end' });
  });
  fairShare(pen, lag.ports.length, x, top, bottom);
}

/** Only where the speed of the link is known: an assumed speed says nothing of how full a link was. */
function utilisation(pen: Pen, load: DirectionPort, index: number, x: (share: number) => number, middle: number): void {
  const { utilisation: peak, linkBitsPerSecond, linkRateBasis, octetShare } = load;
  if (peak === null || linkBitsPerSecond === null || linkRateBasis === 'assumed' || load.octets === 0) return;
  const text = `peak ${share(peak)} of ${bitRate(linkBitsPerSecond)}`;
  const inside = octetShare > 0.45;
  const wide = textWidth(text, 11);
  if (wide + 12 > (inside ? x(octetShare) - x(0) : x(1) + 40 - x(octetShare))) return; // the table has it
  pen.text(inside ? x(0) + 8 : x(octetShare) + 6, middle + 4, text, {
    class: inside ? `${index < COLOURS ? `on${index}` : 'b halo'} xs` : 'q xs halo',
  });
}

function fairShare(pen: Pen, members: number, x: (share: number) => number, top: number, bottom: number): void {
  if (members === 0) return;
  const fair = x(1 / members);
  pen.line(fair, top - 5, fair, bottom + 2, 'ref');
  const label = `fair share ${share(1 / members).replace('.0', '')}`;
  // A single port has all of it: the label would run out of the drawing.
  pen.text(Math.min(fair, x(0.55)), bottom + 16, label, {
    class: 'q xs',
    'text-anchor': members > 1 ? 'middle' : 'start',
  });
}
