import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { picture } from '../../src/live/view/picture.js';
import { FIRST_UI } from '../../src/live/view/ui.js';
import { LiveView } from '../../src/live/view/view.js';
import { PING_PONG_STATE, STATE } from '../helpers/live-state.js';
import { Terminal } from '../helpers/terminal.js';

const STYLE = { color: true, unicode: true };
const lines = (state = STATE, columns = 80, rows = 24) =>
  picture(state, FIRST_UI, { columns, rows }, { color: false, unicode: true, hasKeys: true });

function opened({ hasKeys = true, write = async () => 'Written to lag.html' } = {}) {
  const terminal = new Terminal({ hasKeys });
  const end = vi.fn();
  const view = new LiveView(terminal, STYLE, { end, write });
  view.open();
  view.show(STATE);
  return { terminal, view, end };
}

const isUntouched = (terminal: Terminal) => {
  const { isRaw, isAlternate, isCursorShown, wraps, isListenedTo } = terminal;
  return !isRaw && !isAlternate && isCursorShown && wraps && !isListenedTo;
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the screen', () => {
  it('shows the picture, and gives the terminal back as it was', () => {
    const { terminal, view } = opened();
    expect(terminal.lines).toEqual(lines());
    expect(terminal).toMatchObject({ isRaw: true, isAlternate: true, isCursorShown: false, wraps: false });
    view.close();
    expect(isUntouched(terminal)).toBe(true);
    expect(terminal.lines.join('')).toBe('');
    const written = terminal.writes.length;
    view.close();
    view.show(PING_PONG_STATE);
    expect(terminal.writes).toHaveLength(written);
  });

  it('writes once for a picture, and only lines that changed', () => {
    const { terminal, view } = opened();
    const before = terminal.writes.length;
    view.show(STATE);
    expect(terminal.writes).toHaveLength(before);
    view.show({ ...STATE, seconds: STATE.seconds + 1, timeMs: STATE.timeMs + 1000 });
    expect(terminal.writes).toHaveLength(before + 1);
    expect(terminal.writes.at(-1)!.match(/\u001b\[\d+;1H/g)).toEqual(['\u001b[1;1H']);
    expect(terminal.lines[0]).toContain('00:02:12');
  });

  it('draws anew after a resize, and at Ctrl-L', () => {
    const { terminal } = opened();
    terminal.resize(120, 40);
    expect(terminal.lines).toEqual(lines(STATE, 120, 40));
    terminal.resize(40, 12);
    expect(terminal.lines).toEqual(lines(STATE, 40, 12));
    terminal.type('\u000c');
    expect(terminal.lines).toEqual(lines(STATE, 40, 12));
  });

  it('does not wait for a terminal that does not read, and shows the newest when it does', () => {
    const { terminal, view } = opened();
    terminal.room = 10;
    const written = terminal.writes.join('').length;
    view.show(PING_PONG_STATE);
    for (let n = 0; n < 100; n++) view.show({ ...STATE, seconds: n });
    vi.advanceTimersByTime(1000);
    expect(terminal.writes.join('').length).toBe(written + 10);
    terminal.room = Number.POSITIVE_INFINITY;
    view.show(STATE);
    vi.advanceTimersByTime(1000);
    expect(terminal.lines).toEqual(lines());
  });

  it('leaves a terminal that does not read without waiting for ever, and ends what it began to write', () => {
    const { terminal, view } = opened();
    terminal.room = 3; // within an escape sequence
    view.show(PING_PONG_STATE);
    const leaving = setTimeout(() => undefined, 0);
    view.close();
    clearTimeout(leaving);
    expect(terminal.isListenedTo).toBe(false);
    expect(terminal.isRaw).toBe(false);

    const slow = opened();
    slow.terminal.room = 3;
    slow.view.show(PING_PONG_STATE);
    slow.terminal.room = Number.POSITIVE_INFINITY;
    slow.view.close();
    expect(isUntouched(slow.terminal)).toBe(true);
  });

  it('stands still while it is paused, and goes on with the newest', () => {
    const { terminal, view } = opened();
    terminal.type('p');
    view.show(PING_PONG_STATE);
    expect(terminal.lines[0]).toContain('PAUSED');
    expect(terminal.lines.slice(1, 23)).toEqual(lines().slice(1, 23));
    terminal.type('p');
    expect(terminal.lines).toEqual(lines(PING_PONG_STATE));
  });

  it('passes the end on each time, and never ends by itself', () => {
    const { terminal, end } = opened();
    terminal.type('q');
    terminal.type('\u0003');
    expect(end).toHaveBeenCalledTimes(2);
    expect(terminal.isAlternate).toBe(true);
  });

  it('says what came of writing', async () => {
    const { terminal } = opened();
    terminal.type('w');
    expect(terminal.lines.at(-1)).toBe('Writing …');
    await vi.advanceTimersByTimeAsync(0);
    expect(terminal.lines.at(-1)).toBe('Written to lag.html');
    terminal.type('x');
    expect(terminal.lines.at(-1)).toContain('q quit');
    const full = opened({ write: () => Promise.reject(new Error('no space is left')) });
    full.terminal.type('w');
    await vi.advanceTimersByTimeAsync(0);
    expect(full.terminal.lines.at(-1)).toBe('Not written: no space is left');
  });

  it('gives the terminal to the shell at Ctrl-Z, and takes it back', () => {
    const { terminal, view } = opened();
    const during = vi.spyOn(terminal, 'suspend').mockImplementation(() => {
      expect(isUntouched(terminal)).toBe(true);
    });
    terminal.type('\u001a');
    expect(during).toHaveBeenCalledOnce();
    expect(terminal.isRaw).toBe(true);
    expect(terminal.lines).toEqual(lines());
    view.resume();
    expect(terminal.lines).toEqual(lines());
  });

  it('reads keys that come in pieces, and a lone escape after a while', () => {
    const { terminal } = opened();
    terminal.type('\u001b');
    terminal.type('[');
    terminal.type('C');
    expect(terminal.lines[0]).toContain('[2 connections]');
    terminal.type('?');
    terminal.type('\u001b');
    expect(terminal.lines.join()).toContain('KEYS');
    vi.advanceTimersByTime(100);
    expect(terminal.lines.join()).not.toContain('KEYS');
  });

  it('has no keys where standard input is no terminal', () => {
    const { terminal } = opened({ hasKeys: false });
    expect(terminal.lines.at(-1)).toBe('Ctrl-C ends the capture.');
  });
});
