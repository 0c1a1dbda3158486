// What has to be there before anything runs: npm packages always, system packages for some of the tests.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { inRoot, onPath, run } from './run.js';

/** Installs what package-lock.json names, unless exactly that is installed. */
export function installPackages() {
  if (packagesAreInstalled()) return;
  console.log('Installing the npm packages …');
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const args = ['ci', '--include=dev', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  const status = run(npm[0], [...npm.slice(1), ...args]);
  if (status !== 0) {
    console.error(
      'npm ci failed, see above. It needs the network once; "npm ci" in this folder does the same by hand.',
    );
    process.exit(status);
  }
}

// npm writes node_modules/.package-lock.json last: a copy of the lock file without what this system does not need.
export function packagesAreInstalled(root = inRoot()) {
  const installed = `${root}/node_modules/.package-lock.json`;
  if (!existsSync(installed)) return false;
  const wanted = JSON.parse(readFileSync(`${root}/package-lock.json`, 'utf8')).packages;
  const present = JSON.parse(readFileSync(installed, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, { version, integrity, optional }]) =>
      path === '' || optional || (present[path]?.version === version && present[path]?.integrity === integrity),
  );
}

/** What makes a package superfluous, by its name in Debian. */
const TEST_PACKAGES = {
  tshark: () => onPath('tshark'),
  tcpdump: () => onPath('tcpdump'),
  zstd: () => onPath('zstd'),
  lz4: () => onPath('lz4'),
  'clang-14': () => onPath('clang-14'),
  'lld-14': () => onPath('wasm-ld-14'),
  'libclang-rt-14-dev': hasSanitizers,
  iproute2: () => onPath('ip'),
  iperf3: () => onPath('iperf3'),
  python3: () => onPath('python3'),
  'python3-prometheus-client': () => hasPythonPackage('prometheus_client'),
  'python3-pyte': () => hasPythonPackage('pyte'),
  // Where systemd runs, installing it would open this machine to the network; the one test that needs it is skipped there.
  'openssh-server': () => existsSync('/usr/sbin/sshd') || existsSync('/run/systemd/system'),
  // Debian has it for one architecture.
  'user-mode-linux': () => onPath('linux') || process.arch !== 'x64',
  chromium: () => onPath('chromium') || onPath('chromium-browser'),
};

// Where Debian puts them: of its own Python, not of another that may be first on the path.
const hasPythonPackage = (name) => existsSync(`/usr/lib/python3/dist-packages/${name}`);

export function hasSanitizers() {
  const folder = '/usr/lib/llvm-14/lib/clang';
  if (!existsSync(folder)) return false;
  return readdirSync(folder).some((version) => {
    const libraries = `${folder}/${version}/lib/linux`;
    return existsSync(libraries) && readdirSync(libraries).some((name) => name.startsWith('libclang_rt.fuzzer'));
  });
}

/** Programs the benchmark compares with. */
export const BENCH_PACKAGES = {
  tshark: () => onPath('capinfos'),
  tcpdump: () => onPath('tcpdump'),
  nfdump: () => onPath('nfpcapd'),
  softflowd: () => onPath('softflowd'),
};

export const PROFILE_PACKAGES = {
  valgrind: () => onPath('valgrind'),
  'clang-14': () => onPath('clang++-14'),
};

const missingOf = (packages) => Object.keys(packages).filter((name) => !packages[name]());

/** Installs what is missing; without the right to do so it says the line to run and what happens meanwhile. */
export function installSystemPackages(
  packages = TEST_PACKAGES,
  without = 'The tests that need them are skipped by name',
) {
  const missing = missingOf(packages);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !isDebian() || !onPath('apt-get')) {
    console.log(`Not installed: ${missing.join(', ')}. ${without}. To have them:`);
    console.log(`  sudo apt-get install -y --no-install-recommends ${missing.join(' ')}    (Debian, Ubuntu)`);
    return;
  }
  console.log(`Installing ${missing.join(', ')} …`);
  aptGet('update');
  if (aptGet('install', ...missing) !== 0) for (const name of missing) aptGet('install', name);
  const left = missingOf(packages);
  if (left.length > 0) console.log(`Could not be installed: ${left.join(', ')}. ${without}.`);
}

const aptGet = (command, ...names) =>
  run('apt-get', [command, '-y', '-q', ...(command === 'install' ? ['--no-install-recommends'] : []), ...names], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', DEBCONF_NONINTERACTIVE_SEEN: 'true' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });

function isDebian() {
  if (!existsSync('/etc/os-release')) return false;
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
}
