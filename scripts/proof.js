// npm run calibrate, npm run answers: programs of test/ that are no tests. Compiled, as the CPU time they report is that of the product.
import './node-version.js';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot, run, tool } from './run.js';
import { installPackages } from './set-up.js';

const PROGRAMS = { calibrate: 'test/simulator/calibrate.js', answers: 'test/answers/answers.js' };
const READ_BESIDE = ['src/engine/engine.wasm', 'package.json'];
const [name, ...args] = process.argv.slice(2);

installPackages();
const folder = inRoot('build/proof');
rmSync(folder, { recursive: true, force: true });
const [node, line] = tool.tsc('-p', 'test/simulator');
process.exitCode = run(node, line);
if (process.exitCode === 0) {
  for (const file of READ_BESIDE) cpSync(inRoot(file), join(folder, file));
  process.exitCode = run(process.execPath, [join(folder, PROGRAMS[name]), ...args]);
}
