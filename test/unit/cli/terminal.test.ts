import { describe, expect, it } from 'vitest';
import { progressLine, progressText } from '../../../src/cli/progress.js';
import { style } from '../../../src/cli/style.js';

describe('the style of the terminal', () => {
  const terminal = { isTerminal: true, columns: (): number | undefined => 120 };
  const utf8 = { LANG: 'en_US.UTF-8' };

  it('shows what the terminal can', () => {
    expect(style('auto', true, utf8, terminal)).toEqual({ color: true, unicode: true, width: 120 });
    expect(style('auto', true, { LANG: 'C' }, terminal).unicode).toBe(false);
  });

  it('has the usual width where the terminal does not know its own', () => {
    for (const columns of [0, undefined]) {
      expect(style('auto', true, utf8, { isTerminal: true, columns: () => columns }).width).toBe(80);
    }
  });

  it('is plain where there is none', () => {
    const plain = { color: false, unicode: false, width: 80 };
    expect(style('auto', true, utf8, { ...terminal, isTerminal: false })).toEqual(plain);
    expect(style('auto', false, utf8, terminal)).toEqual(plain); // -o FILE
  });

  it('obeys NO_COLOR, TERM and --color', () => {
    expect(style('auto', true, { ...utf8, NO_COLOR: '1' }, terminal).color).toBe(false);
    expect(style('auto', true, { ...utf8, TERM: 'dumb' }, terminal).color).toBe(false);
    expect(style('never', true, utf8, terminal).color).toBe(false);
    expect(style('always', false, { NO_COLOR: '1' }, terminal).color).toBe(true);
  });
});

describe('progress', () => {
  const progress = { bytesRead: 50e6, bytesTotal: 200e6, frames: 1_234_567 };

  it('says how far, how fast and how long', () => {
    expect(progressText(progress, 2)).toBe('25 %, 1,234,567 frames, 50 MB, 25 MB/s, 6 s left');
    expect(progressText({ ...progress, bytesTotal: null }, 2)).toBe('1,234,567 frames, 50 MB, 25 MB/s');
  });

  it('is shown four times a second at most, and erased', () => {
    let now = 0;
    const written: string[] = [];
    const line = progressLine(
      true,
      () => now,
      (text) => written.push(text),
    );
    for (; now < 1000; now += 10) line.update(progress);
    expect(written).toHaveLength(3); // at 250, 500 and 750 ms
    line.clear();
    expect(written.at(-1)).toBe('\r\x1b[K');
  });

  it('says what is worked out once all is read', () => {
    let now = 0;
    const written: string[] = [];
    const line = progressLine(
      true,
      () => now,
      (text) => written.push(text),
    );
    now = 3100;
    line.work('egress hash');
    expect(written).toEqual(['\r\x1b[Kall read, working out what egress is hashed on, 3 s, Ctrl-C ends it']);
  });

  it('writes nothing where there is no terminal', () => {
    const written: string[] = [];
    const line = progressLine(
      false,
      () => 1e9,
      (text) => written.push(text),
    );
    line.update(progress);
    line.work('ingress hash');
    line.clear();
    expect(written).toEqual([]);
  });
});
