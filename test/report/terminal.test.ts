import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateJob } from '../../src/advice/job.js';
import { width, wrap } from '../../src/report/columns.js';
import { renderTerminal, renderVerdict } from '../../src/report/terminal.js';
import { visible } from '../../src/report/visible.js';
import { emptyAnalysis, hostile, SAMPLES, sampleAnalysis } from '../helpers/sample-analysis.js';

const PLAIN = { color: false, unicode: true };

describe('the verdict in a terminal', () => {
  it.each(SAMPLES)('%s: 80 columns, 60 lines, answer first', async (name) => {
    const analysis = await sampleAnalysis(name);
    const lines = renderTerminal(analysis, PLAIN).trimEnd().split('\n');
    expect(Math.max(...lines.map(width))).toBeLessThanOrEqual(80);
    expect(lines.length).toBeLessThanOrEqual(60);
    expect(lines[0]).toBe(analysis.findings[0]!.title);
    expect(lines).toContain('VERDICT');
  });

  it.each(SAMPLES)('%s: ASCII where it is asked for, with every link', async (name) => {
    const analysis = await sampleAnalysis(name);
    const text = renderTerminal(analysis, { color: false, unicode: false });
    expect(text).toMatch(/^[\n -~]*$/);
    for (const port of analysis.lag.ports) expect(text).toContain(port);
    expect(Math.max(...text.split('\n').map(width))).toBeLessThanOrEqual(80);
  });

  it.each(SAMPLES)('%s: everything there is to say fits 80 columns too, with a job, in ASCII or not', async (name) => {
    const found = await sampleAnalysis(name);
    const job = estimateJob(found, { octets: 16 * 2 ** 40, clients: 4 });
    for (const unicode of [true, false]) {
      for (const analysis of [found, hostile(found)]) {
        const text = renderTerminal({ ...analysis, job }, { color: false, unicode, verbose: true });
        const tooWide = text.split('\n').filter((line) => width(line) > 80);
        expect(tooWide).toEqual([]);
        expect(text).toContain('JOB  17.6');
        expect(text).toContain('WHAT IF');
        expect(text).toMatch(/^ {2}linux-layer2 and \d+ others .* (in|out): \d of 4 on one link$/m);
        if (!unicode) expect(text).toMatch(/^[\n -~]*$/);
      }
    }
  });

  it('colours ASCII as well, and loses nothing by it', async () => {
    const analysis = await sampleAnalysis('sf-l23-four-clients');
    const colored = renderTerminal(analysis, { color: true, unicode: false });
    expect(colored).toContain('\u001b[1mAll 24 connections');
    expect(colored.replaceAll(/\u001b\[\d+m/g, '')).toBe(renderTerminal(analysis, { color: false, unicode: false }));
  });

  it('prints the verdict alone with quiet', async () => {
    const text = renderVerdict(await sampleAnalysis('sf-l23-four-clients'), PLAIN);
    expect(text).toContain('VERDICT');
    expect(text).not.toContain('LINKS');
  });

  it('draws the frames of a flow that goes back and forth', async () => {
    const text = renderTerminal(await sampleAnalysis('rr-pingpong'), PLAIN);
    expect(text).toMatch(/igb0 +▏ {3}▏ {3}▏/);
  });

  it.each(SAMPLES)('%s: hostile names take no effect', async (name) => {
    const text = renderTerminal(hostile(await sampleAnalysis(name)), PLAIN);
    expect(text.replaceAll('\n', '')).toBe(visible(text.replaceAll('\n', '')));
    expect(Math.max(...text.split('\n').map(width))).toBeLessThanOrEqual(80);
  });

  it('has something to say of nothing', async () => {
    expect(renderTerminal(await emptyAnalysis(), PLAIN)).toContain('Nothing to say');
  });
});

describe('columns', () => {
  it('wraps any text into lines of that width without losing a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 4, max: 60 }), (text, columns) => {
        const shown = visible(text);
        const lines = wrap(shown, columns);
        expect(Math.max(0, ...lines.map(width))).toBeLessThanOrEqual(columns);
        expect(lines.join('').replaceAll(' ', '')).toBe(shown.replaceAll(' ', ''));
      }),
    );
  });

  it('shows every character that has no shape of its own', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visible(text)).not.toMatch(/[\p{Cc}\p{Cs}\u200b-\u200f\u2028-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});
