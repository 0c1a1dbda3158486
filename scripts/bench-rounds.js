// Programs in turn, round after round. On a busy machine times move by a third; ratios of neighbours hardly do.
import { spawnSync } from 'node:child_process';
import { inRoot } from './run.js';

/**
 * @param lines by name of program: a line of bash, and the exit statuses that are no failure
 * @returns a round: by name what it used; the first round only fills the page cache and is left out
 */
export function runRounds(lines, runs) {
  const rounds = [];
  for (let run = 0; run <= runs; run++) {
    const round = {};
    for (const [name, { line, allowed = [0] }] of Object.entries(lines)) round[name] = measure(line, allowed);
    if (run > 0) rounds.push(round);
  }
  return rounds;
}

/** Seconds of CPU (user and system, children too) and of wall clock, and MiB of the largest process. */
export function measure(line, allowed = [0]) {
  const { stderr, error } = spawnSync('python3', [inRoot('scripts/measure.py'), line], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    maxBuffer: 1 << 26,
  });
  if (error) throw new Error(`python3 measures CPU and memory: ${error.message}`);
  const used = JSON.parse(stderr.trim().split('\n').at(-1));
  if (!allowed.includes(used.status)) throw new Error(`${line}\nended with ${used.status}: ${stderr}`);
  return used;
}

/**
 * One line per program; the ratios are medians of those of each round, with their range for CPU. "less start" takes off
 * what `startUp`, an empty program of ours, used in the same round.
 */
export function printRounds(rounds, frames, { ours, startUp }) {
  const of = (name, pick) => rounds.map((round) => pick(round[name], round[ours], round[startUp]));
  const perFrame = (name, kind) => ((1e9 * median(of(name, (it) => it[kind]))) / frames).toFixed(0);
  print('ns a frame', ['CPU', 'wall', 'ours : it, CPU', '(range)', 'less start', 'wall', 'peak MiB']);
  for (const name of Object.keys(rounds[0])) {
    const cells = [perFrame(name, 'cpu'), perFrame(name, 'wall'), '', '', '', ''];
    if (name !== ours && name !== startUp) {
      const cpu = of(name, (it, our) => our.cpu / it.cpu);
      cells[2] = median(cpu).toFixed(2);
      cells[3] = `${Math.min(...cpu).toFixed(2)}-${Math.max(...cpu).toFixed(2)}`;
      cells[4] = median(of(name, (it, our, start) => (our.cpu - start.cpu) / it.cpu)).toFixed(2);
      cells[5] = median(of(name, (it, our) => our.wall / it.wall)).toFixed(2);
    }
    print(name, [...cells, Math.max(...of(name, (it) => it.mib)).toFixed(0)]);
  }
  const ms = (kind) => (1000 * median(of(startUp, (it) => it[kind]))).toFixed(0);
  console.log(`${startUp}: ${ms('cpu')} ms of CPU, ${ms('wall')} ms of wall time, whatever the size of a capture`);
}

function print(name, cells) {
  const widths = [9, 9, 16, 14, 12, 9, 10];
  console.log(name.padEnd(14) + cells.map((cell, i) => cell.padStart(widths[i])).join(''));
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
