// npm run bench:live: small frames over a pair of virtual ports in a network namespace, captured by each program in turn. As
// root on Linux. How many were offered, how many of them it lost, and its CPU per frame, without its start.
//   --frames N (3,000,000)     --rates A,B,… frames a second, 0: as fast as it goes (200000,0)     --runs N (5)
import './node-version.js';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildIfChanged } from './build.js';
import { buildNative, whyNot } from './build-native.js';
import { inRoot, onPath, run } from './run.js';
import { BENCH_PACKAGES, installPackages, installSystemPackages } from './set-up.js';

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '3000000' },
    rates: { type: 'string', default: '200000,0' },
    runs: { type: 'string', default: '5' },
    inside: { type: 'boolean', default: false },
  },
});
const OURS = 'lacpscope -w /dev/null';
const PEER = 'tcpdump -w /dev/null';
const LIVE = 'lacpscope live';

/** Everything but the comparison itself, which goes on in a namespace of its own. */
async function prepare() {
  installPackages();
  installSystemPackages(BENCH_PACKAGES, 'Left out of the comparison');
  await buildIfChanged();
  const reason = whyNot('send');
  if (reason !== null || process.platform !== 'linux' || process.getuid() !== 0) {
    console.error(reason ?? 'bench:live needs root on Linux: it makes network ports of its own.');
    process.exit(3);
  }
  buildNative('send');
  const own = [process.execPath, fileURLToPath(import.meta.url), '--inside', ...process.argv.slice(2)];
  process.exitCode = run('unshare', ['--net', '--mount', ...own]);
}

function programs(folder) {
  const node = process.execPath;
  const lacpscope = [node, inRoot('dist/cli/main.js'), 'capture', '-i', 'p0'];
  const tcpdump = ['tcpdump', '-Z', 'root', '-i', 'p0', '-s', '128', '-w'];
  const all = {
    [PEER]: tcpdump.concat('/dev/null'),
    [OURS]: lacpscope.concat('-w', '/dev/null'),
    'tcpdump -w FILE': tcpdump.concat(join(folder, 'peer.pcap')),
    'lacpscope -w FILE': lacpscope.concat('-w', join(folder, 'ours.pcapng')),
    'lacpscope, analysis too': lacpscope.concat('-o', join(folder, 'ours.txt')),
    [LIVE]: [node, inRoot('dist/cli/main.js'), 'live', '-i', 'p0', '--save', join(folder, 'live.json')],
    'dumpcap -w /dev/null': ['dumpcap', '-q', '-P', '-i', 'p0', '-s', '128', '-w', '/dev/null'],
    'npm cap, counting only': [node, inRoot('scripts/bench-cap.js'), 'p0'],
  };
  const isHere = ([program, script]) =>
    onPath(program) &&
    (script !== inRoot('scripts/bench-cap.js') || existsSync(inRoot('node_modules/cap/build/Release')));
  return Object.entries(all).filter(([, words]) => isHere(words));
}

async function compare() {
  const line = [
    'mount -t sysfs sysfs /sys',
    'if [ -d /proc/sys/net/ipv6 ]; then echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6; fi',
    'ip link add s0 type veth peer name p0; ip link set s0 up; ip link set p0 up',
  ].join('\n');
  if (run('sh', ['-ec', line]) !== 0) process.exit(3);
  const folder = mkdtempSync(join(tmpdir(), 'lacpscope-bench-'));
  try {
    for (const rate of values.rates.split(',').map(Number)) await compareAt(rate, programs(folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compareAt(rate, all) {
  const rounds = [];
  for (let n = 0; n < Number(values.runs); n++) {
    const round = {};
    for (const [name, words] of all) round[name] = await measured(words, rate);
    rounds.push(round);
  }
  const goal = rate === 0 ? 'as fast as it goes' : `${rate.toLocaleString('en')} a second`;
  console.log(`\n${Number(values.frames).toLocaleString('en')} frames of 60 bytes, ${goal}, ${rounds.length} rounds`);
  print('', ['offered a s', 'lost', 'ns of CPU', 'to tcpdump', '(range)']);
  for (const [name] of all) {
    const of = (pick) => rounds.map((round) => pick(round[name], round[PEER]));
    const ratios = of((it, peer) => it.cpuNs / peer.cpuNs);
    const lost = of((it) => it.lost);
    print(name, [
      Math.round(median(of((it) => it.perSecond))).toLocaleString('en'),
      `${((100 * lost.reduce((sum, n) => sum + n, 0)) / (values.frames * rounds.length)).toFixed(2)} %`,
      median(of((it) => it.cpuNs)).toFixed(0),
      median(ratios).toFixed(2),
      `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`,
    ]);
  }
}

/** One program, from when it listens until it has ended. */
async function measured(words, rate) {
  const python = spawn(
    'python3',
    [inRoot('scripts/measure.py'), `exec ${words.map((word) => `'${word}'`).join(' ')}`],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let said = '';
  python.stderr.setEncoding('utf8').on('data', (text) => (said += text));
  const ended = new Promise((resolve) => python.once('close', resolve));
  const isLive = words.includes('live');
  // It says nothing while it shows something.
  if (isLive) await wait(BEGINNING_MS);
  while (!isLive && !/listening|Capturing|File:/.test(said)) {
    if (python.exitCode !== null) throw new Error(`${words.join(' ')}: ${said}`);
    await wait(20);
  }
  await wait(300);
  const pid = Number(readFileSync(`/proc/${python.pid}/task/${python.pid}/children`, 'utf8').trim());
  const [cpuBefore, receivedBefore] = [cpuOf(pid), received()];
  const { stdout } = spawnSync(buildNative('send'), ['s0', values.frames, String(rate)], { encoding: 'utf8' });
  const seconds = Number(stdout.split(' ')[1]);
  await wait(1200); // tcpdump loses what is younger than a second where it is ended
  if (python.exitCode !== null) throw new Error(`${words.join(' ')} ended by itself: ${said}`);
  process.kill(pid, 'SIGINT');
  await ended;
  const offered = received() - receivedBefore;
  const { cpu } = JSON.parse(said.trim().split('\n').at(-1));
  return { perSecond: offered / seconds, lost: offered - taken(words, said), cpuNs: (1e9 * cpu - cpuBefore) / offered };
}

const BEGINNING_MS = 2500;

function taken(words, said) {
  if (words.includes('live')) {
    const { inputs } = JSON.parse(readFileSync(words.at(-1), 'utf8'));
    return inputs.reduce((sum, { frames }) => sum + frames, 0);
  }
  const kept = /([\d,]+) (?:packets captured|frames)|Packets captured: (\d+)/.exec(said);
  if (kept === null) throw new Error(`${words.join(' ')}: ${said}`);
  return Number((kept[1] ?? kept[2]).replaceAll(',', ''));
}

const received = () => Number(readFileSync('/sys/class/net/p0/statistics/rx_packets', 'utf8'));

/** Nanoseconds that its threads have run. */
function cpuOf(pid) {
  const ran = (task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
  return readdirSync(`/proc/${pid}/task`).reduce((sum, task) => sum + ran(task), 0);
}

function print(name, cells) {
  const widths = [14, 9, 12, 13, 12];
  console.log(name.padEnd(26) + cells.map((cell, i) => cell.padStart(widths[i])).join(''));
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

if (values.inside) await compare();
else await prepare();
