// npm run check: format, lint, types and unit tests, all at once. Neither root nor network; prints only what failed.
import './node-version.js';
import { format, types } from './checks.js';
import { capture, tool } from './run.js';
import { installPackages } from './set-up.js';

installPackages();
const unitTests = () => capture(...tool.vitest('run', '--project', 'unit', '--maxWorkers', '2', '--reporter', 'dot'));
const checks = { 'format and lint': format, types, 'unit tests': unitTests };

const began = performance.now();
const results = await Promise.all(
  Object.entries(checks).map(async ([name, check]) => {
    const { status, output } = await check();
    if (status !== 0) console.log(`--- ${name}\n${output}`);
    return { name, passed: status === 0 };
  }),
);
const failed = results.filter(({ passed }) => !passed).map(({ name }) => name);
const took = ((performance.now() - began) / 1000).toFixed(1);
console.log(failed.length === 0 ? `All well (${took} s).` : `Failed: ${failed.join(', ')} (${took} s).`);
process.exitCode = failed.length === 0 ? 0 : 1;
