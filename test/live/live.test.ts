import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Analysis } from '../../src/document/schema.js';
import { CAPTURES, documentOf, lacpscope, SAMPLE } from '../cli/lacpscope.js';
import { Lab, type Running, whyNoLab } from './lab.js';

vi.setConfig({ testTimeout: 90_000 });
const reason = whyNoLab();
const PORTS = ['p0', 'p1', 'p2', 'p3'];
const SENT = [433, 1600, 6116, 983];
const inputs = PORTS.flatMap((port) => ['-i', port]);
const sample = Object.fromEntries(CAPTURES.map((file, n) => [`s${n}`, join(SAMPLE, file)]));
const framesOf = ({ inputs }: Analysis) => inputs.map(({ frames }) => frames);

interface Line {
  readonly type: 'start' | 'interval' | 'event' | 'analysis' | 'end';
  readonly text?: string;
  readonly kind?: string;
  readonly ports?: readonly { readonly ingress: { readonly frames: number } }[];
}
const lines = (stdout: string): Line[] =>
  stdout
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Line);

describe.skipIf(reason !== null)(`live${reason === null ? '' : ` (${reason})`}`, () => {
  const folder = reason === null ? mkdtempSync(join(tmpdir(), 'lacpscope-looked-at-')) : '';
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.of(4, folder);
  });
  afterAll(() => {
    lab.close();
    rmSync(folder, { recursive: true });
  });

  const live = (...args: readonly string[]) => lab.lacpscope('live', ...args);
  const until = async (running: Running, isSo: (seen: readonly Line[]) => boolean) => {
    while (!isSo(lines(running.stdout()))) {
      if (running.child.exitCode !== null || running.child.signalCode !== null)
        throw new Error(`it ended: ${running.stderr()}`);
      await wait(50);
    }
  };
  const seenFrames = (seen: readonly Line[]) =>
    seen.findLast(({ type }) => type === 'interval')?.ports?.reduce((sum, { ingress }) => sum + ingress.frames, 0) ?? 0;
  const interrupted = (running: Running) => {
    running.child.kill('SIGINT');
    return running.ended();
  };

  it('says flow by flow what tcpdump wrote beside it', async () => {
    const peers = PORTS.map((port, n) => {
      const options = ['-s', '128', '--time-stamp-precision=nano', '-w', join(folder, `${port}.pcap`)];
      return lab.start(['tcpdump', '-Z', 'root', '-i', port, '-c', String(SENT[n]), ...options]);
    });
    for (const peer of peers) await peer.says('listening');
    const saved = join(folder, 'live.json');
    const running = live(...inputs, '--save', saved);
    await until(running, (seen) => seen.some(({ type }) => type === 'start'));
    await wait(500);
    expect(lab.send(sample)).toBe(9132);
    for (const peer of peers) expect((await peer.ended()).stderr).toContain('0 packets dropped by kernel');
    await until(running, (seen) => seen.some(({ type }) => type === 'analysis'));
    const { status, stdout } = await interrupted(running);
    expect(status).toBe(0);
    const result = JSON.parse(readFileSync(saved, 'utf8')) as Analysis;
    const offline = documentOf(lacpscope(['analyze', '--json', ...PORTS.map((port) => join(folder, `${port}.pcap`))]));
    expect(framesOf(result)).toEqual(SENT);
    expect(result.lag).toEqual(offline.lag);
    for (const direction of ['ingress', 'egress'] as const) {
      const flows = ({ directions }: Analysis) =>
        directions[direction].topFlows.map((each) => JSON.stringify(each)).sort();
      expect(flows(result)).toEqual(flows(offline));
      const ports = ({ directions }: Analysis) =>
        directions[direction].ports.map(({ port, frames, octets, flows }) => [port, frames, octets, flows]);
      expect(ports(result)).toEqual(ports(offline));
      const hash = ({ directions }: Analysis) => [
        directions[direction].hash?.fields.map(({ field, verdict }) => [field, verdict]),
        directions[direction].hash?.function?.id,
      ];
      expect(hash(result)).toEqual(hash(offline));
    }
    expect(lines(stdout).at(-1)).toMatchObject({ type: 'end', dropped: 0 });
  });

  it('tells of a port that goes down and comes back, and goes on', async () => {
    const saved = join(folder, 'down.json');
    const running = live(...inputs, '--save', saved);
    await until(running, (seen) => seen.some(({ type }) => type === 'start'));
    await wait(500);
    lab.send(sample);
    await until(running, (seen) => seenFrames(seen) > 0);
    lab.run('ip', 'link', 'set', 'p2', 'down');
    await until(running, (seen) => seen.some(({ type, text }) => type === 'event' && /^p2: it went down/.test(text!)));
    lab.run('ip', 'link', 'set', 'p2', 'up');
    await until(running, (seen) => seen.some(({ type, text }) => type === 'event' && /^p2: it came up/.test(text!)));
    lab.send(sample);
    await wait(1000);
    const { status } = await interrupted(running);
    expect(status).toBe(0);
    const result = JSON.parse(readFileSync(saved, 'utf8')) as Analysis;
    expect(framesOf(result)).toEqual(SENT.map((frames) => 2 * frames));
  });

  it('reports what was read when a program that captures is killed', async () => {
    const saved = join(folder, 'killed.json');
    const streams = PORTS.map((port) => `${port}=|exec tcpdump -i ${port} -s 128 -U -w - 2>/dev/null`);
    const running = live(...streams, '--save', saved);
    await until(running, (seen) => seen.some(({ type }) => type === 'start'));
    await wait(1500);
    lab.send(sample);
    await until(running, (seen) => seenFrames(seen) > 0);
    await wait(2500); // until what tcpdump keeps back has come
    const [killed] = execFileSync('pgrep', ['-P', String(running.child.pid), '-f', '^tcpdump -i p1 '], {
      encoding: 'utf8',
    })
      .trim()
      .split('\n');
    process.kill(Number(killed), 'SIGKILL');
    await until(running, (seen) =>
      seen.some(({ type, text }) => type === 'event' && /^p1: its capture ended/.test(text!)),
    );
    lab.send(sample);
    await wait(2500);
    const { status } = await interrupted(running);
    expect(status).toBe(0);
    const result = JSON.parse(readFileSync(saved, 'utf8')) as Analysis;
    expect(framesOf(result)).toEqual([866, 1600, 12_232, 1966]);
    expect(result.quality.limits.join(' ')).toMatch(/p1: its capture ended: the command was ended by SIGKILL/);
  });

  it('counts what it could not take, and no more', async () => {
    const saved = join(folder, 'drops.json');
    const running = live(...inputs, '-B', '1', '--save', saved);
    await until(running, (seen) => seen.some(({ type }) => type === 'start'));
    await wait(500);
    lab.send(sample);
    await until(running, (seen) => seenFrames(seen) > 0);
    running.child.kill('SIGSTOP');
    const sent = 9132 + lab.send(sample, 12);
    running.child.kill('SIGCONT');
    await wait(2500);
    await interrupted(running);
    const { inputs: read, findings } = JSON.parse(readFileSync(saved, 'utf8')) as Analysis;
    const dropped = read.reduce((sum, { drops }) => sum + (drops.kernel ?? 0), 0);
    const frames = read.reduce((sum, input) => sum + input.frames, 0);
    expect(dropped).toBeGreaterThan(1000);
    expect(frames + dropped).toBe(sent);
    expect(findings.map(({ id }) => id)).toContain('capture-drops');
  });
});
