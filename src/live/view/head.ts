/** The lines above and below every panel. */

import { width } from '../../report/columns.js';
import { INK } from '../../report/terminal/paint.js';
import { bitRate, number } from '../../report/words.js';
import type { LiveState } from '../state.js';
import { clock, type Frame, percent, type Way, waysOf } from './frame.js';
import { alarm, bold, dim, type Line, type Span } from './pen.js';
import { PANELS } from './ui.js';

const MOST_TROUBLES = 2;

/** Who and when, the panels, and what all links carry together. */
export function head(frame: Frame): Line[] {
  const { state, ui, columns } = frame;
  const title = columns >= 60 ? 'lacpscope live' : columns >= 34 ? 'live' : '';
  const name: Span = ui.isPaused ? { text: ' PAUSED ', ink: INK.inverse } : bold(title);
  const gap = name.text === '' ? '' : '  ';
  return [
    [name, { text: `${gap}${clock(state.seconds)}  ` }, ...tabs(frame)],
    totals(state, columns),
    ...troubles(frame),
  ];
}

function tabs({ ui, columns }: Frame): Span[] {
  return PANELS.flatMap((panel, index) => {
    if (panel === ui.panel) return [{ text: `[${index + 1} ${panel}]`, ink: INK.inverse }];
    return [dim(columns >= 80 ? ` ${index + 1} ${panel} ` : ` ${index + 1} `)];
  });
}

/** In as many words as there is room for. Lost frames come first: with them nothing else is quite sure. */
function totals({ ports, intervalSeconds, dropped }: LiveState, columns: number): Line {
  const load = (way: Way) => ports.reduce((sum, port) => sum + port[way.name].bitsPerSecond, 0);
  const said = (way: Way) => `${way.short} ${intervalSeconds === 0 ? '-' : bitRate(load(way))}`;
  const rates = ports.map(({ linkBitsPerSecond }) => linkBitsPerSecond);
  const most = rates.reduce<number>((sum, rate) => sum + (rate ?? 0), 0);
  const isKnown = most > 0 && intervalSeconds > 0 && !rates.includes(null);
  const ways = waysOf('both');
  const lost: Span[] =
    dropped !== null && dropped > 0 ? [alarm(`! ${number(dropped)} frames dropped`), { text: '   ' }] : [];
  const drops = lost.length > 0 ? [] : [dropped === null ? 'drops unknown' : '0 dropped'];
  const part = (way: Way, of: string) => `${said(way)}${isKnown ? ` (${percent(load(way) / most)}${of})` : ''}`;
  const texts = [
    [...ways.map((way) => part(way, ` of ${bitRate(most)}`)), ...drops].join('   '),
    [...ways.map((way, index) => part(way, index === 0 ? ` of ${bitRate(most)}` : '')), ...drops].join('   '),
    [...ways.map((way) => part(way, '')), ...drops].join('  '),
    [...ways.map(said), ...drops].join(' '),
  ];
  const room = columns - lost.reduce((sum, { text }) => sum + width(text), 0);
  return [...lost, { text: texts.find((text) => width(text) <= room) ?? texts.at(-1)! }];
}

function troubles({ state: { troubles: all } }: Frame): Line[] {
  if (all.length === 0) return [];
  const more = all.length - MOST_TROUBLES;
  return all
    .slice(-MOST_TROUBLES)
    .map((text, index) => [alarm('! '), { text: `${text}${index === 0 && more > 0 ? ` (and ${more} before)` : ''}` }]);
}

/** What can be pressed, or what came of it. */
export function foot({ ui, columns }: Frame, hasKeys: boolean): Line {
  if (ui.message !== null) return [bold(ui.message)];
  if (!hasKeys) return [dim('Ctrl-C ends the capture.')];
  const keys = ui.isPaused ? PAUSED_KEYS : KEYS;
  const texts = [
    keys.map(([key, says]) => `${key} ${says(ui)}`).join('  '),
    keys.map(([key, , short]) => `${key} ${short}`).join('  '),
    keys.map(([key]) => key).join(' '),
  ];
  return [dim(texts.find((text) => width(text) <= columns) ?? texts.at(-1)!)];
}

type KeyText = readonly [key: string, says: (ui: Frame['ui']) => string, short: string];

const KEYS: readonly KeyText[] = [
  ['q', () => 'quit', 'quit'],
  ['p', () => 'pause', 'pause'],
  ['d', ({ direction }) => `direction: ${direction}`, 'direction'],
  ['s', ({ sort }) => `sort: ${sort}`, 'sort'],
  ['w', () => 'write', 'write'],
  ['tab', () => 'panel', 'panel'],
  ['?', () => 'help', 'help'],
];
const PAUSED_KEYS: readonly KeyText[] = [
  ['p', () => 'goes on; the capture goes on meanwhile', 'goes on'],
  ['q', () => 'quit', 'quit'],
  ['?', () => 'help', 'help'],
];
