/**
 * A Linux kernel of its own with the bonding driver, which the kernel under a container often lacks: User Mode Linux, a process
 * that boots in a second or two from the file system of this machine, read-only. What it is to keep goes into one folder.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { MAIN } from '../../cli/lacpscope.js';

const NEEDED = ['linux', 'ip', 'ss', 'unshare', 'nsenter', 'python3', 'tcpdump', 'tshark', 'iperf3'];
const BOOT = ['mem=320M', 'root=/dev/root', 'rootfstype=hostfs', 'ro', 'con=null', 'con0=null,fd:1', 'quiet'];
const MOST_MS = 150_000;

/** Why there can be no such machine here; null if there can. */
export function whyNoUml(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'it needs root on Linux';
  const missing = NEEDED.filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);
  if (missing.includes('linux')) return 'not installed: user-mode-linux';
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  const { stdout } = spawnSync('linux', [...BOOT, 'init=/bin/echo', '--', 'booted'], {
    encoding: 'utf8',
    timeout: 30_000,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return stdout?.includes('booted') ? null : 'User Mode Linux does not boot here';
}

/** Runs machine.py as its init. @returns what it said */
export async function runMachine(folder: string): Promise<string> {
  const init = ['init=/usr/bin/env', '--', 'python3', join(import.meta.dirname, 'machine.py'), folder];
  const machine = spawn('linux', [...BOOT, `uml_dir=${folder}`, 'umid=machine', ...init, process.execPath, MAIN], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true, // its processes are processes here, and end as one group
  });
  let said = '';
  machine.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const end = () => {
    try {
      process.kill(-machine.pid!, 'SIGKILL');
    } catch {
      // it has ended
    }
  };
  const limit = setTimeout(end, MOST_MS);
  process.once('exit', end);
  await once(machine, 'close');
  clearTimeout(limit);
  process.off('exit', end);
  return said;
}
