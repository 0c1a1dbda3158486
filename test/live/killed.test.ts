import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Analysis } from '../../src/document/schema.js';
import { CAPTURES, documentOf, MAIN, SAMPLE } from '../cli/lacpscope.js';
import { Lab, type Running, whyNoLab } from './lab.js';

vi.setConfig({ testTimeout: 60_000 });
const reason = whyNoLab();
const SENT = [433, 1600];
const ALL = SENT.reduce((sum, frames) => sum + frames, 0);
const sample = { s0: join(SAMPLE, CAPTURES[0]!), s1: join(SAMPLE, CAPTURES[1]!) };
const framesOf = ({ inputs }: Analysis) => inputs.map(({ frames }) => frames);

describe.skipIf(reason !== null)(
  `what was read until something was killed${reason === null ? '' : ` (${reason})`}`,
  () => {
    const folder = reason === null ? mkdtempSync(join(tmpdir(), 'lacpscope-killed-')) : '';
    let lab: Lab;
    beforeAll(async () => {
      lab = await Lab.of(2, folder);
    });
    afterAll(() => {
      lab.close();
      rmSync(folder, { recursive: true });
    });

    const capturing = (tool: string) => lab.processes(new RegExp(`^${tool} .*-i p[01] -w - $`));
    const listening = async (tool: string) => {
      while (capturing(tool).length < 2) await wait(50);
      await wait(1000);
    };
    const inFolder = (name: string, size: string) => {
      lab.run('mkdir', '-p', join(folder, name));
      lab.run('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', join(folder, name));
      return { TMPDIR: join(folder, name) };
    };

    it('the writer of a FIFO', async () => {
      const fifos = ['p0', 'p1'].map((port) => join(folder, `${port}.fifo`));
      lab.run('mkfifo', ...fifos);
      const running = lab.lacpscope('analyze', ...fifos.map((path, n) => `p${n}=${path}`), '--json');
      const writers = fifos.map((path, n) =>
        lab.start(['tcpdump', '-Z', 'root', '--immediate-mode', '-U', '-s', '128', '-i', `p${n}`, '-w', path]),
      );
      for (const writer of writers) await writer.says('listening');
      lab.send(sample);
      await wait(1000);
      for (const writer of writers) writer.child.kill('SIGKILL');
      const outcome = await running.ended();
      expect(outcome.status).toBe(0);
      expect(framesOf(documentOf(outcome))).toEqual(SENT);
    });

    it.each([
      ['tcpdump', 'tcpdump -Z root --immediate-mode -U -s 128'],
      ['dumpcap', 'dumpcap -q -P -s 128'],
    ])('%s, behind a shell', async (tool, line) => {
      const inputs = ['p0', 'p1'].map((port) => `${port}=|exec ${line} -i ${port} -w -`);
      const running = lab.lacpscope('analyze', ...inputs, '--json');
      await listening(tool);
      lab.send(sample);
      await wait(1500);
      for (const pid of capturing(tool)) process.kill(pid, 'SIGKILL');
      const outcome = await running.ended();
      expect(outcome.status).toBe(0);
      const analysis = documentOf(outcome);
      expect(framesOf(analysis)).toEqual(SENT);
      const [{ complete, damage }] = analysis.inputs as [Analysis['inputs'][0]];
      expect(complete).toBe(false);
      expect(damage?.reason).toContain('the command was ended by SIGKILL');
      expect(analysis.quality.limits.join()).toContain('is incomplete: loads and counts of its port are too low');
    });

    const filled = async (running: Running) => {
      lab.send(sample, 40);
      return running.ended();
    };

    it('room for what is captured, without a file of one’s own', async () => {
      const env = inFolder('small', '2m');
      const running = lab.start([process.execPath, MAIN, 'capture', '-i', 'p0', '-i', 'p1', '--json'], env);
      await running.says('Capturing p0, p1');
      const outcome = await filled(running); // by itself
      expect(outcome.status).toBe(3);
      expect(outcome.stderr).toMatch(/cannot be written: no space is left/);
      const analysis = documentOf(outcome);
      expect(analysis.inputs.every(({ complete }) => complete)).toBe(true);
      const frames = framesOf(analysis).reduce((sum, count) => sum + count, 0);
      expect(frames).toBeGreaterThan(5000);
      expect(frames).toBeLessThan(40 * ALL);
    });

    it('room for what a command writes', async () => {
      const env = inFolder('spool', '2m');
      const inputs = ['p0', 'p1'].map((port) => `${port}=|exec tcpdump -Z root -U -s 128 -i ${port} -w -`);
      const running = lab.start([process.execPath, MAIN, 'analyze', ...inputs, '--json'], env);
      await listening('tcpdump');
      lab.send(sample, 40);
      await wait(1500);
      running.child.kill('SIGINT'); // the port that had room goes on
      const outcome = await running.ended();
      const reasons = documentOf(outcome).inputs.map(({ damage }) => damage?.reason);
      expect(reasons.join()).toMatch(/could not be kept in .*spool.*TMPDIR names another folder/);
    });
  },
);
