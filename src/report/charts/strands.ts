/** Which link does each connection take, each way? Clients left, ports in the middle, the same clients right. */
import type { Analysis, DirectionName } from '../../document/schema.js';
import { type Names, portsOf, shortName } from '../names.js';
import { count, number } from '../words.js';
import { byAddress, type ClientRow, clientRows, flowsOf } from './clients.js';
import { shape, short, strokeClass, textWidth } from './marks.js';
import { drawSvg, type Pen, round } from './svg.js';

const CLIENTS = 12;
const CURVES = 60; // above that a ribbon per client and port
const MOST_PER_FLOW = 3.3; // pixels from one line to the next

interface Look {
  readonly narrow: boolean;
  readonly row: number;
  readonly small: boolean; // many ports: low rows, small counts
  readonly block: number; // width of the ports' column, in the middle; narrow: of a port's name at the edge
}

interface Panel {
  readonly name: DirectionName;
  readonly x: number;
  readonly y: number; // of the title
  readonly width: number;
  readonly portsLeft: boolean;
}

export function strandsChart(analysis: Analysis, names: Names, width: number, className: string): string {
  const ports = portsOf(analysis);
  const clients = byAddress(clientRows(analysis, ports, CLIENTS));
  const look = lookOf(ports, width);
  const body = Math.max(1, ports.length) * look.row;
  const head = look.narrow ? 46 : 66;
  const half = look.narrow ? width : (width - look.block - 40) / 2;
  const panels: Panel[] = [
    { name: 'ingress', x: 0, y: 0, width: half, portsLeft: false },
    look.narrow
      ? { name: 'egress', x: 0, y: body + head + 24, width: half, portsLeft: true }
      : { name: 'egress', x: width - half, y: 0, width: half, portsLeft: true },
  ];
  const height = look.narrow ? 2 * (body + head) + 24 : body + head + 26;
  const figures = panels
    .map(({ name }) => {
      const loads = analysis.directions[name].ports;
      return `${names[name].arrow}: ${loads.map(({ port, flows }) => `${port} ${flows}`).join(', ')} connections`;
    })
    .join('. ');
  return drawSvg({ width, height }, className, 'The link of each connection, both ways', figures, (pen) => {
    if (!look.narrow) serverBlock(pen, analysis, ports, look, { x: half + 20, y: head - 4, height: body + 8 });
    for (const panel of panels) {
      title(pen, analysis, names, panel, look);
      strands(pen, clients, ports, panel, look, head);
      portColumn(pen, analysis, ports, panel, look, head);
    }
    if (!look.narrow && clients.length > 0) {
      const all = clientRows(analysis, ports, Number.POSITIVE_INFINITY);
      const isRest = all.at(-1)?.name === 'all others';
      const many = isRest ? `more than ${count(all.length - 1, 'client')}` : count(all.length, 'client');
      pen.text(0, height - 4, many, { class: 'q' });
      pen.text(width, height - 4, `the same ${many}`, { class: 'q', 'text-anchor': 'end' });
    }
  });
}

function lookOf(ports: readonly string[], width: number): Look {
  const narrow = width < 500;
  const small = ports.length > 8;
  const longest = Math.max(0, ...ports.map((name) => shortName(name, ports, narrow ? 9 : 12).length));
  const row = narrow ? (small ? 30 : 54) : small ? 44 : 86;
  return { narrow, row, small, block: narrow ? 22 + longest * 7.4 : Math.max(128, 60 + longest * 11) };
}

