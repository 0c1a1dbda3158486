/** Does it go back and forth? One row a port, one tick a frame (above 400 a column of pixels), in order of capture. */
import type { Analysis, Direction, PingPong } from '../../document/schema.js';
import { portsOf, shortName } from '../names.js';
import { count, number } from '../words.js';
import { chip, fillClass, short, textWidth } from './marks.js';
import { nameOf } from './staff.js';
import { drawSvg, type Pen } from './svg.js';

const TICKS = 400;
const ROW = 16;
const NAME = 9; // characters of a port name

interface Strip {
  readonly name: string;
  readonly said: string; // at the right of the name
  readonly runs: readonly { readonly port: string; readonly frames: number }[];
  readonly ports: readonly string[];
}

export function runStripChart(analysis: Analysis, entry: PingPong, width: number, className: string): string {
  const drawn = entry.runs.reduce((sum, { frames }) => sum + frames, 0);
  const lengths = entry.runs.map(({ frames }) => frames).sort((a, b) => a - b);
  const runs =
    drawn >= entry.frames
      ? `median run ${lengths[Math.floor(lengths.length / 2)] ?? 0} · longest ${lengths.at(-1) ?? 0}`
      : `mean run ${entry.meanRunLength.toFixed(1)} · first ${number(drawn)} of ${count(entry.frames, 'frame')}`;
  return draw(analysis, width, className, {
    name: nameOf(entry),
    said: `${count(entry.switches, 'change')} · ${runs}`,
    runs: entry.runs,
    ports: entry.ports.map(({ port }) => port),
  });
}

/** What a flow looks like that keeps its link: an unbroken bar. */
export function steadyChart(
  analysis: Analysis,
  { flow, port, frames }: Direction['topFlows'][number],
  width: number,
  className: string,
): string {
  return draw(analysis, width, className, {
    name: nameOf({ flow }),
    said: `${count(frames, 'frame')} · 0 changes`,
    runs: [{ port, frames }],
    ports: portsOf(analysis),
  });
}

function draw(analysis: Analysis, width: number, className: string, { name, said, runs, ports: used }: Strip): string {
  const all = portsOf(analysis);
  const ports = all.flatMap((port, index) => (used.includes(port) ? [{ port, index }] : []));
  const narrow = width < 500;
  const left = 30 + Math.max(0, ...ports.map(({ port }) => textWidth(shortName(port, all, NAME), 13, true)));
  const top = narrow ? 42 : 26;
  const frames = runs.reduce((sum, run) => sum + run.frames, 0);
  const scale = (width - left) / Math.max(1, frames);
  const figures = ports.map(({ port }) => `${port} ${number(framesOn(runs, port))} frames`).join(', ');
  const size = { width, height: top + ports.length * ROW + 6 };
  return drawSvg(size, className, `${name}: ${said}`, figures, (pen) => {
    pen.text(0, 14, short(name, narrow ? 44 : 72), { class: narrow ? 'mb xs' : 'mb' });
    pen.text(narrow ? 0 : width, narrow ? 30 : 14, said, {
      class: 'q xs',
      ...(narrow ? {} : { 'text-anchor': 'end' }),
    });
    ports.forEach(({ port, index }, line) => {
      const y = top + line * ROW;
      chip(pen, index, shortName(port, all, NAME), 0, y + 12);
      pen.line(left, y + ROW - 1, width, y + ROW - 1, 'gr');
      ticks(pen, runs, port, { left, y: y + 2, scale, apart: frames <= TICKS && frames > 1 }, fillClass(index));
    });
  });
}

const framesOn = (runs: Strip['runs'], port: string) =>
  runs.reduce((sum, run) => sum + (run.port === port ? run.frames : 0), 0);

interface Row {
  readonly left: number;
  readonly y: number;
  readonly scale: number; // pixels of a frame
  readonly apart: boolean; // each frame a tick of its own
}

function ticks(pen: Pen, runs: Strip['runs'], port: string, { left, y, scale, apart }: Row, className: string): void {
  let at = 0;
  const unbroken = runs.length === 1;
  for (const run of runs) {
    if (run.port === port) {
      const wide = Math.max(0.8, run.frames * scale * (apart && !unbroken ? 0.85 : 1));
      pen.rect(left + at * scale, y, wide, ROW - 4, className);
    }
    at += run.frames;
  }
}
