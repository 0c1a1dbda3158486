/** When was each link busy? One strip per port, in above and out below one line, one scale for all; steps, not curves. */
import { scaleLinear } from 'd3';
import type { Analysis, DirectionName } from '../../document/schema.js';
import { type Names, portsOf, shortName } from '../names.js';
import { offsetOf } from '../times.js';
import { bitRate, rateUnit, seconds } from '../words.js';
import { absences, awayTexts, brackets, epochRows, hatch, heightOf, type Span } from './epoch-marks.js';
import { fullMarks } from './full-marks.js';
import { chip, fillClass, textWidth } from './marks.js';
import { drawSvg, type Pen, round } from './svg.js';

const HALVES = [
  { name: 'ingress', up: true },
  { name: 'egress', up: false },
] as const;
const NARROWEST_STEP = 2; // pixels; narrower ones are joined, the highest of them is drawn
const LEAST = 1.5; // pixels of what is not nothing

interface Frame {
  readonly x: (seconds: number) => number;
  readonly y: (bitsPerSecond: number) => number;
  readonly left: number;
  readonly right: number;
  readonly strip: number;
}

export function loadOverTimeChart(analysis: Analysis, names: Names, width: number, className: string): string {
  const ports = portsOf(analysis);
  const narrow = width < 500;
  const strip = ports.length > 8 ? 40 : width > 1000 ? 82 : 66;
  const nameWidth = Math.max(...ports.map((name) => textWidth(shortName(name, ports, 10), 13, true)), 0) + 24;
  const left = Math.max(58, nameWidth);
  const right = width - (narrow ? 4 : 66);
  const duration = analysis.capture.duration || 1;
  const most = highest(analysis, ports);
  const scale = scaleLinear([0, most || 1], [0, strip / 2 - 7]).nice();
  const time = scaleLinear([0, duration], [left, right]);
  const frame: Frame = { x: (s) => time(Math.min(Math.max(0, s), duration)), y: scale, left, right, strip };
  const rows = epochRows(analysis, names, frame.x);
  const top = 30 + heightOf(rows);
  const bottom = top + ports.length * strip;
  const unit = rateUnit(most);
  const figures = ports
    .map((port) => HALVES.map(({ name }) => `${port} ${names[name].short} ${bitRate(peakOf(analysis, name, port))}`))
    .map((pair) => pair.join(', '))
    .join('; ');
  const claim = `Load over time per link: peaks up to ${bitRate(most)}`;
  return drawSvg({ width, height: bottom + 22 }, className, claim, figures, (pen) => {
    const joined = joinedSteps(analysis, frame, duration);
    const { interval } = analysis.directions.ingress.series;
    const steps = `${joined > 1 ? `highest of ${joined} × ` : ''}${seconds(interval)}${joined > 1 ? '' : ' steps'}`;
    const [, end] = scale.domain();
    const halves = `${narrow ? '' : 'each half is '}0 to ${unit.of(end ?? 0).replace(/\.0$/, '')}`;
    pen.text(narrow ? 0 : left, 12, `${unit.name}, ${steps}; ${halves}`, { class: 'q xs' });
    if (!narrow) pen.text(width, 12, `peak ${unit.name}`, { class: 'q xs', 'text-anchor': 'end' });
    brackets(pen, rows, analysis, frame.x, 21);
    for (const tick of time.ticks(narrow ? 4 : Math.round(width / 150))) {
      pen.line(time(tick), top, time(tick), bottom, 'gr');
      pen.text(time(tick), bottom + 17, tick === 0 ? '0' : seconds(tick), {
        class: 'q xs',
        'text-anchor': time(tick) > width - 16 ? 'end' : 'middle',
      });
    }
    ports.forEach((port, index) => {
      const middle = top + (index + 0.5) * strip;
      away(pen, analysis, port, middle, frame);
      if (index === 0) {
        pen.text(left + 4, middle - strip / 2 + 11, `${names.ingress.short} ↑`, { class: 'q xs halo' });
        pen.text(left + 4, middle + strip / 2 - 4, `${names.egress.short} ↓`, { class: 'q xs halo' });
      }
      chip(pen, index, shortName(port, ports, 10), 0, middle + 4);
      for (const { name, up } of HALVES) {
        const d = stepPath(analysis, name, port, joined, frame, middle, up);
        if (d !== '') pen.add('path', { d, class: fillClass(index) });
        fullMarks(pen, analysis, { name, port, up }, frame.x, middle, strip / 2);
        const peak = peakOf(analysis, name, port);
        if (!narrow)
          pen.text(
            width,
            middle + (up ? (strip > 50 ? -6 : -2) : strip > 50 ? 16 : 12),
            peak === 0 ? '0' : unit.of(peak),
            {
              class: peak === 0 ? 'q' : 'b',
              'text-anchor': 'end',
            },
          );
      }
      pen.line(left, middle, right, middle, 'ax');
    });
    for (const at of boundaries(analysis)) pen.line(frame.x(at), top - 6, frame.x(at), bottom, 'ref');
  });
}

