/** What the person at the terminal chose, and how keys change it: no clock, no screen, no capture. */

export const PANELS = ['overview', 'connections', 'hash', 'LACP', 'events'] as const;
export type Panel = (typeof PANELS)[number];

export const SORTS = ['rate', 'changes', 'links', 'address'] as const;
export type Sort = (typeof SORTS)[number];

export const DIRECTIONS = ['both', 'in', 'out'] as const;
export type DirectionChoice = (typeof DIRECTIONS)[number];

export interface Ui {
  readonly panel: Panel;
  readonly direction: DirectionChoice;
  readonly sort: Sort;
  readonly isPaused: boolean;
  readonly isHelp: boolean;
  /** Lines of the panel's list above the first one that is shown. */
  readonly offset: number;
  /** What came of the last thing that was asked for; null once another key was pressed. */
  readonly message: string | null;
}

export const FIRST_UI: Ui = {
  panel: 'overview',
  direction: 'both',
  sort: 'rate',
  isPaused: false,
  isHelp: false,
  offset: 0,
  message: null,
};

/** How long the list of the panel is, and how much of it is shown. */
export interface Extent {
  readonly length: number;
  readonly page: number;
}

/** What a key asks of others than the picture. */
export type Wish = 'end' | 'write' | 'redraw' | 'suspend';

export function wishOf(key: string): Wish | null {
  if (key === 'q' || key === 'ctrl-c') return 'end';
  if (key === 'w') return 'write';
  if (key === 'ctrl-l') return 'redraw';
  return key === 'ctrl-z' ? 'suspend' : null;
}

export function pressed(before: Ui, key: string, extent: Extent): Ui {
  const ui = before.message === null ? before : { ...before, message: null };
  if (key === '?') return { ...ui, isHelp: !ui.isHelp };
  if (ui.isHelp) return key === 'escape' ? { ...ui, isHelp: false } : ui;
  const panel = panelBy(key, ui.panel);
  if (panel !== null) return { ...ui, panel, offset: 0 };
  switch (key) {
    case 'p':
    case ' ':
      return { ...ui, isPaused: !ui.isPaused };
    case 'd':
      return { ...ui, direction: after(DIRECTIONS, ui.direction), offset: 0 };
    case 's':
      return { ...ui, sort: after(SORTS, ui.sort), offset: 0 };
    default:
      return scrolled(ui, key, extent);
  }
}

function panelBy(key: string, now: Panel): Panel | null {
  if (key === 'tab' || key === 'right') return after(PANELS, now);
  if (key === 'shift-tab' || key === 'left') return after(PANELS, now, PANELS.length - 1);
  return /^[1-9]$/.test(key) ? (PANELS[Number(key) - 1] ?? null) : null;
}

function scrolled(ui: Ui, key: string, { length, page }: Extent): Ui {
  const most = Math.max(0, length - page);
  const step = Math.max(1, page - 1); // one line stays, for orientation
  const moves: Readonly<Record<string, number>> = {
    ...{ up: -1, down: 1, 'page-up': -step, 'page-down': step },
    ...{ home: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY },
  };
  const move = moves[key];
  if (move === undefined) return ui;
  return { ...ui, offset: Math.min(most, Math.max(0, Math.min(most, ui.offset) + move)) };
}

function after<T>(all: readonly T[], now: T, steps = 1): T {
  return all[(all.indexOf(now) + steps) % all.length] as T;
}
