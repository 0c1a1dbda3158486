/** The addon that captures, compiled where it is first needed: an installation must never fail because of it. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CaptureError } from '../../errors.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SOURCES = join(ROOT, 'native/capture');
const COMPILERS = ['c++', 'g++', 'clang++', 'clang++-14'];
const FLAGS = ['-std=c++17', '-O2', '-fPIC', '-shared', '-pthread', '-fvisibility=hidden'];
const OF_SYSTEM: Readonly<Record<string, readonly string[]>> = {
  linux: ['-ldl'],
  darwin: ['-undefined', 'dynamic_lookup'],
};

/**
 * Where the addon is; compiled only if its sources have changed.
 *
 * @param onBuild is told before it is compiled, which takes seconds
 * @throws CaptureError where that cannot be done here
 */
export function builtAddon(onBuild: () => void = () => undefined): string {
  const name = `capture-${process.platform}-${process.arch}-${digestOfSources()}.node`;
  const folders = [
    join(ROOT, 'build/capture'),
    join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lacpscope'),
  ];
  const built = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (built !== undefined) return built;
  const folder = folders.find((path) => canBeMade(path));
  if (folder === undefined) throw unavailable(`neither ${folders.join(' nor ')} can be written`);
  onBuild();
  const aside = join(folder, `.${process.pid}.${name}`);
  try {
    compile(aside);
    renameSync(aside, join(folder, name));
  } finally {
    rmSync(aside, { force: true });
  }
  return join(folder, name);
}

function compile(to: string): void {
  const args = [...FLAGS, '-o', to, join(SOURCES, 'addon.cpp'), ...(OF_SYSTEM[process.platform] ?? [])];
  for (const compiler of COMPILERS) {
    const { status, error, stderr } = spawnSync(compiler, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') continue;
    if (status === 0) return;
    throw unavailable(`${compiler} could not compile it: ${(stderr || String(error)).split('\n')[0]}`);
  }
  throw unavailable('there is no C++ compiler (apt-get install g++)');
}

const unavailable = (problem: string) =>
  new CaptureError(
    'capture-addon',
    { source: 'native/capture' },
    `what captures is compiled when it is first needed, and ${problem}`,
    "Without it: tcpdump as a command, igb0='|tcpdump -i igb0 -U -s 128 -w -' for each port of lacpscope analyze.",
  );

function digestOfSources(): string {
  const hash = createHash('sha256').update(FLAGS.join(' '));
  for (const file of readdirSync(SOURCES).sort()) hash.update(`${file}\0`).update(readFileSync(join(SOURCES, file)));
  return hash.digest('hex').slice(0, 12);
}

function canBeMade(folder: string): boolean {
  try {
    if (!existsSync(folder)) {
      accessSync(existing(dirname(folder)), constants.W_OK);
      mkdirSync(folder, { recursive: true });
    }
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const existing = (folder: string): string => (existsSync(folder) ? folder : existing(dirname(folder)));
