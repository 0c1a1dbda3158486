/** Bad luck or bad hash? What a fair hash would give for so many draws, and what was seen: busy links, and the fullest link. */
import type { LuckRow } from '../../document/schema.js';
import { odds, share } from '../words.js';
import { drawSvg, type Pen } from './svg.js';

const WORDS: Readonly<Record<LuckRow['unit'], readonly [string, string]>> = {
  peers: ['If addresses decided', 'addresses'],
  flows: ['If ports decided as well', 'flows'],
  cells: ['By the fields that fit best', 'keys'],
};

const HEIGHT = 188;
const BASE = 148;
const LEFT = 6;
const LABELLED = 8; // of more bars only some have a figure
const WIDEST = 40; // bars

interface Bar {
  readonly value: number;
  readonly chance: number;
}

export function luckChart(row: LuckRow, width: number, className: string): string {
  const bars = row.busyChances.map((chance, i) => ({ value: i + 1, chance }));
  const [title, unit] = WORDS[row.unit];
  const figures = bars
    .map(({ value, chance }) => `${value} ${value === 1 ? 'link' : 'links'} ${odds(chance)}`)
    .join(', ');
  const claim = `${title}: ${row.n} ${unit}, ${row.busyLinks} links seen`;
  return drawSvg({ width, height: HEIGHT }, className, claim, figures, (pen) => {
    pen.text(0, 14, title, { class: 'h' });
    pen.text(0, 32, `${row.n} ${unit}: links busy`, { class: 'q' });
    histogram(pen, bars, row.busyLinks, width);
  });
}

/** Units on the fullest link. @returns null where the document does not say */
export function fullestChart(row: LuckRow, width: number, className: string): string | null {
  const { fullest, n, unit } = row;
  if (fullest === null) return null;
  const bars = contiguous(fullest.chances, fullest.units);
  const words = WORDS[unit][1];
  const figures = fullest.chances.map(({ units, chance }) => `${units} ${words} ${odds(chance)}`).join(', ');
  const claim = `The fullest link of ${n} ${words}: ${fullest.units} seen, ${fullest.expected.toFixed(1)} expected`;
  return drawSvg({ width, height: HEIGHT }, className, claim, figures, (pen) => {
    pen.text(0, 14, 'On the fullest link', { class: 'h' });
    pen.text(0, 32, `${n} ${words}: ${fullest.expected.toFixed(1)} on average`, { class: 'q' });
    histogram(pen, bars, fullest.units, width);
  });
}

/** From the least likely value to the largest, gaps filled; what was seen far away takes the last bar. */
function contiguous(chances: readonly { readonly units: number; readonly chance: number }[], seen: number): Bar[] {
  const usual = chances.filter(({ units }) => units !== seen);
  const [least, most] = [Math.min(...usual.map(({ units }) => units)), Math.max(...usual.map(({ units }) => units))];
  const first = usual.length === 0 ? seen : Math.min(seen, least);
  const last = usual.length === 0 ? seen : Math.max(Math.min(seen, first + WIDEST), most);
  const bars = Array.from({ length: last - first + 1 }, (_, i) => ({
    value: first + i,
    chance: chances.find(({ units }) => units === first + i)?.chance ?? 0,
  }));
  return seen > last ? [...bars.slice(0, WIDEST), { value: seen, chance: 0 }] : bars;
}

function histogram(pen: Pen, bars: readonly Bar[], seen: number, width: number): void {
  const step = (width - 2 * LEFT) / bars.length;
  const most = Math.max(...bars.map(({ chance }) => chance));
  const mode = bars.findIndex(({ chance }) => chance === most);
  pen.line(0, BASE, width, BASE, 'ax');
  bars.forEach(({ value, chance }, i) => {
    const isSeen = value === seen;
    const x = LEFT + i * step;
    const high = most > 0 ? (chance / most) * 84 : 0;
    // At least a hair: what was seen is never nothing.
    const drawn = Math.max(chance > 0 || isSeen ? 1 : 0, high);
    pen.rect(x + step * 0.1, BASE - drawn, step * 0.8, drawn, isSeen ? 'ink' : 'mid');
    const isEdge = i === 0 || i === bars.length - 1;
    if (bars.length > LABELLED && !isSeen && !isEdge && i !== mode) return;
    if (bars.length > LABELLED && !isSeen && isBeside(bars, i, seen)) return;
    const middle = x + step / 2;
    const anchor = bars.length <= LABELLED ? 'middle' : i === 0 ? 'start' : i === bars.length - 1 ? 'end' : 'middle';
    const at = anchor === 'start' ? x : anchor === 'end' ? x + step : middle;
    // Tiny chances are long words: neighbours stand on two lines.
    const lift = chance < 0.001 && i % 2 === 1 ? 13 : 0;
    const figure = chance < 0.001 && chance > 0 ? odds(chance) : share(chance);
    const isCrowded = bars.length > LABELLED && isEdge && !isSeen; // its bar is short and speaks for itself
    if (!isCrowded && (chance > 0 || !isSeen)) {
      pen.text(at, BASE - high - 6 - lift, figure, { class: isSeen ? 'b xs' : 'xs', 'text-anchor': anchor });
    }
    pen.text(at, BASE + 16, `${value}`, { class: isSeen ? 'b' : 'q', 'text-anchor': anchor });
    if (isSeen) pen.text(at, BASE + 33, 'seen here', { class: 'b xs', 'text-anchor': anchor });
  });
}

/** Next to the bar whose figure counts there is no room for another. */
function isBeside(bars: readonly Bar[], i: number, seen: number): boolean {
  return Math.abs(i - bars.findIndex(({ value }) => value === seen)) <= NEAR;
}
const NEAR = 2;
