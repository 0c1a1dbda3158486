/** The whole pipeline: inputs → pass → who is local → what is judged of it → document. */
import type { Analysis } from '../document/schema.js';
import type { Verdict } from '../document/verdict.js';
import { crossCheck } from './cross-check.js';
import { judge, verdictOf } from './judge.js';
import { openInputs } from './open-inputs.js';
import type { AnalyzeOptions } from './options.js';
import { passWithDirections } from './passes.js';

/**
 * Reads the captures and says what the links of the LAG did.
 *
 * @throws CaptureError for an input that cannot be used at all, UsageError for options that make no sense; damage inside an
 *   input is not an error: what was read before it is analysed, and the document says so.
 */
export const analyze = (options: AnalyzeOptions): Promise<Analysis> => judgeInputs(options, judge);

/** What the findings of that are, for who wants to know nothing else. */
export const analyzeBriefly = (options: AnalyzeOptions): Promise<Verdict> => judgeInputs(options, verdictOf);

export interface Found {
  readonly document: Analysis;
  readonly verdict: Verdict;
}

/** By what is wanted of them. */
export const ANALYSES: { readonly [Wanted in keyof Found]: (options: AnalyzeOptions) => Promise<Found[Wanted]> } = {
  document: analyze,
  verdict: analyzeBriefly,
};

async function judgeInputs<T>(
  options: AnalyzeOptions,
  judgeAs: (...args: Parameters<typeof judge>) => Promise<T>,
): Promise<T> {
  const inputs = await openInputs(options.inputs, options);
  try {
    const read = await passWithDirections(inputs, options);
    const pathOf = (source: string) => inputs.find(({ label }) => label === source)?.name ?? source;
    const crossChecks = options.crossCheck ? await crossCheck(read.pass.inputs, pathOf) : [];
    return await judgeAs(read, options, crossChecks);
  } finally {
    for (const input of inputs) input.close();
  }
}