const boundaries = (analysis: Analysis) =>
  HALVES.flatMap(({ name }) => analysis.directions[name].distribution.epochs.slice(1)).map(({ start }) =>
    offsetOf(start, analysis),
  );

const seriesOf = (analysis: Analysis, name: DirectionName, port: string) =>
  analysis.directions[name].series.bitsPerSecond[port] ?? [];

const peakOf = (analysis: Analysis, name: DirectionName, port: string) =>
  seriesOf(analysis, name, port).reduce((most, value) => Math.max(most, value), 0);

const highest = (analysis: Analysis, ports: readonly string[]) =>
  HALVES.flatMap(({ name }) => ports.map((port) => peakOf(analysis, name, port))).reduce((a, b) => Math.max(a, b), 0);

/** How many intervals a drawn step stands for, so that it can be seen. */
function joinedSteps({ directions }: Analysis, { left, right }: Frame, duration: number): number {
  const pixels = ((right - left) / duration) * directions.ingress.series.interval;
  return Math.max(1, Math.ceil(NARROWEST_STEP / pixels));
}

/** Each half belongs to one sender, who may notice a lost port earlier or later than the other. */
function away(pen: Pen, analysis: Analysis, port: string, middle: number, { x, strip }: Frame): void {
  const gaps = HALVES.map(({ name }) => absences(analysis.directions[name], port, analysis));
  const said: Span[] = [];
  HALVES.forEach(({ up }, i) => {
    const y = up ? middle - strip / 2 + 3 : middle;
    for (const gap of gaps[i]!) {
      const [from, to] = [x(gap.from), x(gap.to)];
      hatch(pen, from, y, to - from, strip / 2 - 3);
      const text = awayTexts(gap).find((each) => textWidth(each, 11) < to - from - 12);
      const isNew = said.every((other) => gap.to <= other.from || gap.from >= other.to);
      if (isNew && text !== undefined) {
        pen.text((from + to) / 2, y + strip / 4 + 2, text, { class: 'k xs halo', 'text-anchor': 'middle' });
        said.push(gap);
      }
    }
  });
}

/** One step per interval, or per several; stretches of zeros are left out. */
function stepPath(
  analysis: Analysis,
  name: DirectionName,
  port: string,
  joined: number,
  { x, y }: Frame,
  base: number,
  up: boolean,
): string {
  const { interval, start } = analysis.directions[name].series;
  const values = seriesOf(analysis, name, port);
  const origin = offsetOf(start, analysis);
  const steps: number[] = [];
  for (let i = 0; i < values.length; i += joined) steps.push(Math.max(...values.slice(i, i + joined)));
  let d = '';
  for (let i = 0; i < steps.length; i++) {
    if (steps[i] === 0) continue;
    d += `M${round(x(origin + i * joined * interval))} ${round(base)}`;
    for (; i < steps.length && steps[i] !== 0; i++) {
      const high = Math.max(LEAST, y(steps[i] ?? 0)) * (up ? -1 : 1);
      d += `V${round(base + high)}H${round(x(origin + (i + 1) * joined * interval))}`;
    }
    d += `V${round(base)}Z`;
  }
  return d;
}
