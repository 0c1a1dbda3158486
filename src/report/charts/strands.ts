/** Which link does each connection take, each way? Clients left, ports in the middle, the same clients right. */
import type { Analysis, Direction } from '../../document/schema.js';
import { type Names, portsOf } from '../names.js';
import { count, number } from '../words.js';
import { shape, short, strokeClass } from './marks.js';
import { drawSvg, type Pen, round } from './svg.js';

const CLIENTS_SHOWN = 11;
const CURVES = 60; // above that a ribbon per client and port

interface Client {
  readonly name: string;
  readonly flows: readonly number[]; // by port
}

export function strandsChart(analysis: Analysis, names: Names, width: number, className: string): string {
  const ports = portsOf(analysis);
  const narrow = width < 500;
  const row = ports.length > 8 ? 44 : narrow ? 62 : 86;
  const rows = Math.max(1, ports.length);
  const body = rows * row;
  const panelWidth = narrow ? width : (width - 70) / 2;
  const height = narrow ? 2 * (body + 64) : body + 56;
  const panels = (['ingress', 'egress'] as const).map((name) => {
    const direction = analysis.directions[name];
    return { direction, clients: clientsOf(direction, ports), words: names[name], name };
  });
  const figures = panels
    .map(
      ({ direction, words }) =>
        `${words.arrow}: ${direction.ports.map(({ port, flows }) => `${port} ${flows}`).join(', ')} connections`,
    )
    .join('. ');
  return drawSvg(
    { width, height },
    className,
    'Which link each connection takes, in both directions',
    figures,
    (pen) => {
      panels.forEach(({ direction, clients, words, name }, i) => {
        const place = {
          x: narrow || i === 0 ? 0 : panelWidth + 70,
          y: narrow && i === 1 ? body + 64 : 0,
          width: panelWidth,
          row,
          mirrored: name === 'egress' && !narrow,
        };
        panel(pen, direction, clients, words.arrow, ports, place);
      });
    },
  );
}

function clientsOf(direction: Direction, ports: readonly string[]): Client[] {
  const all = direction.peers
    .filter(({ flows }) => flows > 0)
    .map((peer) => ({
      name: peer.ip ?? peer.mac ?? 'others',
      flows: ports.map((port) => peer.ports.find((each) => each.port === port)?.flows ?? 0),
    }));
  const rest = all.slice(CLIENTS_SHOWN);
  const byName = (clients: readonly Client[]) =>
    [...clients].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  if (rest.length === 0) return byName(all);
  const others = {
    name: `${rest.length} others`,
    flows: ports.map((_, p) => rest.reduce((sum, { flows }) => sum + (flows[p] ?? 0), 0)),
  };
  return [...byName(all.slice(0, CLIENTS_SHOWN)), others];
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly row: number;
  readonly mirrored: boolean; // clients on the right
}

function panel(
  pen: Pen,
  direction: Direction,
  clients: readonly Client[],
  title: string,
  ports: readonly string[],
  place: Place,
): void {
  const { x, y, width, row, mirrored } = place;
  const top = y + 40;
  const body = ports.length * row;
  const nameWidth = Math.min(width * 0.36, 150);
  const digits = Math.max(...direction.ports.map(({ flows }) => number(flows).length), 1);
  const countWidth = 84 + digits * (row > 60 ? 21 : 9); // marks, name and count
  const clientX = mirrored ? x + width - nameWidth : x + nameWidth;
  const portX = mirrored ? x + countWidth : x + width - countWidth;
  const used = direction.ports.filter(({ flows }) => flows > 0).length;
  pen.text(x, y + 18, title, { class: 'H2' });
  pen.text(x + width, y + 18, `${used} of ${ports.length} links`, { class: 'h', 'text-anchor': 'end' });

  const rowOf = (port: number) => top + port * row + row / 2;
  const step = body / Math.max(1, clients.length);
  const total = clients.reduce((sum, { flows }) => sum + flows.reduce((a, b) => a + b, 0), 0);
  clients.forEach((client, c) => {
    const cy = top + (c + 0.5) * step;
    pen.text(mirrored ? clientX + 8 : clientX - 8, cy + 4, short(client.name, 20), {
      class: 'm',
      'text-anchor': mirrored ? 'start' : 'end',
    });
    const of = client.flows.reduce((a, b) => a + b, 0);
    let drawn = 0;
    client.flows.forEach((flows, port) => {
      if (flows === 0) return;
      const lines = total > CURVES ? 1 : flows;
      const ribbon = total > CURVES ? Math.max(1.2, (flows / total) * body * 0.6) : 1.6;
      for (let k = 0; k < lines; k++) {
        const spread = Math.min(step * 0.7, of * 2.4);
        const from =
          cy +
          (of <= 1 || lines === 1
            ? ((drawn + flows / 2) / of - 0.5) * spread
            : ((drawn + k) / (of - 1) - 0.5) * spread);
        const to =
          rowOf(port) +
          (lines === 1 ? 0 : ((k + 0.5) / lines - 0.5) * Math.min(row * 0.4, flows * 2.4)) +
          (c / Math.max(1, clients.length) - 0.5) * row * 0.3;
        const bend = (portX - clientX) * 0.55;
        pen.add('path', {
          d: `M${round(clientX)},${round(from)}C${round(clientX + bend)},${round(from)} ${round(portX - bend)},${round(to)} ${round(portX)},${round(to)}`,
          class: strokeClass(port),
          'stroke-width': round(ribbon),
        });
      }
      drawn += flows;
    });
  });
  if (clients.length === 0)
    pen.text(clientX, top + body / 2, 'No unicast flow in this direction.', { class: 'q', 'text-anchor': 'middle' });

  ports.forEach((name, port) => {
    const load = direction.ports.find((each) => each.port === name);
    const flows = load?.flows ?? 0;
    const cy = rowOf(port);
    const at = mirrored ? portX - 14 : portX + 14;
    if (flows === 0) pen.line(portX - (mirrored ? 0 : 26), cy, portX + (mirrored ? 26 : 0), cy, 'empty');
    shape(pen, port, at, cy, 6);
    const anchor = mirrored ? 'end' : 'start';
    const textX = mirrored ? at - 12 : at + 12;
    pen.text(textX, cy + 4.5, short(name, 7), { class: 'pn', 'text-anchor': anchor });
    pen.text(mirrored ? x : x + width, cy + (row > 60 ? 12 : 7), number(flows), {
      class: flows === 0 ? (row > 60 ? 'big0' : 'q') : row > 60 ? 'big' : 'b',
      'text-anchor': mirrored ? 'start' : 'end',
    });
  });
}

export const strandsCaption = (analysis: Analysis): string =>
  `One line is one connection, coloured by the link it takes (${count(analysis.capture.flows, 'flow')}; above ${CURVES} one ribbon per client and link). The number is the count of connections on that link. Each end chooses for what it sends.`;
