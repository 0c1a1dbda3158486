/** What an analysis found, without the document that proves it: all that is read where the verdict alone was asked for. */

import type { Analysis, Finding } from './schema.js';

export interface Verdict extends Pick<Analysis, 'inputs' | 'lag' | 'quality'> {
  readonly findings: readonly Omit<Finding, 'advice'>[];
}
