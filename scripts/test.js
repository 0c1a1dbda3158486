// npm test: set up, then everything. The last line is "N passed, N failed", with ", N skipped" where there are such.
import './node-version.js';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { buildIfChanged } from './build.js';
import { engine, format, types } from './checks.js';
import { ROOT, run, tool } from './run.js';
import { installPackages, installSystemPackages } from './set-up.js';

installPackages();
installSystemPackages();

const count = { passed: 0, failed: 0, skipped: 0 };
const notes = [];

async function check(name, work) {
  const { status, skipped = false, output = '' } = await work();
  count[skipped ? 'skipped' : status === 0 ? 'passed' : 'failed'] += 1;
  if (skipped) notes.push(`skipped: ${output.trim()}`);
  if (status !== 0) notes.push(`failed: ${name}`);
  console.log(`${skipped ? '-' : status === 0 ? '✓' : '✗'} ${name}`);
  if (status !== 0 || skipped) console.log(output);
}

const build = () =>
  buildIfChanged().then(
    () => ({ status: 0 }),
    (error) => ({ status: 1, output: error.message }),
  );

await check('format and lint', format);
await check('types', types);
await check('engine.wasm is built from native/engine/', engine);
await check('build', build);
countTests();

for (const note of notes) console.log(note);
const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
console.log(`${count.passed} passed, ${count.failed} failed${skipped}`);
process.exitCode = count.failed > 0 ? 1 : 0;

/** All suites; what vitest says to the person goes to the screen, what it counted to a file. */
function countTests() {
  const folder = mkdtempSync(join(tmpdir(), 'lacpscope-test-'));
  const file = join(folder, 'results.json');
  try {
    const reporters = ['--reporter', 'default', '--reporter', 'json', '--outputFile.json', file];
    const status = run(...tool.vitest('run', ...reporters, ...process.argv.slice(2)));
    const before = count.failed;
    for (const suite of readResults(file)) countSuite(suite);
    if (status !== 0 && count.failed === before) {
      count.failed += 1;
      notes.push(`failed: vitest ended with status ${status}, although no test failed (see above)`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readResults(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).testResults;
  } catch {
    return []; // vitest did not get that far: its status says so
  }
}

function countSuite({ name, status, assertionResults }) {
  const suite = relative(ROOT, name);
  for (const test of assertionResults) {
    if (test.status === 'passed') count.passed += 1;
    else if (test.status === 'failed') {
      count.failed += 1;
      notes.push(`failed: ${suite}: ${test.fullName}`);
    } else {
      count.skipped += 1;
      notes.push(`skipped: ${suite}: ${test.fullName}`);
    }
  }
  if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) {
    count.failed += 1; // a suite that could not even be loaded
    notes.push(`failed: ${suite}`);
  }
}
