/** Marks of membership on a time axis: brackets over the parts of a capture, hatching where a port was away. */
import type { Analysis, Direction, DirectionName } from '../../document/schema.js';
import type { Names } from '../names.js';
import { offsetOf } from '../times.js';
import { count, seconds } from '../words.js';
import { textWidth } from './marks.js';
import { type Pen, round } from './svg.js';

type Epoch = Direction['distribution']['epochs'][number];

const HATCH = 7; // pixels from line to line
const BRACKETS = 34; // height of a row of brackets
const TEXT = 17; // as large as the style makes it on screens of middle width
const SAME = 6; // pixels: boundaries this near are one event

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** When a port was not among those that could be chosen. */
export function absences(direction: Direction, port: string, analysis: Analysis): Span[] {
  const spans: Span[] = [];
  for (const epoch of direction.distribution.epochs) {
    if (epoch.activePorts.includes(port)) continue;
    const span = { from: offsetOf(epoch.start, analysis), to: offsetOf(epoch.end, analysis) };
    const before = spans.at(-1);
    if (before !== undefined && span.from <= before.to) spans[spans.length - 1] = { from: before.from, to: span.to };
    else spans.push(span);
  }
  return spans;
}

export function hasMembershipChange({ directions }: Analysis): boolean {
  return [directions.ingress, directions.egress].some(({ distribution: { epochs } }) =>
    epochs.some(({ activePorts }) => activePorts.join() !== epochs[0]!.activePorts.join()),
  );
}

export interface EpochRow {
  readonly title: string | null; // in or out; null: both alike
  readonly epochs: readonly Epoch[];
}

/** One row of brackets, or one a direction where they differ to the eye; none without a change. */
export function epochRows(analysis: Analysis, names: Names, x: (seconds: number) => number): EpochRow[] {
  const { ingress, egress } = analysis.directions;
  const rows = (
    [
      ['ingress', ingress],
      ['egress', egress],
    ] as const
  ).map(([name, { distribution }]) => ({ name, epochs: distribution.epochs }));
  const changed = rows.filter(({ epochs }) => epochs.length > 1);
  if (changed.length === 0) return [];
  const starts = (epochs: readonly Epoch[]) => epochs.map(({ start }) => x(offsetOf(start, analysis)));
  const [a, b] = rows.map(({ epochs }) => starts(epochs));
  const alike = a!.length === b!.length && a!.every((at, i) => Math.abs(at - b![i]!) < SAME);
  if (alike) return [{ title: null, epochs: changed[0]!.epochs }];
  return changed.map(({ name, epochs }) => ({ title: names[name as DirectionName].short, epochs }));
}

export const heightOf = (rows: readonly EpochRow[]) => rows.length * BRACKETS;

export function brackets(
  pen: Pen,
  rows: readonly EpochRow[],
  analysis: Analysis,
  x: (seconds: number) => number,
  y: number,
): void {
  rows.forEach(({ title, epochs }, r) => {
    const line = y + r * BRACKETS + 22;
    if (title !== null) pen.text(x(0) - 8, line + 5, title, { class: 'q xs', 'text-anchor': 'end' });
    epochs.forEach(({ start, end, activePorts }, i) => {
      const [from, to] = [x(offsetOf(start, analysis)) + 1, x(offsetOf(end, analysis)) - 1];
      if (to - from < 2) return;
      pen.add('path', { d: `M${round(from)} ${line + 7}V${line}H${round(to)}V${line + 7}`, class: 'inkl bracket' });
      const links = count(activePorts.length, 'link');
      const texts = [`part ${i + 1}: ${links}`, links, `${activePorts.length}`];
      const fits = texts.find((text) => textWidth(text, TEXT) < to - from - 4);
      if (fits !== undefined) pen.text((from + to) / 2, line - 7, fits, { class: 'b', 'text-anchor': 'middle' });
    });
  });
}

/** Lines at 45 degrees inside of a box: a pattern would need an id of its own in every chart. */
export function hatch(pen: Pen, x: number, y: number, width: number, height: number): void {
  let d = '';
  for (let offset = -height; offset < width; offset += HATCH) {
    const x1 = Math.max(0, offset);
    const x2 = Math.min(width, offset + height);
    if (x2 - x1 < 0.5) continue;
    d += `M${round(x + x1)} ${round(y + height - (x1 - offset))}L${round(x + x2)} ${round(y + height - (x2 - offset))}`;
  }
  if (d !== '') pen.add('path', { d, class: 'hatch' });
}

/** Longest first: what fits is written. */
export const awayTexts = ({ from, to }: Span) => [
  `not in the bundle for ${seconds(to - from)}`,
  `away ${seconds(to - from)}`,
];
