// The checks that need no test runner. Each: what it is called, and a promise of { status, output }.
import { CHECK_SAYS, checkKept } from './build-engine.js';
import { capture, tool } from './run.js';

export const format = () => capture(...tool.biome('check', '--error-on-warnings', '.'));
export const types = () => capture(...tool.tsc('-p', '.'));

export async function engine() {
  const result = checkKept();
  const status = { same: 0, skipped: 0 }[result] ?? 1;
  return { status, skipped: result === 'skipped', output: `${CHECK_SAYS[result]}\n` };
}
