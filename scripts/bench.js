// npm run bench: CPU and wall time of "lacpscope analyze -q" beside tcpdump and cat over the same four files, in turns.
// Times of a busy machine move by a third; ratios of neighbouring runs hardly do, so those are what is reported.
//   --frames N   full-size frames (1,000,000); the small ones are 10 times as many     --runs N   rounds (7)
//   --snap N     snap length of the full-size frames (65535: all of it)                --keep     leave the captures there
import './node-version.js';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeCaptures } from './bench-captures.js';
import { buildIfChanged } from './build.js';
import { inRoot, onPath } from './run.js';
import { installPackages } from './set-up.js';

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '7' },
    snap: { type: 'string', default: '65535' },
    keep: { type: 'boolean', default: false },
  },
});
const [frames, runs, snapLength] = [values.frames, values.runs, values.snap].map(Number);
const SETS = [
  { name: 'a: 1514-byte frames, 64 flows', frames, flows: 64, frameLength: 1514, snapLength },
  { name: 'b: 60-byte frames, 100,000 flows', frames: frames * 10, flows: 100_000, frameLength: 60, snapLength: 65535 },
];

installPackages();
await buildIfChanged();
const folder = mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), 'lacpscope-bench-'));
try {
  for (const set of SETS) measure(set);
} finally {
  if (values.keep) console.log(`captures: ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}

function measure(set) {
  const paths = ['igb0', 'igb1', 'igb2', 'igb3'].map((port) => join(folder, `${set.name[0]}-${port}.pcap`));
  const written = writeCaptures(paths, set);
  const octets = paths.reduce((sum, path) => sum + statSync(path).size, 0);
  const programs = {
    lacpscope: [`"${process.execPath}" "${inRoot('dist/cli/main.js')}" analyze -q ${paths.join(' ')} > /dev/null`],
    tcpdump: paths.map((path) => `tcpdump -nn -r ${path} -w /dev/null 2> /dev/null`),
    cat: [`cat ${paths.join(' ')} > /dev/null`],
  };
  if (!onPath('tcpdump')) delete programs.tcpdump;
  const rounds = [];
  for (let run = 0; run <= runs; run++) {
    const round = Object.fromEntries(Object.entries(programs).map(([name, lines]) => [name, time(lines.join('; '))]));
    if (run > 0) rounds.push(round); // the first fills the page cache
  }
  console.log(`\n${set.name}: ${written.toLocaleString('en')} frames, ${(octets / 1e6).toFixed(0)} MB, ${runs} rounds`);
  print('', 'min', 'median', 'max');
  for (const name of Object.keys(programs)) {
    for (const kind of ['cpu', 'wall']) {
      print(
        `${name} ${kind}, ns a frame`,
        ...spread(
          rounds.map((round) => (1e9 * round[name][kind]) / written),
          0,
        ),
      );
    }
  }
  for (const peer of Object.keys(programs).filter((name) => name !== 'lacpscope')) {
    for (const kind of ['cpu', 'wall']) {
      const ratios = rounds.map((round) => round.lacpscope[kind] / round[peer][kind]);
      print(`lacpscope : ${peer}, ${kind}`, ...spread(ratios, 2));
    }
  }
  if (!values.keep) for (const path of paths) rmSync(path);
}

/** Seconds of CPU (user and system, children too) and of wall clock. */
function time(line) {
  const script = `TIMEFORMAT='%3U %3S %3R'; time { ${line}; }`;
  const { status, stderr } = spawnSync('bash', ['-c', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const numbers = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  if (numbers.length !== 3 || numbers.some(Number.isNaN)) throw new Error(`${line}\nended with ${status}: ${stderr}`);
  return { cpu: numbers[0] + numbers[1], wall: numbers[2] };
}

function spread(numbers, digits) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return [sorted[0], median, sorted.at(-1)].map((n) => n.toFixed(digits));
}

function print(name, ...cells) {
  console.log(name.padEnd(32) + cells.map((cell) => cell.padStart(9)).join(''));
}
