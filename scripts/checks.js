// The checks that need no test runner. Each: what it is called, and a promise of { status, output }.
import { CHECK_SAYS, checkKept } from './build-engine.js';
import { capture, tool } from './run.js';

export const format = () => capture(...tool.biome('check', '--error-on-warnings', '.'));
/** What was found before of files that did not change is kept: a second time takes a third to a fifth of the first. */
export const types = () => capture(...tool.tsc('-p', '.', '--incremental', '--tsBuildInfoFile', KEPT_TYPES));
const KEPT_TYPES = 'node_modules/.cache/lacpscope/types.tsbuildinfo';

export async function engine() {
  const result = checkKept();
  const status = { same: 0, skipped: 0 }[result] ?? 1;
  return { status, skipped: result === 'skipped', output: `${CHECK_SAYS[result]}\n` };
}
