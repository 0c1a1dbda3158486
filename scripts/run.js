// Programs that the scripts start: never with a standard input, so that nothing can wait for an answer.
import { spawn, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
export const inRoot = (...parts) => join(ROOT, ...parts);
export const isMain = (url) => process.argv[1] !== undefined && fileURLToPath(url) === process.argv[1];

/** Runs it with our output; the exit status (127 if it cannot be started). */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    ...options,
  });
  if (error) console.error(`${command}: ${error.message}`);
  return status ?? 127;
}

/** Runs it with our output, and leaves Ctrl-C to it: the terminal tells all of us, and what it does then is its own matter. */
export function runForTerminal(command, args, options = {}) {
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], ...options });
    const end = (status) => {
      process.off('SIGINT', ignore);
      resolve(status ?? 127);
    };
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      end(127);
    });
    child.on('close', end);
  });
}

/** Runs it aside: status and everything it printed. */
export function capture(command, args, options = {}) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => resolve({ status: 127, output: `${command}: ${error.message}\n` }));
    child.on('close', (status) => resolve({ status: status ?? 127, output }));
  });
}

/** A program of node_modules, run by this Node whatever the PATH. */
export const tool = {
  tsc: (...args) => [process.execPath, [inRoot('node_modules/typescript/bin/tsc'), ...args]],
  biome: (...args) => [process.execPath, [inRoot('node_modules/@biomejs/biome/bin/biome'), ...args]],
  vitest: (...args) => [process.execPath, [inRoot('node_modules/vitest/vitest.mjs'), ...args]],
  lacpscope: (...args) => [process.execPath, [inRoot('dist/cli/main.js'), ...args]],
};

export function onPath(program) {
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program], { stdio: 'ignore' }).status === 0;
}
