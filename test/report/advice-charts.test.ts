import { describe, expect, it } from 'vitest';
import { luckRow } from '../../src/inference/luck.js';
import { fullestChart, luckChart } from '../../src/report/charts/luck.js';
import { whatIfChart } from '../../src/report/charts/what-if.js';
import { weighedPolicies } from '../../src/report/weighed.js';
import { SAMPLES, sampleAnalysis } from '../helpers/sample-analysis.js';

const WIDTHS = [760, 340, 328];

/** Every coordinate is a number inside of the drawing; text may reach out by its own width only where it is anchored. */
function isDrawn(svg: string, width: number): void {
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  for (const [, x] of svg.matchAll(/\s(?:x|cx|x1|x2)="([^"]*)"/g)) {
    expect(Number(x)).toBeGreaterThanOrEqual(0);
    expect(Number(x)).toBeLessThanOrEqual(width);
  }
}

describe('the luck charts', () => {
  it.each([
    [4, 4, 1, 4],
    [4, 4, 4, 1],
    [24, 4, 1, 24],
    [24, 4, 4, 7],
    [2, 2, 1, 2],
    [300, 16, 16, 30],
    [500, 2, 2, 500],
  ])('of %i units on %i links stay inside, and mark what was seen once', (n, links, busy, most) => {
    const row = luckRow('flows', n, links, busy, most);
    for (const width of WIDTHS) {
      for (const svg of [luckChart(row, width, 'wide'), fullestChart(row, width, 'wide')!]) {
        isDrawn(svg, width);
        expect(svg.match(/seen here/g)).toHaveLength(1);
        expect(svg.match(/class="ink"/g)).toHaveLength(1);
      }
    }
  });

  it('leave out the fullest link where nothing is known of it', () => {
    expect(fullestChart(luckRow('peers', 4, 4, 2), 340, 'wide')).toBeNull();
  });
});

describe('the what-if chart', () => {
  it.each(SAMPLES)('of %s stays inside, with one line for each policy', async (name) => {
    const analysis = await sampleAnalysis(name);
    for (const direction of ['ingress', 'egress'] as const) {
      const rows = weighedPolicies(analysis, direction);
      expect(rows[0]?.row.kind).toBe('captured');
      expect(rows.filter(({ row }) => row.kind === 'alternative').length).toBeGreaterThan(1);
      for (const width of WIDTHS) {
        const svg = whatIfChart('title', rows, analysis.lag.ports.length, width, 'wide');
        isDrawn(svg, width);
        expect(svg.match(/<circle/g)!.length).toBe(rows.filter(({ row }) => row.policy !== 'one-faster-link').length);
      }
    }
  });
});
