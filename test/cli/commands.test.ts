import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { Analysis } from '../../src/document/schema.js';
import { CAPTURES, capture, documentOf, lacpscope, MAIN, put, SAMPLE } from './lacpscope.js';

const plain = documentOf(lacpscope(['analyze', ...CAPTURES, '--json']));
const named = (command: (file: string) => string) =>
  CAPTURES.map((file) => `${file.replace('.pcap', '')}=|${command(file)}`);

/** Everything but what the inputs are called. */
const unnamed = (analysis: Analysis) =>
  JSON.stringify(analysis, (key, value) => (key === 'source' || key === 'explanation' ? undefined : value));

/** The command in the background: interrupted once `ready` says so, and waited for. */
async function interrupted(args: readonly string[], ready: (child: ChildProcess) => Promise<unknown>, cwd = SAMPLE) {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  await ready(child);
  child.kill('SIGINT');
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout, stderr };
}

const folder = mkdtempSync(join(tmpdir(), 'lacpscope-commands-'));
afterAll(() => rmSync(folder, { recursive: true }));

const readIfThere = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');

async function until(holds: () => boolean) {
  while (!holds()) await wait(20);
}

describe('a command as an input', () => {
  it('is read as the file that it writes', () => {
    const outcome = lacpscope(['analyze', ...named((file) => `cat ${file}`), '--json']);
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    const analysis = documentOf(outcome);
    expect(unnamed(analysis)).toBe(unnamed(plain));
    expect(analysis.inputs.map(({ source }) => source)).toEqual(CAPTURES.map((file) => `|cat ${file}`));
  });

  it('is called after its one interface', () => {
    const words = CAPTURES.map((file) => `|cat ${file} # -i ${file.replace('.pcap', '')}`);
    const analysis = documentOf(lacpscope(['analyze', ...words, '--json']));
    expect(analysis.inputs.map(({ port }) => port)).toEqual(plain.inputs.map(({ port }) => port));
  });

  it('may write packed, and beside files', () => {
    const outcome = lacpscope(['analyze', 'igb0=|gzip -c igb0.pcap', ...CAPTURES.slice(1), '--json']);
    expect(documentOf(outcome).inputs[0]).toMatchObject({ compression: 'gzip', frames: 433, complete: true });
  });

  it('ends the run where it gives nothing, with what it said, and the others with it', () => {
    const failed = 'igb0=|echo "root@server: Permission denied (publickey)." >&2; exit 255';
    const outcome = lacpscope(['analyze', failed, 'igb1=|exec sleep 1000', '--json']);
    expect(outcome).toMatchObject({ status: 3, stdout: '' });
    expect(outcome.stderr).toContain('ended with status 255: root@server: Permission denied (publickey)');
    expect(lacpscope(['analyze', 'igb0=|true', 'igb1.pcap']).stderr).toContain('gave nothing');
    expect(lacpscope(['analyze', 'igb0=|echo hello', 'igb1.pcap'])).toMatchObject({ status: 3 });
    expect(lacpscope(['analyze', 'igb0=| ', 'igb1.pcap'])).toMatchObject({ status: 2 });
  });

  it('is not started where a file cannot be read', () => {
    const mark = join(folder, 'started');
    expect(lacpscope(['analyze', `igb0=|touch ${mark}; cat igb0.pcap`, 'none.pcap']).status).toBe(3);
    expect(existsSync(mark)).toBe(false);
  });

  it.each([
    [
      'fails',
      'echo "listening on igb2" >&2; echo "lost the link" >&2; exit 9',
      'the command ended with status 9: lost the link',
    ],
    ['is killed', 'kill -9 $$', 'the command was ended by SIGKILL'],
  ])('is analysed up to there where it %s', (_, end, says) => {
    const cut = `igb2=|head -c 300000 igb2.pcap; ${end}`;
    const outcome = lacpscope(['analyze', 'igb0.pcap', 'igb1.pcap', cut, 'igb3.pcap', '--json']);
    expect(outcome.status).toBe(0);
    expect(outcome.stderr).toContain(says);
    const { complete, damage, frames } = documentOf(outcome).inputs[2]!;
    expect({ complete, reason: damage?.reason }).toEqual({ complete: false, reason: says });
    expect(frames).toBeGreaterThan(1000);
  });

  it.each([
    ['tcpdump', '9132 packets captured\\n9200 packets received by filter\\n68 packets dropped by kernel\\n'],
    [
      'dumpcap',
      "Packets received/dropped on interface 'igb0': 433/68 (pcap:68/dumpcap:0/flushed:0/ps_ifdrop:0) (86.4%%)\\n",
    ],
  ])('tells what %s says that it lost', (_, said) => {
    const words = ['analyze', `igb0=|cat igb0.pcap; printf "${said}" >&2`, ...CAPTURES.slice(1), '--json'];
    const analysis = documentOf(lacpscope(words));
    expect(analysis.inputs[0]!.drops).toEqual({ kernel: 68, interface: null });
    expect(analysis.quality.droppedFrames).toBe(68);
  });

  it('is ended by Ctrl-C, and what came until then is the result', async () => {
    const words = named((file) => `cat ${file}; echo $$ > ${join(folder, file)}; exec sleep 1000`);
    const pids = () => CAPTURES.map((file) => Number(readIfThere(join(folder, file))));
    const outcome = await interrupted(['analyze', ...words, '--json'], () =>
      until(() => pids().every((pid) => pid > 0)),
    );
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(unnamed(JSON.parse(outcome.stdout))).toBe(unnamed(plain));
    for (const pid of pids()) expect(() => process.kill(pid, 0)).toThrow();
  });

  it('is cut off where it does not end', async () => {
    // The shell ends, what it started goes on and holds the pipe.
    const words = named((file) => `cat ${file}; sleep 20; true`);
    const outcome = await interrupted(['analyze', ...words, '--json'], () => wait(2000));
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(unnamed(JSON.parse(outcome.stdout))).toBe(unnamed(plain));
  });
});

describe('--follow', () => {
  it('waits for files that grow until Ctrl-C; a record that is half written is no damage', async () => {
    for (const file of CAPTURES) put(folder, file, capture(file).subarray(0, 5000));
    const outcome = await interrupted(['analyze', ...CAPTURES, '--follow', '--json'], grow, folder);
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    const frames = (JSON.parse(outcome.stdout) as Analysis).inputs.map((input) => input.frames);
    expect(frames).toEqual(plain.inputs.map((input) => input.frames - 1));
  });

  it('says which file is not there', () => {
    expect(lacpscope(['analyze', 'none.pcap', 'igb1.pcap', '--follow'])).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('none.pcap: no such file'),
    });
  });
});

async function grow() {
  await wait(1000);
  for (const file of CAPTURES) appendFileSync(join(folder, file), capture(file).subarray(5000, -10));
}
