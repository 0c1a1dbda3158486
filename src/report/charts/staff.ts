/** One flow that goes back and forth, frame by frame: member ports as lines, frames as their shapes, in order of capture. */
import type { Analysis, PingPong } from '../../document/schema.js';
import { portsOf, shortName } from '../names.js';
import { count } from '../words.js';
import { chip, shape, short } from './marks.js';
import { drawSvg, round } from './svg.js';

const FRAMES = 64;
const FRAMES_NARROW = 24;

export function staffChart(analysis: Analysis, entry: PingPong, width: number, className: string): string {
  const ports = portsOf(analysis).flatMap((name, index) =>
    entry.ports.some(({ port }) => port === name) ? [{ name, index }] : [],
  );
  const narrow = width < 500;
  const most = narrow ? FRAMES_NARROW : FRAMES;
  const frames = entry.runs
    .flatMap(({ port, frames: n }) => new Array<string>(Math.min(n, most)).fill(port))
    .slice(0, most);
  const left = 84;
  const row = 40;
  const top = 44;
  const height = top + ports.length * row + 22;
  const step = (width - left - 14) / Math.max(1, most - 1);
  const yOf = (name: string) => top + (ports.findIndex((port) => port.name === name) + 0.5) * row;
  const title = `${nameOf(entry)}: ${count(entry.switches, 'change')} in ${count(entry.frames, 'frame')}`;
  return drawSvg({ width, height }, className, title, `First ${frames.length} frames: ${frames.join(' ')}`, (pen) => {
    pen.text(0, 18, narrow ? short(title, 46) : title, { class: narrow ? 'b xs' : 'H2' });
    for (const { name, index } of ports) {
      pen.line(left, yOf(name), width, yOf(name), 'gr');
      chip(pen, index, shortName(name, portsOf(analysis), 8), 0, yOf(name) + 4.5);
    }
    const points = frames.map((name, i) => `${round(left + 7 + i * step)},${round(yOf(name))}`);
    if (points.length > 1) pen.add('path', { d: `M${points.join('L')}`, class: 'thread' });
    frames.forEach((name, i) => {
      shape(pen, portsOf(analysis).indexOf(name), left + 7 + i * step, yOf(name), narrow ? 4 : 5);
    });
    pen.text(
      left,
      height - 4,
      narrow
        ? `the first ${frames.length} frames, in order of capture`
        : `the first ${frames.length} frames of the flow, one direction, in order of capture`,
      {
        class: 'q xs',
      },
    );
  });
}

export function nameOf({ flow }: Pick<PingPong, 'flow'>): string {
  const end = (ip: string | null, port: number | null) =>
    port === null ? `${ip}` : `${ip?.includes(':') ? `[${ip}]` : ip}:${port}`;
  return `${end(flow.ipSrc, flow.srcPort)} → ${end(flow.ipDst, flow.dstPort)}`;
}
