// The engine compiled for this machine, into build/, which git ignores: what tests, fuzzing and profiling need, and nothing
// the product needs. "node scripts/build-native.js TARGET" prints where it is; status 3 and the reason where it cannot be.
import './node-version.js';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inRoot, isMain, onPath, run } from './run.js';
import { hasSanitizers } from './set-up.js';

const FOLDER = inRoot('build/native');
const COMMON = ['-std=c++17', '-Wall', '-Wextra', '-fno-exceptions', '-fno-rtti'];
// One thing gone wrong is enough: the run ends there.
const sanitized = (...kinds) => ['-O2', '-g', `-fsanitize=${kinds.join()}`, '-fno-sanitize-recover=all'];
const NODE_HEADERS = join(dirname(dirname(process.execPath)), 'include/node');

const TARGETS = {
  replay: { source: 'harness/replay.cpp', flags: sanitized('address', 'undefined'), whyNot: whyNoSanitizers },
  'fuzz-frames': {
    source: 'harness/fuzz_frames.cpp',
    flags: sanitized('fuzzer', 'address', 'undefined'),
    whyNot: whyNoSanitizers,
  },
  'fuzz-captures': {
    source: 'harness/fuzz_captures.cpp',
    flags: sanitized('fuzzer', 'address', 'undefined'),
    whyNot: whyNoSanitizers,
  },
  'capture-threads': { ...captureCheck('thread'), whyNot: whyNoSanitizers },
  'capture-memory': { ...captureCheck('address', 'undefined'), whyNot: whyNoSanitizers },
  send: {
    source: 'bench-live/send.cpp',
    flags: ['-O2'],
    whyNot: () => (onPath(compiler()) ? null : 'neither clang++-14 nor g++ is installed'),
  },
  profile: {
    source: 'harness/profile.cpp',
    flags: ['-O3', '-g'],
    whyNot: () => (onPath('clang++-14') ? null : 'clang-14 is not installed'),
  },
  'addon.node': {
    source: 'addon/addon.cpp',
    // g++ warns of "flag ? enumerator : 0", which clang takes for what it is.
    flags: ['-O3', '-fPIC', '-shared', `-I${NODE_HEADERS}`, ...(onPath('clang++-14') ? [] : ['-Wno-extra'])],
    whyNot: () =>
      !existsSync(join(NODE_HEADERS, 'node_api.h'))
        ? `the headers of this Node.js are not in ${NODE_HEADERS}`
        : onPath(compiler())
          ? null
          : 'neither clang++-14 nor g++ is installed',
  },
};

function captureCheck(...kinds) {
  return { source: 'capture-check/check.cpp', flags: [...sanitized(...kinds), '-pthread', '-ldl'] };
}

const compiler = () => (onPath('clang++-14') ? 'clang++-14' : 'g++');

function whyNoSanitizers() {
  const missing = [];
  if (!onPath('clang++-14')) missing.push('clang-14');
  if (!hasSanitizers()) missing.push('libclang-rt-14-dev');
  return missing.length > 0 ? `not installed: ${missing.join(', ')}` : null;
}

/** Why the target cannot be built here; null if it can. */
export const whyNot = (name) => TARGETS[name].whyNot();

/** Where the built target is; built anew only if a source or a flag has changed. */
export function buildNative(name) {
  const { source, flags } = TARGETS[name];
  const made = join(FOLDER, `${digestOf([compiler(), ...COMMON, ...flags])}-${name}`);
  if (existsSync(made)) return made;
  mkdirSync(FOLDER, { recursive: true });
  const aside = `${made}.${process.pid}`;
  const args = [...COMMON, ...flags, '-o', aside, inRoot('native', source)];
  if (run(compiler(), args) !== 0) throw new Error(`native/${source} does not compile, see above.`);
  const old = readdirSync(FOLDER).filter((file) => file.slice(13) === name && join(FOLDER, file) !== made);
  for (const file of old) rmSync(join(FOLDER, file));
  renameSync(aside, made);
  return made;
}

function digestOf(flags) {
  const hash = createHash('sha256').update(flags.join('\0'));
  const entries = readdirSync(inRoot('native'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of files.sort()) hash.update(`${path}\0`).update(readFileSync(path));
  return hash.digest('hex').slice(0, 12);
}

if (isMain(import.meta.url)) {
  const name = process.argv[2];
  if (!(name in TARGETS)) {
    console.error(`node scripts/build-native.js ${Object.keys(TARGETS).join(' | ')}`);
    process.exit(2);
  }
  const reason = whyNot(name);
  if (reason !== null) {
    console.log(reason);
    process.exitCode = 3;
  } else {
    console.log(buildNative(name));
  }
}
