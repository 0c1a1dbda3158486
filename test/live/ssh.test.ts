import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Analysis } from '../../src/document/schema.js';
import { readSurvey, surveyScript } from '../../src/sources/ssh/scripts.js';
import { CAPTURES, documentOf, lacpscope, MAIN, SAMPLE } from '../cli/lacpscope.js';
import { Lab, type Running, whyNoLab, written } from './lab.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
const reason = whyNoLab();
const SENT = [433, 1600, 6116, 983];
const SSHD = '/usr/sbin/sshd';
const sample = Object.fromEntries(CAPTURES.map((file, n) => [`s${n}`, join(SAMPLE, file)]));
const framesOf = ({ inputs }: Analysis) => inputs.map(({ frames }) => frames);
const noSshd =
  reason ?? (existsSync(SSHD) && existsSync('/usr/bin/ssh-keygen') ? null : 'openssh-server is not installed');
const named = (text: string, why = reason) => (why === null ? text : `${text} (${why})`);

const folder = reason === null ? mkdtempSync(join(tmpdir(), 'lacpscope-ssh-test-')) : '';
afterAll(() => {
  if (reason === null) rmSync(folder, { recursive: true });
});

const put = (name: string, text: string, mode = 0o600) => {
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), mode);
  return join(folder, name);
};

const interrupted = (running: Running) => {
  running.child.kill('SIGINT');
  return running.ended();
};

// Options and host are dropped, the command runs here; as the login shell of the other machine would run it.
const STAND_IN = `#!/bin/sh
while [ $# -gt 0 ]; do case $1 in -S|-o|-p) shift 2;; -*) shift;; *) break;; esac; done
shift
echo $$ >> ${folder}/pids
SSH_CONNECTION="192.0.2.2 40000 192.0.2.1 22"; export SSH_CONNECTION
exec sh -c "$*"
`;

