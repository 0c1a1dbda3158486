import { describe, expect, it } from 'vitest';
import type { Analysis } from '../../src/document/schema.js';
import { loadOverTimeChart } from '../../src/report/charts/load-over-time.js';
import { renderReport } from '../../src/report/html.js';
import { namesOf } from '../../src/report/names.js';
import { renderTerminal } from '../../src/report/terminal.js';
import { analyzePaced } from '../helpers/paced-captures.js';
import { hostile, sampleAnalysis } from '../helpers/sample-analysis.js';

const LINK = 10e6;
const flow = (client: number, of: number, from: number) => ({
  client,
  port: 0,
  wireBitsPerSecond: of * LINK,
  srcPort: 40_000 + from,
  from,
  to: from + 3.4,
});
const FLOWS = [flow(20, 0.98, 0), flow(20, 0.5, 4), flow(21, 0.48, 4), { ...flow(22, 0.1, 0), port: 1, to: 7.4 }];

const analysis = analyzePaced(2, FLOWS, { rate: LINK });
const terminal = (document: Analysis) => renderTerminal(document, { color: false, unicode: true });

describe('phases in the views', () => {
  it('are a row each in the terminal', async () => {
    const text = terminal(await analysis).replaceAll('\u00a0', ' ');
    expect(text).toMatch(/^ {2}0\.0–3\.4 s +2 clients +10\.6 Mbit\/s {2}igb0 1, igb1 1$/m);
    expect(text).toMatch(/^ {2}4\.0–7\.4 s +3 clients +10\.6 Mbit\/s {2}igb0 2 \(even\), igb1 1$/m);
    expect(text.split('\n').every((line) => line.length <= 80)).toBe(true);
  });

  it('are a table in the report, with what holds the flows back beside it', async () => {
    const page = renderReport(await analysis).replaceAll('\u00a0', ' ');
    const has = (text: string) => expect([text, page.includes(text)]).toEqual([text, true]);
    has('Phases: switch → server');
    expect(/even: 4\.9\d Mbit\/s \+ 4\.7\d Mbit\/s/.test(page)).toBe(true);
    has('What holds a large flow back?');
    has('by its link');
    expect(renderReport(hostile(await analysis)).includes('<img src=x')).toBe(false);
  });

  it('are said not to be told where flows pause', async () => {
    const page = renderReport(await sampleAnalysis('sf-l23-four-clients'));
    expect(
      page.includes('<b>Phases: switch → server.</b> None. Large flows paused for longer than can be placed'),
    ).toBe(true);
  });

  it('have a line over the time in which the link was full, in the load over time', async () => {
    const names = namesOf(await analysis);
    const lines = (document: Analysis) =>
      [
        ...loadOverTimeChart(document, names, 760, 'wide').matchAll(
          /<line x1="([\d.]+)"[^>]*x2="([\d.]+)"[^>]*class="inkl"/g,
        ),
      ].map(([, from, to]) => Number(to) - Number(from));
    const [first, second, ...more] = lines(await analysis);
    expect(more).toEqual([]);
    expect(first).toBeCloseTo(second!, -1); // 3.4 s each
    expect(renderReport(await analysis).includes('the link was full')).toBe(true);
    expect(lines(await sampleAnalysis('sf-l23-four-clients'))).toEqual([]);
  });

  it('say what more clients brought', async () => {
    const { findings } = await analysis;
    const said = findings.find(({ id }) => id === 'load-phases')!;
    expect(said.title).toBe('Switch → server: 2 clients 10.6 Mbit/s and 3 clients 10.6 Mbit/s, one after the other');
    expect(said.explanation).toMatch(
      /2 sharing igb0 \(9\.65 Mbit\/s, 4\.9\d Mbit\/s or nearly so each, Jain’s index 1\.00\)/,
    );
  });

  it('are left out of the terminal where there is one', async () => {
    expect(terminal(await sampleAnalysis('sf-l23-four-clients'))).not.toContain('PHASES');
  });
});
