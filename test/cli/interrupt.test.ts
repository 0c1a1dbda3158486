/** Ctrl-C in the built command, at exact moments (interrupt-at.mjs). */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { CAPTURES, documentOf, lacpscope, MAIN, type Outcome, SAMPLE } from './lacpscope.js';

const HOOK = pathToFileURL(join(import.meta.dirname, 'interrupt-at.mjs')).href;
const folder = mkdtempSync(join(tmpdir(), 'lacpscope-interrupt-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** @param turns 1 is the first after reading: of a capture this small reading has none */
function interruptedAt(turns: string, args: readonly string[], inputs: readonly string[] = CAPTURES): Outcome {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', HOOK, MAIN, 'analyze', ...inputs, ...args],
    {
      cwd: SAMPLE,
      env: { ...process.env, INTERRUPT_AT: turns },
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      timeout: 60_000,
    },
  );
  return { status, stdout, stderr };
}

const plain = documentOf(lacpscope(['analyze', ...CAPTURES, '--json']));

describe('Ctrl-C once all is read', () => {
  it('ends the inference, and what is known is the result: status 0', () => {
    const outcome = interruptedAt('2', ['--json']);
    expect(outcome).toMatchObject({ status: 0, stderr: 'interrupted at turn 2 of thread 0\n' });
    const analysis = documentOf(outcome);
    expect(analysis.interrupted).toContain('directions.ingress.hash');
    expect(analysis.capture).toEqual(plain.capture);
    expect(analysis.directions.ingress.ports).toEqual(plain.directions.ingress.ports);
    expect(analysis.findings[0]).toEqual(plain.findings[0] && expect.objectContaining({ id: plain.findings[0].id }));
  });

  it('is told in the text, in the report and in the saved document, and predict and plan know', () => {
    const [saved, report] = [join(folder, 'a.json'), join(folder, 'r.html')];
    const outcome = interruptedAt('1', ['--save', saved, '--report', report]);
    expect(outcome.status).toBe(0);
    expect(outcome.stdout.replaceAll(/\s+/g, ' ')).toContain(
      'Interrupted: what the switch and the server hash on was not worked out',
    );
    expect(readFileSync(report, 'utf8')).toContain('Interrupted: what the switch and the server hash on');
    const flow = ['--src', '10.20.30.10', '--dst', '10.20.30.77', '--sport', '1', '--dport', '2'];
    const predicted = lacpscope(['predict', '--rules', saved, ...flow]);
    expect(predicted.status).toBe(4);
    expect(predicted.stdout.replaceAll(/\s+/g, ' ')).toContain('The analysis was interrupted before a rule was found');
    expect(lacpscope(['plan', '--rules', saved])).toMatchObject({
      status: 4,
      stderr: expect.stringContaining('interrupted'),
    });
  });

  it('counts for --fail-on as what was found does', () => {
    expect(interruptedAt('1', ['-q', '--fail-on', 'notice']).status).toBe(1);
  });

  it('a second time ends the command at once, without a result', () => {
    const report = join(folder, 'none.html');
    const outcome = interruptedAt('1,2', ['--json', '--report', report]);
    expect(outcome).toMatchObject({ status: 130, stdout: '' });
    expect(existsSync(report)).toBe(false);
  });

  it('is heard as well by an analysis in a thread of its own, as of anything that may be large', () => {
    const inputs = CAPTURES.map((file) => `${file.replace('.pcap', '')}=|cat ${file}`);
    const outcome = interruptedAt('2', ['--json'], inputs);
    expect(outcome).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/^interrupted at turn 2 of thread [1-9]/),
    });
    expect(documentOf(outcome).interrupted).toContain('directions.ingress.hash');
    expect(interruptedAt('1,2', ['--json'], inputs)).toMatchObject({ status: 130, stdout: '' });
  });
});

describe('an analysis in a thread of its own', () => {
  const inputs = CAPTURES.map((file) => `${file.replace('.pcap', '')}=|cat ${file}`);

  it('has the same errors, with what to do about them', () => {
    const [first, ...others] = inputs;
    const refused = (word: string) => lacpscope(['analyze', word, ...others]);
    expect(refused('igb0=|echo hello')).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/hello.*\n +[A-Z]/s),
    });
    expect(lacpscope(['analyze', first!, 'none.pcap'])).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('none.pcap: no such file'),
    });
    expect(lacpscope(['analyze', first!, 'igb1.pcap', 'igb1.pcap'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('are the same file'),
    });
  });
});
