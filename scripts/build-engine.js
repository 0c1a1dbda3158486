// native/engine/ to src/engine/engine.wasm. The built file is kept in the repository, so that a start needs no compiler.
// With --check: is the kept file what this compiler makes? Bytes agree for one compiler only, clang and lld 14 of Debian 12.
import './node-version.js';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inRoot, isMain, onPath, ROOT, run } from './run.js';

const KEPT = inRoot('src/engine/engine.wasm');
const COMPILER = 'clang-14';
const FLAGS = [
  '--target=wasm32',
  '-std=c++17',
  '-O3',
  '-msimd128',
  '-mbulk-memory',
  '-fno-exceptions',
  '-fno-rtti',
  '-fno-jump-tables', // two protocols are sooner compared than looked up
  '-nostdlib',
  '-Wall',
  '-Wextra',
  `-ffile-prefix-map=${ROOT}=.`,
  '-fuse-ld=lld',
  '-Wl,--no-entry',
  '-Wl,--export-dynamic',
  '-Wl,--strip-all',
];

/** null if the compiler is not there; whether it compiled otherwise. */
export function compile(to) {
  if (!onPath(COMPILER) || !onPath('wasm-ld-14')) return null;
  if (run(COMPILER, [...FLAGS, '-o', to, 'native/engine/wasm.cpp']) !== 0) return false;
  chmodSync(to, 0o644); // the linker takes it for a program
  return true;
}

/** 'same', 'different', 'failed' (does not compile) or 'skipped' (no such compiler here). */
export function checkKept() {
  const folder = mkdtempSync(join(tmpdir(), 'lacpscope-engine-'));
  try {
    const made = join(folder, 'engine.wasm');
    const compiled = compile(made);
    if (compiled !== true) return compiled === null ? 'skipped' : 'failed';
    return readFileSync(made).equals(readFileSync(KEPT)) ? 'same' : 'different';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const CHECK_SAYS = {
  same: 'engine.wasm is what native/engine/ compiles to.',
  different: 'engine.wasm is not what native/engine/ compiles to: run "npm run build:engine" and commit the file.',
  failed: 'native/engine/ does not compile, see above.',
  skipped: `engine.wasm was not compared: ${COMPILER} and lld-14 are not installed.`,
};

if (isMain(import.meta.url)) {
  if (process.argv.includes('--check')) {
    const result = checkKept();
    console.log(CHECK_SAYS[result]);
    process.exitCode = result === 'same' || result === 'skipped' ? 0 : 1;
  } else {
    const compiled = compile(KEPT);
    if (compiled === null) console.error(`Not found: ${COMPILER}, wasm-ld-14. apt-get install clang-14 lld-14`);
    process.exitCode = compiled === true ? 0 : 1;
  }
}
