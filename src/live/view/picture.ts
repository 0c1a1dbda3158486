/** The picture: state, choices and size in, lines out. Pure: the same input is the same picture. */

import type { LiveState } from '../state.js';
import { connections, listed } from './connections.js';
import type { Frame } from './frame.js';
import { foot, head } from './head.js';
import { help } from './help.js';
import { hashes, lacpLine, next, paths, verdict } from './judged.js';
import { linkRows, links } from './links.js';
import { events, hashPanel, lacpPanel } from './panels.js';
import { dim, type Line, Pen, plain, type ViewStyle } from './pen.js';
import type { Extent, Ui } from './ui.js';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Are there keys? Without them nothing may promise any. */
export interface Picture extends ViewStyle {
  readonly hasKeys: boolean;
}

const PLENTY = 10_000;
/** From so many rows on the empty lines between the blocks are worth more than what could stand there. */
const AIRY = 32;

/** At most `rows` lines of at most `columns`, in which nothing takes effect but colours. */
export function picture(state: LiveState, ui: Ui, { columns, rows }: Size, style: Picture): string[] {
  const frame = frameOf(state, ui, columns, style);
  const above = head(frame);
  const room = rows - above.length - 1;
  const lines = [...above, ...padded(body(frame, Math.max(0, room)), room), foot(frame, style.hasKeys)];
  // Where there is no room for all of it the first lines tell most.
  return lines.slice(0, Math.max(0, rows)).map((line) => frame.pen.draw(line, Math.max(0, columns)));
}

/** Of the list that the panel scrolls. */
export function extentOf(state: LiveState, ui: Ui, { columns, rows }: Size, style: Picture): Extent {
  const frame = frameOf(state, ui, columns, style);
  const page = Math.max(0, rows - head(frame).length - 1);
  if (ui.panel === 'connections') return { length: listed(frame).length, page: Math.max(0, page - 1) };
  if (ui.panel !== 'overview') return { length: listOf(frame).length, page };
  const shown = overview(frame, page).find(({ block }) => block === CONNECTIONS)?.rows ?? 0;
  return { length: listed(frame).length, page: Math.max(0, shown - 1) };
}

function frameOf(state: LiveState, ui: Ui, columns: number, style: Picture): Frame {
  const pen = new Pen(
    style,
    state.ports.map(({ name }) => name),
  );
  return { state, ui, pen, columns };
}

function body(frame: Frame, rows: number): Line[] {
  const { ui, pen, columns } = frame;
  if (ui.isHelp) return help(pen, columns).slice(0, rows);
  if (ui.panel === 'overview') {
    const parts = overview(frame, rows);
    const spare = rows - parts.reduce((sum, part) => sum + part.rows, 0);
    const gaps = spare >= GAPS;
    return parts.flatMap(({ block, rows: most }, index) => {
      const lines = block.lines(frame, most).slice(0, most);
      return gaps && index > 0 && block.isApart ? [plain(''), ...lines] : lines;
    });
  }
  if (ui.panel === 'connections') return connections(frame, rows);
  const list = listOf(frame);
  const from = Math.min(ui.offset, Math.max(0, list.length - rows));
  return list.slice(from, from + rows);
}

function listOf(frame: Frame): Line[] {
  if (frame.ui.panel === 'hash') return hashPanel(frame);
  return frame.ui.panel === 'LACP' ? lacpPanel(frame) : events(frame);
}

interface Block {
  readonly lines: (frame: Frame, rows: number) => Line[];
  /** Rows without which it says nothing. */
  readonly least: number;
  /** Rows beyond which it has nothing to say. */
  readonly most: (frame: Frame) => number;
  /** Does an empty line stand above it where there is room? */
  readonly isApart: boolean;
}

const all = (lines: Block['lines']) => (frame: Frame) => lines(frame, PLENTY).length;

const LINKS: Block = { lines: links, least: 5, most: linkRows, isApart: true };
const VERDICT: Block = { lines: verdict, least: 2, most: all(verdict), isApart: true };
const HASHES: Block = { lines: hashes, least: 2, most: all(hashes), isApart: true };
const PATHS: Block = { lines: paths, least: 1, most: all(paths), isApart: false };
const LACP: Block = { lines: lacpLine, least: 1, most: all(lacpLine), isApart: false };
const NEXT: Block = { lines: next, least: 1, most: all(next), isApart: false };
const CONNECTIONS: Block = {
  lines: connections,
  least: 2,
  most: (frame) => 1 + Math.max(1, listed(frame).length),
  isApart: true,
};
const EVENTS: Block = {
  lines: (frame, rows) => [[dim('EVENTS')], ...events(frame).slice(0, rows - 1)],
  least: 2,
  most: (frame) => 1 + events(frame).length,
  isApart: true,
};

const IN_ORDER: readonly Block[] = [LINKS, VERDICT, HASHES, PATHS, LACP, NEXT, CONNECTIONS, EVENTS];

const GAPS = IN_ORDER.filter(({ isApart }) => isApart).length - 1;

/** What gets its least first, where the room is small; then who grows, in steps up to a number of rows. */
const BY_NEED: readonly Block[] = [LINKS, VERDICT, CONNECTIONS, PATHS, HASHES, EVENTS, LACP, NEXT];
const GROWTH: readonly (readonly [Block, number])[] = [
  ...([
    [LINKS, 5],
    [HASHES, 4],
    [CONNECTIONS, 4],
    [PATHS, 2],
    [CONNECTIONS, 6],
    [VERDICT, 3],
    [EVENTS, 3],
  ] as const),
  ...([
    [LINKS, 9],
    [CONNECTIONS, 11],
    [EVENTS, 6],
    [NEXT, 8],
    [VERDICT, 8],
    [LINKS, 33],
    [HASHES, 8],
  ] as const),
  ...([
    [CONNECTIONS, PLENTY],
    [EVENTS, PLENTY],
    [VERDICT, PLENTY],
    [HASHES, PLENTY],
  ] as const),
];

function overview(frame: Frame, rows: number): { readonly block: Block; readonly rows: number }[] {
  const given = new Map<Block, number>();
  let left = rows < AIRY ? rows : rows - GAPS;
  const wants = new Map(IN_ORDER.map((block) => [block, block.most(frame)]));
  const grow = (block: Block, to: number) => {
    const has = given.get(block) ?? 0;
    const more = Math.min(to, wants.get(block) ?? 0) - has;
    if (more <= 0 || left <= 0) return;
    given.set(block, has + Math.min(more, left));
    left -= Math.min(more, left);
  };
  for (const block of BY_NEED) {
    if (block === LINKS || left >= Math.min(block.least, wants.get(block) ?? 0)) grow(block, block.least);
  }
  for (const [block, to] of GROWTH) if (given.has(block)) grow(block, to);
  return IN_ORDER.filter((block) => given.has(block)).map((block) => ({ block, rows: given.get(block) ?? 0 }));
}

/** Down to the last line of the screen. */
function padded(lines: readonly Line[], rows: number): Line[] {
  return [...lines, ...Array.from({ length: Math.max(0, rows - lines.length) }, () => plain(''))];
}
