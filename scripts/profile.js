// npm run profile: instructions a frame in each stage of the engine, counted by callgrind on a native build. The same every
// time, so that a change of a few per cent is seen on a busy machine; cache misses, which it does not see, are for the benchmark.
//   --sets a,b,…   of bench-captures.js (a,b,c,d1,d2)     --frames N   in each set (100,000)
import './node-version.js';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { SETS, writeCaptures } from './bench-captures.js';
import { buildNative, whyNot } from './build-native.js';
import { capture, inRoot, onPath } from './run.js';
import { installSystemPackages, PROFILE_PACKAGES } from './set-up.js';

const STAGES = ['decode', 'index', 'resolve', 'consume', 'events', 'else'];
const STAGE_OF_FILE = {
  ...{ 'bytes.hpp': 'decode', 'records.hpp': 'decode', 'dissect.hpp': 'decode', 'fast_path.hpp': 'decode' },
  ...{ 'digest.hpp': 'decode', 'control.hpp': 'decode', 'lane_reader.hpp': 'decode', 'decoder.hpp': 'decode' },
  ...{ 'descriptor.hpp': 'decode', 'load.hpp': 'consume', 'gap_bins.hpp': 'consume' },
  ...{
    'flow_table.hpp': 'resolve',
    'local_station.hpp': 'resolve',
  },
  ...{
    'link_layer.hpp': 'decode',
    'ip.hpp': 'decode',
    'tunnels.hpp': 'decode',
    'parsed.hpp': 'decode',
    'losses.hpp': 'consume',
  },
  ...{
    'row_counters.hpp': 'consume',
    'movers.hpp': 'events',
    'mover_rows.hpp': 'events',
    'copies.hpp': 'events',
    'coverage.hpp': 'events',
  },
};
// Where a file has several stages, by function; what is inlined counts where it is written.
const STAGE_OF_FUNCTION = {
  ...{ DecodeLane: 'decode', DecodeBatch: 'decode', DecodeOther: 'decode' },
  ...{ DecodeUsualRecords: 'decode', MoveToFront: 'decode' },
  ...{
    Candidate: 'index',
    LookUp: 'index',
    Resolve: 'resolve',
    NewRow: 'resolve',
    IsLocal: 'resolve',
    NamesItsFlow: 'resolve',
  },
  ...{ ConsumeSafe: 'consume', ConsumeBefore: 'consume', ConsumeUsual: 'consume', ConsumeOther: 'consume' },
  ...{ CountUsual: 'consume', SequenceDifference: 'consume', GapBin: 'consume' },
  ...{ MergeEvents: 'events', CountEvent: 'events', JoinFragment: 'events' },
  ...{ NextEvent: 'events', Earliest: 'events', EarliestOfTheLast: 'events' },
};

const functions = new Map(); // of a source file, by line

const { values } = parseArgs({
  options: {
    sets: { type: 'string', default: 'a,b,c,d1,d2' },
    frames: { type: 'string', default: '100000' },
  },
});
const frames = Number(values.frames);

installSystemPackages(PROFILE_PACKAGES, 'Without them nothing can be counted');
const reason = onPath('valgrind') ? whyNot('profile') : 'valgrind is not installed';
if (reason !== null) {
  console.error(`${reason}.`);
  process.exit(3);
}
const program = buildNative('profile');
const folder = mkdtempSync(join(tmpdir(), 'lacpscope-profile-'));
try {
  print('instructions', [...STAGES, 'together']);
  for (const name of values.sets.split(',')) {
    const paths = [0, 1, 2, 3].map((port) => join(folder, `igb${port}.pcap`));
    const set = SETS[name];
    if (set === undefined) throw new Error(`--sets ${name}: known are ${Object.keys(SETS).join(', ')}`);
    // Ten frames a flow, or all would be first frames.
    writeCaptures(paths, { ...set, frames, flows: Math.min(set.flows, frames / 10) });
    const sums = await count(paths);
    const perFrame = STAGES.map((stage) => (sums.get(stage) ?? 0) / frames);
    const together = perFrame.reduce((sum, n) => sum + n, 0);
    print(
      `${name}, a frame`,
      [...perFrame, together].map((n) => n.toFixed(1)),
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Instructions by stage. */
async function count(paths) {
  const out = join(folder, 'callgrind');
  const options = [
    '--tool=callgrind',
    '--toggle-collect=ProfiledRun',
    '--dump-line=yes',
    `--callgrind-out-file=${out}`,
  ];
  const plain = ['--compress-strings=no', '--compress-pos=no'];
  const { status, output } = await capture('valgrind', [...options, ...plain, program, ...paths]);
  if (status !== 0) throw new Error(output);
  const sums = new Map();
  for (const { file, line, within, instructions } of selfCosts(readFileSync(out, 'utf8'))) {
    const stage = stageOf(file, line, within);
    sums.set(stage, (sums.get(stage) ?? 0) + instructions);
  }
  return sums;
}

/** What each line cost without what it called (callgrind's profile format: the line after "calls=" is the callee's). */
function* selfCosts(profile) {
  let file = '';
  let within = '';
  let called = false;
  for (const text of profile.split('\n')) {
    const change = /^f[lie]=(.*)$/.exec(text);
    if (change !== null) file = change[1];
    if (text.startsWith('fn=')) within = /::(\w+)\(/.exec(text)?.[1] ?? '';
    const cost = /^(\d+) (\d+)$/.exec(text);
    if (cost !== null && !called) yield { file, line: Number(cost[1]), within, instructions: Number(cost[2]) };
    called = text.startsWith('calls=');
  }
}

/** Of instructions that belong to no line, the function they ended up in says it. */
function stageOf(file, line, within) {
  if (!file.includes('/engine/')) return 'else'; // the harness
  const written = line === 0 ? within : functionAt(file, line);
  return STAGE_OF_FUNCTION[written] ?? STAGE_OF_FILE[basename(file)] ?? 'else';
}

/** The function whose definition begins last before the line: at no or one level of indentation, as our sources are. */
function functionAt(file, line) {
  const name = basename(file);
  if (!functions.has(name)) {
    let current = '';
    const byLine = readFileSync(inRoot('native/engine', name), 'utf8')
      .split('\n')
      .map((text) => {
        current =
          /^(?: {2})?(?:[A-Z_]+ )?(?:static |inline |constexpr )*[\w:<>*&]+ [*&]?(\w+)\(/.exec(text)?.[1] ?? current;
        return current;
      });
    functions.set(name, byLine);
  }
  return functions.get(name)[line - 1] ?? '';
}

function print(name, cells) {
  console.log(name.padEnd(14) + cells.map((cell) => cell.padStart(10)).join(''));
}
