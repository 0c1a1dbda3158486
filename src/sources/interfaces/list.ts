/** The network interfaces of this machine. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { CaptureError } from '../../errors.js';
import { parseIfconfig } from './ifconfig.js';
import type { NetworkInterface } from './interface.js';
import { readSysfs } from './sysfs.js';

export function listInterfaces(): NetworkInterface[] {
  if (existsSync('/sys/class/net')) return readSysfs();
  const { status, stdout, error } = spawnSync('ifconfig', ['-a'], { encoding: 'utf8' });
  if (status === 0) return parseIfconfig(stdout);
  throw new CaptureError(
    'interfaces-unknown',
    { source: 'ifconfig -a' },
    error === undefined ? `ended with status ${status}` : error.message,
    'Name the member ports themselves with -i.',
  );
}