describe.skipIf(reason !== null)(named('capture --ssh, with a stand-in for ssh'), () => {
  const ssh = join(folder, 'ssh');
  let lab: Lab;
  beforeAll(async () => {
    put('ssh', STAND_IN, 0o755);
    lab = await Lab.of(4, folder);
  });
  afterAll(() => lab.close());
  const capture = (...args: readonly string[]) =>
    lab.lacpscope('capture', '--ssh', 'root@server', '--ssh-command', ssh, ...args);
  const ports = ['-i', 'p0', '-i', 'p1', '-i', 'p2', '-i', 'p3'];
  const captures = () => lab.processes(/^tcpdump .*-w - /);

  it('captures over there, ends it, and says what the file says', async () => {
    const file = join(folder, 'lag.pcapng');
    const running = capture(...ports, '-w', file, '--analyze', '--json');
    await running.says('Capturing p0, p1, p2, p3');
    lab.send(sample);
    await written(file, 9132);
    const outcome = await interrupted(running);
    const live = documentOf(outcome);
    expect({ status: outcome.status, frames: framesOf(live) }).toEqual({ status: 0, frames: SENT });
    expect(live.quality.droppedFrames).toBe(0);
    expect(documentOf(lacpscope(['analyze', file, '--json']))).toEqual(live);
    expect(captures()).toEqual([]);
  });

  it('says what was said over there where a port cannot be captured, and captures nothing', async () => {
    const outcome = await capture('-i', 'p0', '-i', 'nonesuch').ended();
    expect(outcome).toMatchObject({ status: 3, stdout: '' });
    expect(outcome.stderr).toMatch(/root@server:nonesuch: the command ended with status 1: .*nonesuch/);
    const refused = await capture('-i', 'p0', '-f', 'tcp prot 80').ended();
    expect(refused.stderr).toContain('syntax error');
    await wait(1500);
    expect(captures()).toEqual([]);
  });

  it('takes dumpcap as well, and reports what was read where ssh is killed', async () => {
    const file = join(folder, 'killed.pcapng');
    rmSync(join(folder, 'pids'), { force: true });
    const running = capture(...ports, '--tool', 'dumpcap', '-w', file, '--analyze', '--json');
    await running.says('Capturing');
    lab.send(sample);
    await written(file, 9132);
    const pids = readFileSync(join(folder, 'pids'), 'utf8').trim().split('\n').map(Number);
    for (const pid of pids.slice(2)) process.kill(pid, 'SIGKILL'); // those of the ports
    const outcome = await running.ended();
    expect(framesOf(documentOf(outcome))).toEqual(SENT);
    const { limits } = documentOf(outcome).quality;
    expect(limits).toContain('p3: the command was ended by SIGKILL: loads and counts of that port are too low.');
    expect(outcome.stderr).toMatch(/warning: .*p3: the command was ended by SIGKILL/);
  });

  it('leaves nothing behind over there where the capture is killed', async () => {
    const running = capture(...ports, '-w', join(folder, 'gone.pcapng'));
    await running.says('Capturing');
    while (captures().length < 4) await wait(50);
    running.child.kill('SIGKILL');
    while (captures().length > 0) await wait(50);
  });

  it('finds the members of an aggregate over there, on Linux and where there is only ifconfig', async () => {
    const survey = async (first: string) => {
      const shell = lab.start(['unshare', '--mount', 'sh', '-c', `${first}; exec sh -s`]);
      shell.child.stdin!.end(surveyScript(['bond0', 'team0', 'br0', 'lagg0', 'p0'], 'tcpdump'));
      const { stdout, stderr } = await shell.ended();
      expect(stderr).toBe('');
      return readSurvey(stdout);
    };
    const net = join(folder, 'net');
    for (const name of ['bond0/bonding', 'team0', 'br0/bridge', 'p0', 'p1', 'p2', 'p3']) {
      mkdirSync(join(net, name), { recursive: true });
    }
    writeFileSync(join(net, 'bond0/bonding/slaves'), 'p0 p1\n');
    writeFileSync(join(net, 'p2/speed'), '2500\n');
    for (const [port, master] of Object.entries({ p2: 'team0', p3: 'team0', bond0: 'br0' })) {
      symlinkSync(`../${master}`, join(net, port, 'master'));
    }
    const linux = await survey(`mount --bind ${net} /sys/class/net`);
    expect(linux).toMatchObject({ hasTool: true, bitsPerSecond: new Map([['p2', 2.5e9]]) });
    expect(linux.members).toEqual(
      new Map([
        ['bond0', ['p0', 'p1']],
        ['team0', ['p2', 'p3']],
      ]),
    );
    const lagg = 'lagg0: flags=8843<UP> metric 0 mtu 1500\n\tlaggproto lacp\n\tlaggport: igb0 flags=1c<ACTIVE>\n';
    writeFileSync(join(folder, 'lagg'), lagg);
    put('ifconfig', `#!/bin/sh\ncat ${join(folder, 'lagg')}\n`, 0o755);
    const bsd = await survey(`mount -t tmpfs tmpfs /sys/class; PATH=${folder}:$PATH`);
    expect(bsd.members).toEqual(new Map([['lagg0', ['igb0']]]));
  });

  it('becomes root over there, or says that it may not', async () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    const words = [
      'capture',
      '--ssh',
      'me@server',
      '--ssh-command',
      ssh,
      '--become',
      'sudo',
      '-i',
      'p0',
      '-c',
      '433',
      '--json',
    ];
    const become = (script: string) => {
      put('bin/sudo', script, 0o755);
      return lab.start([process.execPath, MAIN, ...words], { PATH: `${bin}:${process.env.PATH}`, TMPDIR: folder });
    };
    const refused = await become('#!/bin/sh\necho "sudo: a password is required" >&2; exit 1\n').ended();
    expect(refused).toMatchObject({ status: 5, stdout: '' });
    expect(refused.stderr).toMatch(/me@server:p0: .*a password is required[\s\S]*--become sudo/);
    const running = become('#!/bin/sh\nshift; exec "$@"\n'); // -n
    await running.says('Capturing p0');
    lab.send({ s0: sample.s0! });
    expect(framesOf(documentOf(await running.ended()))).toEqual([433]);
  });

  it('says that there is no connection', async () => {
    const none = await lab.lacpscope('capture', '--ssh', 'x@y', '--ssh-command', 'false', '-i', 'p0').ended();
    expect(none).toMatchObject({ status: 3 });
    expect(none.stderr).toContain('x@y: no connection: ssh ended with status 1');
  });
});

