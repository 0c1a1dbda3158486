// npm run calibrate, npm run answers: programs of test/ that are no tests. Compiled, as the CPU time they report is that of the product.
import './node-version.js';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { inRoot, run, tool } from './run.js';
import { installPackages } from './set-up.js';

const PROGRAMS = { calibrate: 'test/simulator/calibrate.js', answers: 'test/answers/answers.js' };
const [name, ...args] = process.argv.slice(2);

installPackages();
const folder = inRoot('build/proof');
rmSync(folder, { recursive: true, force: true });
const [node, line] = tool.tsc('-p', 'test/simulator');
process.exitCode = run(node, line);
if (process.exitCode === 0) {
  mkdirSync(inRoot('build/proof/src/engine'), { recursive: true });
  cpSync(inRoot('src/engine/engine.wasm'), inRoot('build/proof/src/engine/engine.wasm'));
  process.exitCode = run(process.execPath, [inRoot('build/proof', PROGRAMS[name]), ...args]);
}
