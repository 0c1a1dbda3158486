import { describe, expect, it } from 'vitest';
import { picture } from '../../src/live/view/picture.js';
import { FIRST_UI, PANELS } from '../../src/live/view/ui.js';
import { width } from '../../src/report/columns.js';
import { visible } from '../../src/report/visible.js';
import { STATE } from '../helpers/live-state.js';
import { emptyAnalysis, hostile, SAMPLES, sampleAnalysis } from '../helpers/sample-analysis.js';

const SIZES = [
  [80, 24],
  [132, 50],
  [40, 12],
  [20, 5],
] as const;

describe('the live view of real documents', () => {
  it.each([...SAMPLES, 'nothing'])('%s: fits every window, hostile names or not', async (name) => {
    const document = name === 'nothing' ? await emptyAnalysis() : await sampleAnalysis(name);
    for (const judged of [document, hostile(document)]) {
      const state = { ...STATE, judged: { timeMs: STATE.timeMs, document: judged } };
      for (const panel of PANELS) {
        for (const [columns, rows] of SIZES) {
          for (const unicode of [true, false]) {
            const style = { color: false, unicode, hasKeys: true };
            const lines = picture(state, { ...FIRST_UI, panel }, { columns, rows }, style);
            expect(lines.length).toBe(rows);
            expect(Math.max(...lines.map(width))).toBeLessThanOrEqual(columns);
            expect(lines.map(visible)).toEqual(lines);
            if (!unicode) expect(lines.join('')).toMatch(/^[ -~]*$/);
          }
        }
      }
    }
  });

  it('shows the answer first', async () => {
    const document = await sampleAnalysis('rr-pingpong');
    const state = { ...STATE, judged: { timeMs: STATE.timeMs, document } };
    const drawn = picture(state, FIRST_UI, { columns: 120, rows: 40 }, { color: false, unicode: true, hasKeys: true });
    expect(drawn.join('\n')).toContain(document.findings[0]!.title);
    expect(drawn.join('\n')).toMatch(/PATHS +PING-PONG: \d+ flows/);
  });
});
