import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CAPTURES, documentOf, lacpscope, MAIN, SAMPLE, shell, withFolder } from './lacpscope.js';

describe('the exit status', () => {
  it('is 0 when the analysis is finished', () => {
    const { status, stdout, stderr } = lacpscope(['analyze', ...CAPTURES]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('igb2');
  });

  it('is 0 for help and the version, on standard output', () => {
    expect(lacpscope(['--help'])).toMatchObject({ status: 0, stderr: '' });
    expect(lacpscope(['analyze', '-h']).stdout).toContain('--max-flows');
    expect(lacpscope(['help', 'ping-pong']).stdout).toContain('P6');
    expect(lacpscope(['--version']).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('is 1 where --fail-on finds that severity or worse', () => {
    const { status, stdout } = lacpscope(['analyze', ...CAPTURES, '--fail-on', 'notice', '--json']);
    const worst = documentOf({ status, stdout, stderr: '' }).findings.filter(({ severity }) => severity !== 'ok');
    expect(worst.length).toBeGreaterThan(0);
    expect(status).toBe(1);
    expect(lacpscope(['analyze', ...CAPTURES, '-q'], { env: { LACPSCOPE_FAIL_ON: 'notice' } }).status).toBe(1);
  });

  it.each([
    [[], 'lacpscope COMMAND'],
    [['igb0.pcap'], 'lacpscope analyze'],
    [['analyze'], 'No captures given'],
    [['analyze', '--bogus', 'igb0.pcap'], 'bogus'],
    [['analyze', 'igb0.pcap', '--rate'], 'rate'],
    [['analyze', 'igb0.pcap', '--rate', 'fast'], '--rate fast'],
    [['analyze', 'igb0.pcap', '--local', 'server'], '--local server'],
    [['analyze', 'igb0.pcap', '--skew', '200'], '--skew 200'],
    [['analyze', 'igb0.pcap', '--flows', '-1'], '--flows -1'],
    [['analyze', 'igb0.pcap', '--json', '--format', 'html'], 'contradict'],
    [['analyze', '-', 'igb1=-'], 'Standard input'],
    [['analyze', 'igb0.pcap', '-o', 'igb0.pcap'], 'would be overwritten'],
    [['analyze', 'igb0.pcap', '--save', 'x', '-o', 'x'], 'twice'],
    [['check', 'igb0.pcap'], 'not in this version'],
    [['report'], 'one document'],
    [['help', 'everything'], 'ping-pong'],
  ])('is 2 for %j', (args, says) => {
    const { status, stdout, stderr } = lacpscope(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(says);
  });

  it('is 4 where nothing can be said of a LAG, and the document is written', () => {
    const outcome = lacpscope(['analyze', 'igb2.pcap', '--json']);
    expect(outcome.status).toBe(4);
    expect(documentOf(outcome)).toMatchObject({ quality: { verdict: 'unusable' }, capture: { frames: 6116 } });
  });

  it('is 3 where the output cannot be written', () => {
    const full = shell('$LACPSCOPE analyze *.pcap --json > /dev/full');
    expect(full.status).toBe(3);
    expect(full.stderr).toMatch(/standard output: .*space/);
    expect(lacpscope(['analyze', ...CAPTURES, '-o', '/no/such/folder/x.json'])).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('/no/such/folder'),
    });
    expect(lacpscope(['analyze', ...CAPTURES, '--save', '/dev/full']).status).toBe(3);
  });

  it('is 130 when interrupted before there is a result', async () => {
    const child = spawn(process.execPath, [MAIN, 'analyze', 'igb0=-'], { stdio: ['pipe', 'pipe', 'pipe'] });
    const header = readFileSync(join(SAMPLE, 'igb0.pcap')).subarray(0, 4096);
    child.stdin.write(header); // and then nothing: the capture goes on
    await new Promise((resolve) => setTimeout(resolve, 1000));
    child.kill('SIGINT');
    const [status] = await once(child, 'exit');
    expect(status).toBe(130);
    child.stdin.destroy();
  });

  it('ends quietly when the reader goes away', () => {
    const { stdout, stderr } = shell(
      '$LACPSCOPE analyze *.pcap --json --flows 100000 | head -c 20 > /dev/null; echo $PIPESTATUS',
    );
    expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' });
  });

  it('does not leave a half-checked output behind', () => {
    withFolder((folder) => {
      const report = join(folder, 'r.html');
      expect(lacpscope(['analyze', 'no-such.pcap', '--report', report]).status).toBe(3);
      expect(existsSync(report)).toBe(false);
    });
  });
});
