import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analysisSchema } from '../../../src/document/schema.js';
import type { LiveState } from '../../../src/live/state.js';
import { extentOf, type Picture, picture } from '../../../src/live/view/picture.js';
import { DIRECTIONS, FIRST_UI, PANELS, SORTS, type Ui } from '../../../src/live/view/ui.js';
import { width } from '../../../src/report/columns.js';
import { visible } from '../../../src/report/visible.js';
import {
  FIRST_STATE,
  hostileState,
  manyPorts,
  PING_PONG_STATE,
  STATE,
  unknownRates,
} from '../../helpers/live-state.js';

const PLAIN: Picture = { color: false, unicode: true, hasKeys: true };
const ASCII: Picture = { ...PLAIN, unicode: false };

const shown = (state: LiveState, ui: Partial<Ui> = {}, columns = 80, rows = 24, style = PLAIN) =>
  picture(state, { ...FIRST_UI, ...ui }, { columns, rows }, style);
const text = (...given: Parameters<typeof shown>) => shown(...given).join('\n');

describe('the live view', () => {
  it.each([
    [80, 24],
    [120, 40],
    [40, 12],
  ])('looks as recorded at %i columns and %i rows', async (columns, rows) => {
    const drawn = `${text(STATE, {}, columns, rows)}\n`;
    await expect(drawn).toMatchFileSnapshot(`expected/live-${columns}x${rows}.txt`);
  });

  it.each(PANELS)('the panel %s looks as recorded, of ping-pong and in ASCII', async (panel) => {
    const drawn = `${text(PING_PONG_STATE, { panel }, 80, 24, ASCII)}\n`;
    await expect(drawn).toMatchFileSnapshot(`expected/live-${panel.toLowerCase()}.txt`);
  });

  it('is shown in the README as it is', () => {
    const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
    expect(readme).toContain(`\`\`\`text\n${text(STATE).replaceAll('\u00a0', ' ')}\n\`\`\``);
  });

  it('is drawn from states that could be: their documents satisfy the schema, their figures agree', () => {
    for (const { judged } of [STATE, PING_PONG_STATE]) analysisSchema.parse(judged!.document);
    const load = STATE.ports.reduce((sum, { ingress }) => sum + ingress.bitsPerSecond, 0);
    const connections = STATE.connections.reduce((sum, { ingress }) => sum + ingress!.bitsPerSecond, 0);
    expect(load / 1e6).toBeCloseTo(connections / 1e6 + 4 * 0.1, 6); // the control connections are not in the list
    expect(text(STATE)).toContain(`in ${Math.round(load / 1e6)}\u00a0Mbit/s (25 % of 4.00\u00a0Gbit/s)`);
  });

  it('stays within any window, whatever the names, and lets nothing take effect', () => {
    const states = {
      ...{ usual: STATE, first: FIRST_STATE, pingPong: PING_PONG_STATE, hostile: hostileState(PING_PONG_STATE) },
      ...{ many: manyPorts(32), unknown: unknownRates(STATE) },
    };
    const names = Object.keys(states) as (keyof typeof states)[];
    const anyUi = fc.record({
      panel: fc.constantFrom(...PANELS),
      direction: fc.constantFrom(...DIRECTIONS),
      sort: fc.constantFrom(...SORTS),
      isPaused: fc.boolean(),
      isHelp: fc.boolean(),
      offset: fc.nat(40),
      message: fc.constantFrom(null, 'Written to lag.html'),
    });
    const size = fc.record({ columns: fc.integer({ min: 0, max: 220 }), rows: fc.integer({ min: 0, max: 70 }) });
    fc.assert(
      fc.property(fc.constantFrom(...names), anyUi, size, fc.boolean(), (name, ui, window, unicode) => {
        const state = states[name];
        const plain = picture(state, ui, window, { color: false, unicode, hasKeys: true });
        expect(plain.length).toBeLessThanOrEqual(window.rows);
        for (const line of plain) {
          expect(width(line)).toBeLessThanOrEqual(window.columns);
          expect(line).toBe(visible(line));
          if (!unicode) expect(line).toMatch(/^[ -~]*$/);
        }
        const colored = picture(state, ui, window, { color: true, unicode, hasKeys: true });
        expect(colored.map((line) => line.replaceAll(/\u001b\[\d+m/g, ''))).toEqual(plain);
        const { length, page } = extentOf(state, ui, window, { color: false, unicode, hasKeys: true });
        expect(Math.min(length, page)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 100 },
    );
  });

  it('fills a usual window to the last line, which says what can be pressed', () => {
    for (const panel of PANELS) {
      const lines = shown(STATE, { panel });
      expect(lines).toHaveLength(24);
      expect(lines.at(-1)).toMatch(/^q quit {2}p pause/);
    }
    expect(shown(STATE, {}, 80, 24, { ...PLAIN, hasKeys: false }).at(-1)).toBe('Ctrl-C ends the capture.');
  });

  it('still says what is full where there is hardly any room', () => {
    expect(text(STATE, {}, 20, 5)).toMatch(/igb2 100 %/);
  });

  it('calls ping-pong only what was judged to be, and a split by direction normal', () => {
    const drawn = text(PING_PONG_STATE, { panel: 'connections' }, 120, 24);
    expect(drawn.match(/PING-PONG/g)).toHaveLength(1);
    expect(drawn).toMatch(/:40001 → :5201 +igb1\+igb2 .* 498,120 +PING-PONG per frame/);
    expect(drawn).toMatch(/2 links, not judged/);
    expect(drawn).toMatch(/split by direction/);
    expect(text(STATE)).not.toContain('PING-PONG');
  });

  it('says bit/s alone where the rate of a link is not known', () => {
    const drawn = text(unknownRates(STATE));
    expect(drawn).toContain('999\u00a0Mbit/s');
    expect(drawn.split('\n').slice(0, 7).join()).not.toContain('%');
  });

  it('says before the first interval and the first analysis that nothing is known', () => {
    const drawn = text(FIRST_STATE);
    expect(drawn).toContain('in -');
    expect(drawn).toContain('No analysis yet');
    expect(drawn).not.toMatch(/0 %|server/);
  });

  it('puts lost frames and troubles first', () => {
    const lines = shown({ ...STATE, dropped: 1234, troubles: ['igb3: the capture ended'] });
    expect(lines[1]).toMatch(/^! 1,234 frames dropped/);
    expect(lines[2]).toBe('! igb3: the capture ended');
    const gone = STATE.ports.map((port) => (port.name === 'igb3' ? { ...port, isCaptured: false } : port));
    expect(text({ ...STATE, ports: gone })).toMatch(/igb3 +capture ended/);
  });

  it('names those of many links that carry most, and what the others carry', () => {
    const drawn = text(manyPorts(32));
    expect(drawn).toMatch(/\d+ more: in /);
  });

  it('shows one direction where one was chosen', () => {
    expect(text(STATE, { direction: 'out' })).not.toMatch(/HASH in|in: switch/);
    expect(text(STATE, { direction: 'out' })).toMatch(/HASH out/);
  });

  it('leaves out the address that most connections share, and says which', () => {
    const other = {
      ...STATE.connections[0]!,
      source: { ip: '198.51.100.1', port: 1 },
      destination: { ip: '2001:db8::1', port: null },
    };
    const drawn = text({ ...STATE, connections: [...STATE.connections, other] }, { panel: 'connections' }, 120);
    expect(drawn).toContain('CONNECTIONS OF 10.20.30.10 ');
    expect(drawn).toContain('10.20.30.104:40004 → :5201 ');
    expect(drawn).toContain('198.51.100.1:1 → 2001:db8::1 ');
    expect(text({ ...STATE, connections: [other] })).not.toContain('CONNECTIONS OF');
  });

  it('sorts, and scrolls no further than there are connections', () => {
    const first = (ui: Partial<Ui>) => shown(STATE, { panel: 'connections', ...ui })[3];
    expect(first({ sort: 'address' })).toContain('10.20.30.101:40001');
    expect(first({ offset: 4 })).toBe(first({ offset: 0 })); // all 16 fit
    const low = shown(STATE, { panel: 'connections', offset: 99 }, 80, 10);
    expect(low[8]).toContain('10.20.30.104:40004');
    const moved = { ...PING_PONG_STATE, connections: PING_PONG_STATE.connections.toReversed() };
    expect(shown(moved, { panel: 'connections', sort: 'changes' })[3]).toContain('10.20.30.101:40001');
  });

  it('says that it stands still, and what came of a wish', () => {
    expect(shown(STATE, { isPaused: true })[0]).toMatch(/^ PAUSED /);
    expect(shown(STATE, { message: 'Written to lag.html' }).at(-1)).toBe('Written to lag.html');
    expect(text(STATE, { isHelp: true })).toContain('split by direction');
  });
});
