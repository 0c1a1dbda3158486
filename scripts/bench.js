// npm run bench: CPU, wall time and memory of "lacpscope analyze -q" beside programs that read the same captures, in turns.
//   --sets a,b,…     a b c d1 d2 (all of these), e: c ten times as long, for peak memory     --runs N     rounds (7)
//   --frames N       in each set, in place of its own number (bench-captures.js)             --keep       leave the captures
//   --gigabytes N    size of a, in place of 1.5                                              --folder F   for the captures
//   --slice N        frames that the slow peers read (all)                                     --snap N     snap length
import './node-version.js';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { SETS, writeCaptures } from './bench-captures.js';
import { measure, printRounds, runRounds } from './bench-rounds.js';
import { buildIfChanged } from './build.js';
import { inRoot, onPath } from './run.js';
import { BENCH_PACKAGES, installPackages, installSystemPackages } from './set-up.js';

const SLOW_RUNS = 3;
const { values } = parseArgs({
  options: {
    sets: { type: 'string', default: 'a,b,c,d1,d2' },
    runs: { type: 'string', default: '7' },
    frames: { type: 'string' },
    gigabytes: { type: 'string' },
    slice: { type: 'string' },
    snap: { type: 'string', default: '65535' },
    keep: { type: 'boolean', default: false },
    folder: { type: 'string', default: tmpdir() },
  },
});
const runs = Number(values.runs);

installPackages();
installSystemPackages(BENCH_PACKAGES, 'Left out of the comparison');
await buildIfChanged();
mkdirSync(values.folder, { recursive: true });
const folder = mkdtempSync(join(resolve(values.folder), 'lacpscope-bench-'));
const quoted = (...words) => words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
const NODE = quoted(process.execPath);
const NAMES = { ours: 'lacpscope', startUp: 'node -e 0' };
const each = (paths, line) => paths.map((path) => line(quoted(path))).join(' && ');
const PEERS = {
  cat: (paths) => `cat ${quoted(...paths)} > /dev/null`,
  'capinfos -c': (paths) => `capinfos -c ${quoted(...paths)}`,
  tcpdump: (paths) => each(paths, (path) => `tcpdump -nn -r ${path} -w /dev/null`),
};
const SLOW_PEERS = {
  nfpcapd: (paths) => each(paths, (path) => `nfpcapd -r ${path} -w ${quoted(join(folder, 'flows'))}`),
  softflowd: (paths) => {
    const own = quoted('-p', join(folder, 'pid'), '-c', join(folder, 'ctl'));
    return each(paths, (path) => `softflowd -6 -d -m 4000000 ${own} -r ${path}`);
  },
  'pcap-parser': (paths) => `${NODE} ${quoted(inRoot('scripts/bench-pcap-parser.js'), ...paths)}`,
};
const commandOf = { 'capinfos -c': 'capinfos', 'pcap-parser': 'node' };

try {
  for (const name of values.sets.split(',')) {
    if (name === 'e') comparePeaks();
    else compare(name, setOf(name));
  }
} finally {
  if (values.keep) console.log(`captures: ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}

function setOf(name) {
  if (!(name in SETS)) throw new Error(`--sets ${name}: known are ${Object.keys(SETS).join(', ')} and e`);
  const set = { ...SETS[name], snapLength: Number(values.snap) };
  if (values.frames !== undefined) set.frames = Number(values.frames);
  else if (name === 'a' && values.gigabytes !== undefined) set.frames = Math.ceil((values.gigabytes * 1e9) / 1530);
  return set;
}

function compare(name, set) {
  const paths = make(name, set);
  const octets = paths.reduce((sum, path) => sum + statSync(path).size, 0);
  const size = `${set.frames.toLocaleString('en')} frames, ${(octets / 1e6).toFixed(0)} MB`;
  console.log(`\n${name}: ${set.title}; ${size}, ${runs} rounds`);
  printRounds(runRounds(linesFor(PEERS, paths), runs), set.frames, NAMES);
  compareSlow(name, set, paths);
  drop(paths);
}

function compareSlow(name, set, whole) {
  const frames = Math.min(set.frames, Number(values.slice ?? set.frames));
  const paths = frames === set.frames ? whole : make(`${name}-slice`, set, frames);
  const rounds = Math.min(runs, SLOW_RUNS);
  mkdirSync(join(folder, 'flows'), { recursive: true });
  console.log(`${paths === whole ? 'the same' : `its first ${frames.toLocaleString('en')} frames`}, ${rounds} rounds`);
  printRounds(runRounds(linesFor(SLOW_PEERS, paths), rounds), frames, NAMES);
  rmSync(join(folder, 'flows'), { recursive: true, force: true });
  if (paths !== whole) drop(paths);
}

/** The same flows, ten times the frames: memory must not follow. */
function comparePeaks() {
  const set = setOf('c');
  for (const times of [1, 10]) {
    const longer = { ...set, frames: set.frames * times };
    const paths = make(`e${times}`, longer);
    const { mib, cpu } = measure(ours(paths), [0, 1]);
    const perFrame = `${((1e9 * cpu) / longer.frames).toFixed(0)} ns of CPU a frame`;
    console.log(
      `e: ${set.title}; ${longer.frames.toLocaleString('en')} frames: peak ${mib.toFixed(0)} MiB, ${perFrame}`,
    );
    drop(paths);
  }
}

function make(name, set, until = set.frames) {
  const paths = ['igb0', 'igb1', 'igb2', 'igb3'].map((port) => join(folder, `${name}-${port}.pcap`));
  writeCaptures(paths, set, until);
  return paths;
}

function drop(paths) {
  if (!values.keep) for (const path of paths) rmSync(path);
}

function linesFor(peers, paths) {
  const lines = {
    [NAMES.startUp]: { line: `${NODE} -e 0` },
    [NAMES.ours]: { line: ours(paths), allowed: [0, 1] },
  };
  for (const [name, line] of Object.entries(peers)) {
    if (onPath(commandOf[name] ?? name)) lines[name] = { line: line(paths) };
  }
  return lines;
}

function ours(paths) {
  return `${NODE} ${quoted(inRoot('dist/cli/main.js'), 'analyze', '-q', ...paths)}`;
}