// One of its own, on the path that is captured: the client is in a namespace beside the server's.
describe.skipIf(noSshd !== null)(named('capture --ssh, with a real sshd', noSshd), () => {
  let server: Lab;
  let client: Lab;
  const config = () => [
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'user.pub')}`,
    'ListenAddress 192.0.2.1:2222',
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
  ];
  beforeAll(async () => {
    [server, client] = [await Lab.of(4, folder), await Lab.of(0, folder)];
    for (const key of ['host', 'user'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, key)]);
    chmodSync(folder, 0o755);
    server.run('ip', 'link', 'set', 's0', 'netns', String(client.pid));
    server.run('sh', '-c', 'ip addr add 192.0.2.1/24 dev p0; mount -t tmpfs tmpfs /run; mkdir -p /run/sshd');
    client.run('sh', '-c', 'ip link set s0 up; ip addr add 192.0.2.2/24 dev s0');
    const macOf = (lab: Lab, port: string) => lab.run('cat', `/sys/class/net/${port}/address`).trim();
    // Else each asks for the other's address, which is captured too.
    client.run('ip', 'neigh', 'add', '192.0.2.1', 'lladdr', macOf(server, 'p0'), 'dev', 's0', 'nud', 'permanent');
    server.run('ip', 'neigh', 'add', '192.0.2.2', 'lladdr', macOf(client, 's0'), 'dev', 'p0', 'nud', 'permanent');
    const daemon = server.start([SSHD, '-D', '-e', '-f', put('sshd_config', `${config().join('\n')}\n`)]);
    await daemon.says('Server listening');
  });
  afterAll(() => {
    server.close();
    client.close();
  });
  const ssh = () =>
    [`ssh -p 2222 -i ${join(folder, 'user')}`, 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null'].join(' -o ');

  it('captures all ports through one connection, and not that connection', async () => {
    const file = join(folder, 'real.pcapng');
    const words = ['--ssh', 'root@192.0.2.1', '--ssh-command', ssh(), '-w', file, '--analyze', '--json'];
    const ports = ['p0', 'p1', 'p2', 'p3'].flatMap((port) => ['-i', port]);
    const running = client.lacpscope('capture', ...words, ...ports);
    await running.says('Capturing p0, p1, p2, p3');
    expect(server.run('sh', '-c', 'ss -Htn state established "( sport = :2222 )" | wc -l').trim()).toBe('1');
    const { s0, ...others } = sample;
    client.send({ s0: s0! });
    server.send(others);
    await written(file, 9132);
    const outcome = await interrupted(running);
    expect(framesOf(documentOf(outcome))).toEqual(SENT);
    while (server.run('sh', '-c', 'ss -Htn state established "( sport = :2222 )" | wc -l').trim() !== '0')
      await wait(50);
    expect(server.processes(/^tcpdump .*-w - /)).toEqual([]);
  });

  it('reports what was read where tcpdump over there is killed, and then the connection', async () => {
    const ports = ['p1', 'p2', 'p3'].flatMap((port) => ['-i', port]);
    const words = ['--ssh', 'root@192.0.2.1', '--ssh-command', ssh(), '-w', join(folder, 'broken.pcapng'), '--json'];
    const running = client.lacpscope('capture', ...words, '--analyze', ...ports);
    await running.says('Capturing p1, p2, p3');
    const { s0, ...others } = sample;
    server.send(others);
    await written(join(folder, 'broken.pcapng'), SENT[1]! + SENT[2]! + SENT[3]!);
    server.kill(/^tcpdump .*-i p1 -w - /);
    await running.says('p1: the command ended with status 137');
    client.kill(/^ssh .*root@192\.0\.2\.1/);
    const outcome = await running.ended();
    expect(outcome.status).toBe(0);
    const analysis = documentOf(outcome);
    expect(framesOf(analysis)).toEqual(SENT.slice(1));
    for (const port of ['p1', 'p2', 'p3']) expect(analysis.quality.limits.join()).toMatch(`${port}: the command `);
    while (server.processes(/^tcpdump .*-w - /).length > 0) await wait(50);
  });

  it('says what ssh says where it is refused', async () => {
    const words = ['--ssh', 'root@192.0.2.1', '--ssh-command', 'ssh -p 2223', '-i', 'p0'];
    const refused = await client.lacpscope('capture', ...words).ended();
    expect(refused).toMatchObject({ status: 3, stdout: '' });
    expect(refused.stderr).toMatch(/Connection refused[\s\S]*root@192.0.2.1: no connection: ssh ended with status 255/);
  });
});