function title(pen: Pen, analysis: Analysis, names: Names, { name, x, y, width }: Panel, { narrow }: Look): void {
  const { ports, flows } = analysis.directions[name];
  const members = ports.filter(({ port }) => analysis.lag.ports.includes(port));
  const used = members.filter((port) => port.flows > 0).length;
  const end = { 'text-anchor': 'end' };
  const big = narrow ? 'h' : 'H2';
  pen.text(x, y + (narrow ? 16 : 20), names[name].arrow, { class: big });
  pen.text(x + width, y + (narrow ? 16 : 20), `${used} of ${count(members.length, 'link')}`, { class: big, ...end });
  const decides =
    analysis.lag.ownAddresses.length > 0 ? 'the address decides' : `${names[name].decider} chooses the link`;
  pen.text(x, y + (narrow ? 33 : 41), decides, { class: 'q' });
  pen.text(x + width, y + (narrow ? 33 : 41), count(flows, 'connection'), { class: 'q', ...end });
}

/** Lines of a client stand beside each other at both ends, so that they can be counted. */
function strands(
  pen: Pen,
  clients: readonly ClientRow[],
  ports: readonly string[],
  panel: Panel,
  look: Look,
  head: number,
): void {
  const { name, x, y, width, portsLeft } = panel;
  const top = y + head;
  const body = ports.length * look.row;
  const labels = clients.map((client) => labelOf(client, clients, look.narrow));
  const mine = clients.map(({ cells }) => cells[name]);
  const total = mine.reduce((sum, cells) => sum + flowsOf(cells), 0);
  if (total === 0) {
    const said = 'No unicast flow in this direction.';
    pen.text(x + width / 2, top + body / 2, said, { class: 'q', 'text-anchor': 'middle' });
    return;
  }
  const labelWidth =
    Math.max(look.narrow ? 0 : 116, ...labels.map((label) => textWidth(label, look.narrow ? 12 : 17, true))) + 10;
  const countWidth = countColumn(look, mine);
  const clientX = portsLeft ? x + width - labelWidth : x + labelWidth;
  const portX = portsLeft ? x + countWidth : x + width - countWidth;
  const bend = (clientX + portX) / 2;
  const step = body / clients.length;
  const perPort = ports.map((_, p) => mine.reduce((sum, cells) => sum + (cells[p]?.flows ?? 0), 0));
  const pitch = Math.min(
    MOST_PER_FLOW,
    (0.84 * look.row) / Math.max(1, ...perPort),
    (0.78 * step) / Math.max(1, ...mine.map(flowsOf)),
  );
  const filled = ports.map(() => 0);
  clients.forEach((_, c) => {
    const cells = mine[c] ?? [];
    const middle = top + (c + 0.5) * step;
    let used = 0;
    cells.forEach(({ flows }, p) => {
      const strokes = total > CURVES ? (flows === 0 ? [] : [flows]) : new Array<number>(flows).fill(1);
      const d = strokes.map((weight) => {
        const from = middle + (used + weight / 2 - flowsOf(cells) / 2) * pitch;
        const to = top + (p + 0.5) * look.row + (filled[p]! + weight / 2 - perPort[p]! / 2) * pitch;
        used += weight;
        filled[p]! += weight;
        return `M${round(clientX)} ${round(from)}C${round(bend)} ${round(from)} ${round(bend)} ${round(to)} ${round(portX)} ${round(to)}`;
      });
      if (d.length === 0) return;
      const thick = total > CURVES ? Math.max(0.8, flows * pitch * 0.94) : Math.max(0.8, Math.min(1.9, pitch * 0.6));
      pen.add('path', { d: d.join(''), class: strokeClass(p), 'stroke-width': round(thick) });
    });
    const at = { 'text-anchor': portsLeft ? 'end' : 'start' };
    const labelX = portsLeft ? x + width : x;
    const twoLines = !look.narrow && step >= 34;
    pen.text(labelX, middle + (twoLines ? -1 : 4), labels[c] ?? '', { class: 'mb', ...at });
    if (twoLines) pen.text(labelX, middle + 15, count(flowsOf(cells), 'connection'), { class: 'q xs', ...at });
  });
}

