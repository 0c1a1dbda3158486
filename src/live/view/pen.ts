/** How the live view draws: text made fit to print and measured first, coloured last, so that no colour is ever cut in two. */

import { clip, padEnd, padStart, width } from '../../report/columns.js';
import { shortName } from '../../report/names.js';
import { ascii } from '../../report/terminal/ascii.js';
import { colorOf, INK, paint, shapeOf } from '../../report/terminal/paint.js';
import { visible } from '../../report/visible.js';

export interface ViewStyle {
  readonly color: boolean;
  readonly unicode: boolean;
}

/** A piece of a line. `ink` is what the piece means, as a parameter of SGR; nothing is said by it alone. */
export interface Span {
  readonly text: string;
  readonly ink?: number;
}

export type Line = readonly Span[];

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const HALVES = ['', ':'];
const ASCII_LEVELS = ['_', '.', ':', '-', '=', '+', '*', '#'];

export class Pen {
  readonly #ports: readonly string[];
  readonly #names: readonly string[];

  constructor(
    readonly style: ViewStyle,
    ports: readonly string[],
  ) {
    this.#ports = ports;
    this.#names = ports.map((port) => this.text(port));
  }

  /** As it may be printed: nothing in it takes effect on a terminal. */
  text(text: string): string {
    const shown = visible(text);
    return this.style.unicode ? shown : ascii(shown);
  }

  /** Exactly `columns` wide. */
  cell(text: string, columns: number): string {
    return padEnd(clip(this.text(text), Math.max(0, columns)), columns);
  }

  right(text: string, columns: number): string {
    return padStart(clip(this.text(text), Math.max(0, columns)), columns);
  }

  /** A port as its shape, its name and its colour, as the report has them. */
  chip(port: string, columns: number): Span {
    const index = this.#ports.indexOf(port);
    const room = Math.max(1, columns - 2);
    const name = shortName(this.text(port), this.#names, room, this.style.unicode ? '…' : '~');
    return { text: this.cell(`${this.text(shapeOf(index))} ${name}`, columns), ink: colorOf(index) };
  }

  /** @param part of the whole, 0 to 1; at least a sliver of what is not nothing */
  bar(part: number, columns: number): string {
    const { unicode } = this.style;
    const parts = unicode ? EIGHTHS : HALVES;
    const steps = parts.length;
    const most = columns * steps;
    const filled = part > 0 ? Math.min(most, Math.max(1, Math.round(part * most))) : 0;
    const whole = Math.floor(filled / steps);
    const drawn = (unicode ? '█' : '#').repeat(whole) + (parts[filled % steps] ?? '');
    return drawn + (unicode ? '·' : '.').repeat(Math.max(0, columns - width(drawn)));
  }

  /** The last values, the newest at the right; blank where there are none. `most` is drawn full. */
  sparkline(values: readonly number[], most: number, columns: number): string {
    const levels = this.style.unicode ? LEVELS : ASCII_LEVELS;
    const shown = columns > 0 ? values.slice(-columns) : [];
    const level = (value: number) => Math.min(7, Math.max(value > 0 ? 1 : 0, Math.round((value / most) * 7)));
    return padStart(shown.map((value) => levels[most > 0 ? level(value) : 0]).join(''), columns);
  }

  /** The line as it is written: never wider than that, colours closed. */
  draw(line: Line, columns: number): string {
    if (columns <= 0) return '';
    let room = columns;
    let drawn = '';
    const spans = line.map(({ text, ink }) => ({ text: this.text(text), ink }));
    const last = spans.findLastIndex(({ text }) => text.trim() !== '');
    for (const [at, { text, ink }] of spans.slice(0, last + 1).entries()) {
      const shown = at === last ? text.trimEnd() : text;
      // The last column tells that something was cut, wherever the cut falls.
      const kept = clip(at < last && width(shown) === room ? `${shown} ` : shown, room);
      drawn += this.style.color && ink !== undefined ? paint(ink, kept) : kept;
      room -= width(kept);
      if (room <= 0) break;
    }
    return drawn;
  }
}

/** The first lines; that there were more is said at the end of the last one. */
export function firstOf(lines: readonly Line[], rows: number, columns: number): Line[] {
  if (lines.length <= rows) return [...lines];
  const kept = lines.slice(0, Math.max(0, rows));
  const last = kept.pop();
  if (last === undefined) return [];
  const [end, ...before] = last.toReversed();
  const room = columns - before.reduce((sum, { text }) => sum + width(text), 0) - 4;
  const text = end === undefined ? '' : end.text.trimEnd();
  return [...kept, [...before.reverse(), { ...end, text: `${clip(text, Math.max(0, room))} …` }]];
}

export const plain = (text: string): Line => [{ text }];
export const dim = (text: string): Span => ({ text, ink: INK.dim });
export const bold = (text: string): Span => ({ text, ink: INK.bold });
export const alarm = (text: string): Span => ({ text, ink: INK.red });
