/** Marks on a time axis of when a link was full: a line of ink at the outer edge of its half strip. */
import type { Analysis, DirectionName } from '../../document/schema.js';
import { offsetOf } from '../times.js';
import type { Pen } from './svg.js';

const EDGE = 3; // pixels from the edge of the strip
const LEAST = 2;

export function fullMarks(
  pen: Pen,
  analysis: Analysis,
  { name, port, up }: { readonly name: DirectionName; readonly port: string; readonly up: boolean },
  x: (seconds: number) => number,
  middle: number,
  half: number,
): void {
  const y = middle + (half - EDGE) * (up ? -1 : 1);
  for (const { start, end } of spansOf(analysis, name, port)) {
    const [from, to] = [x(offsetOf(start, analysis)), x(offsetOf(end, analysis))];
    pen.line(from, y, Math.max(to, from + LEAST), y, 'inkl');
  }
}

export const isAnyFull = ({ directions }: Analysis) =>
  [directions.ingress, directions.egress].some(({ saturation }) => saturation.verdict === 'full');

const spansOf = ({ directions }: Analysis, name: DirectionName, port: string) =>
  directions[name].saturation.ports.find((each) => each.port === port)?.spans ?? [];
