/** Does it go back and forth? One row a port, one tick a frame (above 400 a column of pixels), in order of capture. */
import type { Analysis, PingPong } from '../../document/schema.js';
import { portsOf, shortName } from '../names.js';
import { count, number } from '../words.js';
import { chip, fillClass, short } from './marks.js';
import { nameOf } from './staff.js';
import { drawSvg } from './svg.js';

const TICKS = 400;

export function runStripChart(analysis: Analysis, entry: PingPong, width: number, className: string): string {
  const all = portsOf(analysis);
  const ports = all.flatMap((name, index) => (entry.ports.some(({ port }) => port === name) ? [{ name, index }] : []));
  const narrow = width < 500;
  const left = 78;
  const row = 16;
  const top = 26;
  const height = top + ports.length * row + 8;
  const frames = entry.runs.reduce((sum, run) => sum + run.frames, 0);
  const scale = (width - left) / Math.max(1, frames);
  const title = `${nameOf(entry)}: ${count(entry.switches, 'change')}, run of ${entry.meanRunLength.toFixed(1)} frames on average`;
  const figures = ports
    .map(({ name }) => `${name} ${number(entry.ports.find(({ port }) => port === name)?.frames ?? 0)} frames`)
    .join(', ');
  return drawSvg({ width, height }, className, title, figures, (pen) => {
    pen.text(0, 14, short(title, narrow ? 46 : 100), { class: narrow ? 'xs' : 'b' });
    for (const { name, index } of ports) {
      const y = top + ports.findIndex((port) => port.name === name) * row;
      chip(pen, index, shortName(name, all, 7), 0, y + 12);
      pen.line(left, y + row - 1, width, y + row - 1, 'gr');
    }
    let at = 0;
    for (const run of entry.runs) {
      const line = ports.findIndex(({ name }) => name === run.port);
      const port = ports[line];
      if (port !== undefined) {
        const wide = run.frames * scale;
        pen.rect(
          left + at * scale,
          top + line * row + 2,
          frames > TICKS ? Math.max(0.8, wide) : Math.max(0.8, wide * 0.85),
          row - 4,
          fillClass(port.index),
        );
      }
      at += run.frames;
    }
  });
}