function countColumn(
  { narrow, small, block }: Look,
  cells: readonly (readonly { readonly flows: number }[])[],
): number {
  const most = Math.max(
    0,
    ...(cells[0] ?? []).map((_, p) => cells.reduce((sum, row) => sum + (row[p]?.flows ?? 0), 0)),
  );
  const digits = number(most).length;
  return (narrow ? block + 14 : 20) + digits * digitWidth({ narrow, small });
}

const digitWidth = ({ narrow, small }: Pick<Look, 'narrow' | 'small'>) => (small ? 10 : narrow ? 15 : 25);

/** On a narrow screen the part of an address that differs, where that is enough to tell the clients apart. */
function labelOf({ name, ip }: ClientRow, all: readonly ClientRow[], narrow: boolean): string {
  if (!narrow) return short(name, 26);
  const last = (address: string | null) => (address === null ? null : (/[.:][^.:]*$/.exec(address)?.[0] ?? null));
  const mine = last(ip);
  const alone = mine !== null && mine.length > 1 && all.filter((other) => last(other.ip) === mine).length === 1;
  return alone ? `…${mine}` : short(name, 15);
}

function portColumn(
  pen: Pen,
  analysis: Analysis,
  ports: readonly string[],
  { name, x, y, width, portsLeft }: Panel,
  look: Look,
  head: number,
): void {
  const anchor = { 'text-anchor': portsLeft ? 'start' : 'end' };
  ports.forEach((port, p) => {
    const middle = y + head + (p + 0.5) * look.row;
    const flows = analysis.directions[name].ports.find((each) => each.port === port)?.flows ?? 0;
    const figure = number(flows);
    let countX = portsLeft ? x : x + width;
    if (look.narrow) {
      // The port itself stands at the edge, its count beside it.
      const edge = portsLeft ? x : x + width - look.block;
      shape(pen, p, edge + 6, middle);
      pen.text(edge + 16, middle + 4.5, shortName(port, ports, 9), { class: 'mb' });
      countX += portsLeft ? look.block + 4 : -look.block - 4;
    }
    if (flows === 0) {
      const from = countX + (portsLeft ? 1 : -1) * (digitWidth(look) + 14);
      pen.line(from, middle, from + (portsLeft ? 1 : -1) * (look.narrow ? 28 : 110), middle, 'empty');
    }
    const size = look.small
      ? flows === 0
        ? 'q'
        : 'b'
      : `${flows === 0 ? 'big0' : 'big'}${look.narrow ? ' less' : ''}`;
    pen.text(countX, middle + (look.small ? 4.5 : look.narrow ? 8 : 12), figure, { class: size, ...anchor });
  });
}

function serverBlock(
  pen: Pen,
  { lag }: Analysis,
  ports: readonly string[],
  { row, small, block }: Look,
  { x, y, height }: { readonly x: number; readonly y: number; readonly height: number },
): void {
  pen.add('rect', { x, y, width: block, height, rx: 3, class: 'soft' });
  ports.forEach((port, p) => {
    const middle = y + 4 + (p + 0.5) * row;
    shape(pen, p, x + 34, middle, small ? 5 : 8);
    pen.text(x + 50, middle + (small ? 4.5 : 6), shortName(port, ports, 12), { class: small ? 'pn' : 'pn large' });
    if (p > 0) pen.line(x + 14, middle - row / 2, x + block - 14, middle - row / 2, 'gr');
  });
  const server = [...lag.localStation.ips, ...lag.localStation.macs][0];
  const said =
    lag.localStation.basis === 'unknown' || server === undefined ? 'the captured ports' : `server ${short(server, 24)}`;
  pen.text(x + block / 2, y + height + 18, said, { class: 'm', 'text-anchor': 'middle' });
}

export const strandsCaption = ({ directions }: Analysis): string => {
  const ribbons = Math.max(directions.ingress.flows, directions.egress.flows) > CURVES;
  return `${ribbons ? 'One ribbon is a client and a link, as wide as it has connections' : 'One line is one connection'}, coloured by the link it takes. The figure beside a link counts its connections in that direction.`;
};
