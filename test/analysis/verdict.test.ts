import { describe, expect, it } from 'vitest';
import { analyzeBriefly } from '../../src/analysis/analyze.js';
import { renderVerdict } from '../../src/report/terminal.js';
import { SAMPLES, sampleAnalysis, sampleInputs } from '../helpers/sample-analysis.js';

describe('the verdict alone', () => {
  it.each(SAMPLES)('%s: is that of the document, word for word', async (name) => {
    const document = await sampleAnalysis(name);
    const brief = await analyzeBriefly({ inputs: sampleInputs(name) });
    const said = document.findings.map(({ advice: _, ...finding }) => finding);
    expect(brief.findings.map((finding) => ({ ...finding, advice: undefined }))).toEqual(said);
    expect(brief.quality).toEqual(document.quality);
    for (const verbose of [false, true]) {
      const options = { color: false, unicode: true, verbose };
      expect(renderVerdict(brief, options)).toBe(renderVerdict(document, options));
    }
  });
});
