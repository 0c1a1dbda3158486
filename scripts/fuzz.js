// npm run fuzz: random captures and frames through the engine under sanitizers (native/harness/), on all cores, and spoiled
// files, packed ones too, through the built product (scripts/fuzz-containers.js).
//   --seconds N   for each target (300)     --target frames|captures|containers   one of them, on all cores
//   --runs N      inputs, in place of a time                            --jobs N   processes; as many as cores
// What was learnt stays in build/fuzz/ for the next time; an input that fails is kept in build/fuzz/failures/, is named here,
// and is run again by giving it to the program: build/native/…-fuzz-captures build/fuzz/failures/crash-….
import './node-version.js';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildIfChanged } from './build.js';
import { buildNative, whyNot } from './build-native.js';
import { fuzzContainers } from './fuzz-containers.js';
import { inRoot, run } from './run.js';
import { installSystemPackages } from './set-up.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '300' },
    runs: { type: 'string' },
    target: { type: 'string' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    folder: { type: 'string', default: inRoot('build/fuzz') },
  },
});

// Octets an input has at most: a frame's headers; records that no ring is filled by (fuzz_captures.cpp).
const TARGETS = { frames: { longest: 256 }, captures: { longest: 3072 } };
const KNOWN = [...Object.keys(TARGETS), 'containers'];
const wanted = values.target === undefined ? KNOWN : [values.target];
const unknown = wanted.find((name) => !KNOWN.includes(name));
if (unknown !== undefined) throw new Error(`--target ${unknown}: known are ${KNOWN.join(', ')}`);
const names = wanted.filter((name) => name in TARGETS);
const failures = join(values.folder, 'failures');
if (wanted.includes('containers') && !(await fuzzFiles())) process.exitCode = 1;
if (names.length === 0) process.exit();

installSystemPackages();
const reason = whyNot('fuzz-frames');
if (reason !== null) {
  console.error(`Fuzzing needs clang and its run-time library: ${reason}.`);
  process.exit(3);
}
for (const folder of [failures, ...names.map((name) => join(values.folder, name))]) {
  mkdirSync(folder, { recursive: true });
}
const programs = Object.fromEntries(names.map((name) => [name, buildNative(`fuzz-${name}`)]));
const seeds = join(values.folder, 'seeds');
mkdirSync(seeds, { recursive: true });
if (run(buildNative('replay'), ['--seeds', seeds, ...captures()]) !== 0) throw new Error('no seeds were written');

const jobs = Math.max(names.length, Number(values.jobs));
const results = await Promise.all([...Array(jobs).keys()].map((job) => fuzz(names[job % names.length], job)));
console.log(results.every(Boolean) ? 'Nothing failed.' : `What failed is in ${failures}`);
if (!results.every(Boolean)) process.exitCode = 1;

/** True if nothing failed. */
async function fuzzFiles() {
  await buildIfChanged();
  const { executions, failure } = await fuzzContainers({ seconds: Number(values.seconds), failures });
  const what = failure === null ? 'none failed' : `failed: ${failure.reason}, kept as ${failure.path}`;
  console.log(`containers: ${executions.toLocaleString('en')} inputs in ${values.seconds} s, ${what}`);
  return failure === null;
}

/** One process; processes of one target share what they learn. True if nothing failed. */
function fuzz(name, job) {
  const limit = values.runs === undefined ? `-max_total_time=${values.seconds}` : `-runs=${values.runs}`;
  const args = [
    limit,
    `-max_len=${TARGETS[name].longest}`,
    `-artifact_prefix=${failures}/`,
    '-reload=1',
    '-timeout=20',
  ];
  const child = spawn(programs[name], [...args, join(values.folder, name), join(seeds, name)], {
    cwd: values.folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log = (log + text).slice(-20_000);
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(report(error.message)));
    child.on('close', (status) => resolve(status === 0 ? report(null) : report(log)));
  });

  function report(failure) {
    const done = /Done (\d+) runs in (\d+) second/.exec(log);
    const covered = [...log.matchAll(/cov: (\d+)/g)].at(-1)?.[1] ?? '?';
    if (failure === null && done !== null) {
      const inputs = Number(done[1]).toLocaleString('en');
      console.log(`${name} (${job + 1}): ${inputs} inputs in ${done[2]} s, ${covered} edges covered, none failed`);
      return true;
    }
    console.log(`${name} (${job + 1}): failed\n${failure ?? log}`);
    return false;
  }
}

/** The samples, and what LACPSCOPE_SHARED has. */
function captures() {
  const shared = process.env.LACPSCOPE_SHARED;
  const folders = [inRoot('samples'), ...(shared ? [join(shared, 'corpus')] : [])];
  return folders.filter(existsSync).flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(pcap|pcapng|cap|dmp|trc|ntar)$/i.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
}
