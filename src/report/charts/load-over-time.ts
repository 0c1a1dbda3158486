/** When was each link busy? One strip per port, in above and out below one line, one scale for all; steps, not curves. */
import { scaleLinear } from 'd3';
import type { Analysis } from '../../document/schema.js';
import { type Names, portsOf } from '../names.js';
import { bitRate, seconds } from '../words.js';
import { chip, fillClass } from './marks.js';
import { drawSvg, round } from './svg.js';

export function loadOverTimeChart(analysis: Analysis, names: Names, width: number, className: string): string {
  const ports = portsOf(analysis);
  const { ingress, egress } = analysis.directions;
  const strip = ports.length > 8 ? 40 : 62;
  const narrow = width < 500;
  const left = narrow ? 70 : 84;
  const right = width - (narrow ? 4 : 92);
  const top = 26;
  const height = top + ports.length * strip + 28;
  const duration = analysis.capture.duration;
  const most = Math.max(...ports.flatMap((port) => [peakOf(ingress.series, port), peakOf(egress.series, port)]), 1);
  const x = scaleLinear([0, duration || 1], [left, right]);
  const figures = ports
    .map(
      (port) =>
        `${port}: peak in ${bitRate(peakOf(ingress.series, port))}, out ${bitRate(peakOf(egress.series, port))}`,
    )
    .join('; ');
  return drawSvg({ width, height }, className, 'Load over time per link', figures, (pen) => {
    pen.text(
      left,
      14,
      narrow
        ? `above ${names.ingress.short}, below ${names.egress.short}; one scale`
        : `above the line: ${names.ingress.arrow}, below: ${names.egress.arrow}; all strips to one scale`,
      { class: 'q xs' },
    );
    ports.forEach((name, index) => {
      const middle = top + index * strip + strip / 2;
      const y = scaleLinear([0, most], [0, strip / 2 - 5]);
      chip(pen, index, name.length > 7 ? `${name.slice(0, 6)}…` : name, 0, middle + 4);
      pen.line(left, middle, right, middle, 'ax');
      for (const [series, up] of [
        [ingress.series, true],
        [egress.series, false],
      ] as const) {
        const d = steps(
          series.bitsPerSecond[name] ?? [],
          series.interval,
          offsetOf(series.start, analysis),
          (t) => x(Math.min(t, duration)),
          (v) => (v === 0 ? 0 : Math.max(1.5, y(v))) * (up ? -1 : 1),
          middle,
        );
        if (d !== '') pen.add('path', { d, class: fillClass(index) });
      }
      if (!narrow) {
        pen.text(width, middle - 6, `in ${bitRate(peakOf(ingress.series, name))}`, {
          class: 'xs',
          'text-anchor': 'end',
        });
        pen.text(width, middle + 14, `out ${bitRate(peakOf(egress.series, name))}`, {
          class: 'xs',
          'text-anchor': 'end',
        });
      }
    });
    const bottom = top + ports.length * strip;
    for (const direction of [ingress, egress]) {
      for (const epoch of direction.distribution.epochs.slice(1)) {
        const at = x(offsetOf(epoch.start, analysis));
        pen.line(at, top - 6, at, bottom, 'ref');
      }
    }
    for (const tick of x.ticks(narrow ? 4 : 8)) {
      pen.text(x(tick), bottom + 16, seconds(tick), { class: 'q xs', 'text-anchor': 'middle' });
    }
  });
}

type Series = Analysis['directions']['ingress']['series'];

const peakOf = (series: Series, port: string) =>
  (series.bitsPerSecond[port] ?? []).reduce((most, value) => Math.max(most, value), 0);

function offsetOf(time: string | null, { capture }: Analysis): number {
  if (time === null || capture.firstTime === null) return 0;
  return Number(BigInt(time.replace('.', '')) - BigInt(capture.firstTime.replace('.', ''))) / 1e9;
}

/** One step per interval; runs of zeros are left out. */
function steps(
  values: readonly number[],
  interval: number,
  start: number,
  x: (seconds: number) => number,
  y: (value: number) => number,
  base: number,
): string {
  let d = '';
  for (let i = 0; i < values.length; i++) {
    if (values[i] === 0) continue;
    d += `M${round(x(start + i * interval))},${base}`;
    for (; i < values.length && values[i] !== 0; i++) {
      d += `V${round(base + y(values[i] ?? 0))}H${round(x(start + (i + 1) * interval))}`;
    }
    d += `V${base}Z`;
  }
  return d;
}
