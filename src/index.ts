/**
 * The library. `analyze` reads captures and yields the document that every view is made from; `renderReport` draws it.
 * It never writes to the terminal and never ends the process; what is wrong with an input is a CaptureError.
 */

import type { Analysis } from './document/schema.js';

export type { AskedFlow } from './advice/asked-flow.js';
export type { JobOptions } from './advice/job.js';
export { type Planned, planFor } from './advice/plan.js';
export { directionOf, type Prediction, predict } from './advice/predict.js';
export { analyze } from './analysis/analyze.js';
export type { AnalyzeOptions, InputSpec, Progress } from './analysis/options.js';
export type {
  Analysis,
  Direction,
  DirectionName,
  DirectionPort,
  Evidence,
  Experiment,
  FieldVerdict,
  Finding,
  Flow,
  Hash,
  HeaderField,
  Input,
  Job,
  LacpPort,
  LuckRow,
  Neighbour,
  PingPong,
  Plan,
  Quality,
  WhatIf,
} from './document/schema.js';
export { analysisSchema } from './document/schema.js';
export { CaptureError, type InputPosition, UsageError } from './errors.js';

/** The whole report as one HTML page. What draws it takes half a second to load, and is loaded by the first call. */
export async function renderReport(analysis: Analysis): Promise<string> {
  const { renderReport: render } = await import('./report/html.js');
  return render(analysis);
}
