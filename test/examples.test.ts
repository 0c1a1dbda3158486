import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const EXAMPLES = join(import.meta.dirname, '../examples');
const UNIT = join(EXAMPLES, 'systemd/lacpscope.service');
const RC = join(EXAMPLES, 'freebsd/lacpscope');
const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;

describe('examples', () => {
  it('the script of rc.d(8) calls daemon(8) with every port, and with the flags of rc.conf behind "live"', () => {
    // The parts of rc.subr(8) that it uses.
    const subr = `
      load_rc_config() { lacpscope_ports="igb0 igb1"; lacpscope_flags="--interval 5s"; }
      run_rc_command() { echo "$1: $command $lacpscope_flags $command_args"; }`;
    const script = readFileSync(RC, 'utf8').replace('. /etc/rc.subr', subr);
    const { status, stdout, stderr } = spawnSync('sh', ['-eu', '-s', 'start'], { input: script, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const own = '-f -P /var/run/lacpscope.pid -R 5 -S -m 2 -T lacpscope -u lacpscope';
    const live = '/usr/local/bin/lacpscope live --metrics 127.0.0.1:9470 --interval 5s -i igb0 -i igb1';
    expect(stdout.trim().replace(/\s+/g, ' ')).toBe(`start: /usr/sbin/daemon ${own} ${live}`);
    expect(spawnSync('sh', ['-n', RC]).status).toBe(0);
  });

  it('the unit of systemd gives one capability, and forbids what Node.js does not need', () => {
    const lines = readFileSync(UNIT, 'utf8').split('\n');
    for (const line of [
      'DynamicUser=yes',
      'AmbientCapabilities=CAP_NET_RAW',
      'CapabilityBoundingSet=CAP_NET_RAW',
      'ProtectSystem=strict',
      'StandardOutput=null', // a line of JSON a second
    ]) {
      expect(lines).toContain(line);
    }
    expect(lines.filter((line) => line.startsWith('MemoryDenyWriteExecute'))).toEqual([]);
  });

  it.skipIf(!hasAnalyze)(`systemd takes the unit${hasAnalyze ? '' : ' (systemd-analyze is not installed)'}`, () => {
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', UNIT], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
