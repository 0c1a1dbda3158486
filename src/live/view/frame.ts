/** What every part of the picture draws from, and times as all of them write it. */

import type { DirectionName } from '../../document/schema.js';
import { namesOf } from '../../report/names.js';
import type { LiveState } from '../state.js';
import type { Pen } from './pen.js';
import type { DirectionChoice, Ui } from './ui.js';

export interface Frame {
  readonly state: LiveState;
  readonly ui: Ui;
  readonly pen: Pen;
  readonly columns: number;
}

export interface Way {
  readonly name: DirectionName;
  readonly short: 'in' | 'out';
}

const WAYS: readonly Way[] = [
  { name: 'ingress', short: 'in' },
  { name: 'egress', short: 'out' },
];

/** The directions that are shown. */
export const waysOf = (choice: DirectionChoice): readonly Way[] =>
  WAYS.filter(({ short }) => choice === 'both' || choice === short);

/** What the direction is called: by the two ends, once an analysis knows which is which. */
export function wayText({ judged }: LiveState, { name, short }: Way): string {
  if (judged === null) return short;
  const { arrow, short: words } = namesOf(judged.document)[name];
  return words === short ? `${short}: ${arrow}` : arrow;
}

/** Hours, minutes and seconds, days in front of them where there are any. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number) => `${n}`.padStart(2, '0');
  const [days, hours] = [Math.floor(whole / 86_400), Math.floor(whole / 3600) % 24];
  return `${days > 0 ? `${days}d ` : ''}${two(hours)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

/** A moment since the capture began. */
export const clockAt = ({ timeMs, seconds }: LiveState, momentMs: number) =>
  clock(seconds - (timeMs - momentMs) / 1000);

/** Per cent of a rate: whole ones, and never 0 for what is not nothing. */
export function percent(part: number): string {
  const value = part * 100;
  if (value > 0 && value < 0.5) return '<1 %';
  return `${Math.round(value)} %`;
}
