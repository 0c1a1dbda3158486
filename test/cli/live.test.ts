/** `live` on a terminal, in a pipe and in a file, over streams that need no privileges. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { liveSchema } from '../../src/document/live-schema.js';
import { analysisSchema } from '../../src/document/schema.js';
import { lacpscope, MAIN, SAMPLE, shell } from './lacpscope.js';

const PYTHON = '/usr/bin/python3'; // Debian's: whatever python3 is first on the path may not have its packages
const isThere = spawnSync(PYTHON, ['-c', 'import pyte']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'lacpscope-live-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A capture that ends, or one that goes on. */
const streams = (after: string) =>
  [0, 1, 2, 3].map((n) => `igb${n}=|cat ${join(SAMPLE, `igb${n}.pcap`)}; ${after.replace('N', String(n))}`);
const ENDLESS = streams('exec sleep 60');
const ENDING = streams('sleep 3');

interface Seen {
  readonly lines: readonly string[];
  readonly alternate: boolean;
  readonly cursor: boolean;
  readonly wraps: boolean;
  readonly raw: boolean;
  readonly echo: boolean;
}
interface Told {
  readonly seen: Readonly<Record<string, Seen>>;
  readonly ended: boolean;
  readonly status: number;
  readonly problem: string | null;
  readonly exists: readonly string[]; // of files that were asked about, at that time
  readonly after: string; // what was written once the screen was given back
}
type Step = Readonly<Record<string, unknown>>;

function inTerminal(command: readonly string[], steps: readonly Step[], more: object = {}): Told {
  const { stdout, stderr } = spawnSync(PYTHON, [join(import.meta.dirname, 'terminal.py')], {
    input: JSON.stringify({ command, steps, ...more }),
    cwd: folder,
    encoding: 'utf8',
    timeout: 90_000,
    killSignal: 'SIGKILL',
  });
  expect(stderr).toBe('');
  const told = JSON.parse(stdout) as Told;
  expect(told.problem).toBeNull();
  return told;
}

const live = (...args: readonly string[]) => [process.execPath, MAIN, 'live', ...args];
const GIVEN_BACK = { alternate: false, cursor: true, wraps: true, raw: false, echo: true };
const TAKEN = { alternate: true, cursor: false, wraps: false, raw: true, echo: false };
const drawn: Step = { until: 'VERDICT' };
const judged: Step = { until: 'VERDICT +at' };

describe.skipIf(!isThere)('live on a terminal (Debian: python3-pyte)', () => {
  it('shows what goes on, obeys keys, and gives the terminal back with the verdict on it', () => {
    const { seen, status, after } = inTerminal(live(...ENDLESS), [
      ...[judged, { see: 'overview' }, { type: '2' }, { until: '\\[2 connections\\]' }, { see: 'connections' }],
      ...[{ type: '\u001b[C' }, { until: '\\[3 hash\\]' }, { type: 'q' }],
    ]);
    expect(seen.overview).toMatchObject(TAKEN);
    expect(seen.overview!.lines[0]).toMatch(/^lacpscope live {2}00:00:\d\d {2}\[1 overview\]/);
    expect(seen.overview!.lines.at(-1)).toMatch(/^q quit/);
    expect(seen.overview!.lines.join('\n')).toContain('All 24 connections arrive on one link: igb2');
    expect(seen.connections!.lines[2]).toMatch(/^CONNECTIONS .* CLASS$/);
    expect(seen.end).toMatchObject(GIVEN_BACK);
    expect(after).toContain('All 24 connections arrive on one link: igb2');
    expect(after).not.toMatch(/\u001b\[\d+;\d+H/);
    expect(status).toBe(0);
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT'])('gives the terminal back at %s', (signal) => {
    const { seen, status } = inTerminal(live(...ENDLESS), [drawn, { signal }]);
    expect(seen.end).toMatchObject(GIVEN_BACK);
    expect(status).toBe(0);
  });

  it('quits at the second Ctrl-C, whatever is still to be done', () => {
    const { seen, status } = inTerminal(live(...ENDLESS), [drawn, { type: '\u0003\u0003' }]);
    expect(seen.end).toMatchObject(GIVEN_BACK);
    expect(status).toBe(130);
  });

  it('fits the window it is moved to, a very small one too', () => {
    const { seen } = inTerminal(live(...ENDLESS), [
      ...[drawn, { resize: [40, 12] }, { see: 'small' }, { resize: [20, 5] }, { see: 'tiny' }],
      ...[{ resize: [120, 40] }, { until: 'CHANGES' }, { see: 'large' }, { type: 'q' }],
    ]);
    expect(seen.small!.lines[0]).toMatch(/^live {2}00:00:\d\d {2}\[1 overview\]/);
    expect(seen.small!.lines.at(-1)).toBe('q p d s w tab ?');
    expect(seen.tiny!.lines[2]).toMatch(/igb\d/);
    expect(seen.large!.lines.at(-1)).toMatch(/^q quit/);
  });

  it('is a job of the shell: Ctrl-Z stops it, fg takes the screen back', () => {
    const command = live(...ENDLESS)
      .map((word) => `'${word}'`)
      .join(' ');
    const { seen } = inTerminal(
      ['bash', '--norc', '--noediting', '-i'],
      [
        ...[
          { until: '\\$ ' },
          { type: `${command}\n` },
          judged,
          { type: '\u001a' },
          { until: 'Stopped' },
          { see: 'shell' },
        ],
        ...[{ type: 'fg\n' }, { until: 'LINKS' }, { see: 'again' }, { type: 'q' }, { until: 'capture quality' }],
        ...[{ see: 'result' }, { type: 'exit\n' }],
      ],
      { size: [100, 50] },
    );
    expect(seen.shell).toMatchObject(GIVEN_BACK);
    expect(seen.again).toMatchObject(TAKEN);
    expect(seen.again!.lines[0]).toMatch(/^lacpscope live/);
    expect(seen.result).toMatchObject(GIVEN_BACK);
  });

  it('goes on at Ctrl-Z where no shell could make it go on', () => {
    const { seen } = inTerminal(live(...ENDLESS), [drawn, { type: '\u001a' }, { see: 'still' }, { type: 'q' }]);
    expect(seen.still).toMatchObject(TAKEN);
  });

  it('writes report and document when asked, while the capture goes on', () => {
    const { seen } = inTerminal(live(...ENDLESS), [
      ...[judged, { type: 'w' }, { until: 'Written: ' }, { see: 'written' }, { type: 'q' }],
    ]);
    const files = readdirSync(folder).filter((name) => name.startsWith('lacpscope-live-'));
    expect(files.sort()[0]).toMatch(/^lacpscope-live-\d{8}T\d{6}Z\.html$/);
    expect(seen.written!.lines.at(-1)).toBe(`Written: ${files[0]} and .json`);
    const [html, json] = files.map((name) => readFileSync(join(folder, name), 'utf8'));
    expect(html).toMatch(/^<!doctype html>/i);
    analysisSchema.parse(JSON.parse(json!));
  });

  it('ends by itself when all captures ended, without a key', () => {
    const { seen, status, ended } = inTerminal(live(...ENDING, '--color', 'never'), []);
    expect(ended).toBe(true);
    expect(status).toBe(0);
    expect(seen.end).toMatchObject(GIVEN_BACK);
  });

  it('is not held up by a window that stands still', () => {
    const path = join(folder, 'deaf.json');
    // Drawn anew so often, the picture is more than a terminal keeps for who reads it.
    const steps = [{ until: 'VERDICT' }, { type: '\u000c'.repeat(300) }, { deaf: 9 }, { exists: path }];
    const { status, exists } = inTerminal(live(...ENDING, '--save', path), steps, { size: [200, 60] });
    expect(exists).toEqual([path]); // while nothing was read
    expect(status).toBe(0);
  });

  it('is ASCII where the terminal is', () => {
    const { seen } = inTerminal(live(...ENDLESS), [drawn, { see: 'ascii' }, { type: 'q' }], { env: { LC_ALL: 'C' } });
    expect(seen.ascii!.lines.join('')).toMatch(/^[ -~]*$/);
  });
});

describe('live for Prometheus', () => {
  const started = (...args: readonly string[]) => {
    const child = spawn(process.execPath, [MAIN, 'live', ...ENDLESS, '--format', 'json', ...args], { cwd: folder });
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.stdout.resume();
    return { child, ended, stderr: () => stderr };
  };

  it('serves metrics and leaves them in a file, until it ends', async () => {
    const port = await freePort();
    const file = join(folder, 'lag.prom');
    const { child, ended } = started('--metrics', `127.0.0.1:${port}`, '--textfile', file);
    const read = async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => null);
      return answer === null ? '' : answer.text();
    };
    await expect
      .poll(read, { timeout: 30_000 })
      .toMatch(/lacpscope_link_frames_total\{link="igb2",direction="ingress"\} [1-9]/);
    expect(readFileSync(file, 'utf8')).toContain('# TYPE lacpscope_link_bytes_total counter');
    const second = started('--metrics', `127.0.0.1:${port}`);
    expect(await second.ended).toBe(3);
    expect(second.stderr()).toContain(`--metrics 127.0.0.1:${port}: another program listens there`);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(existsSync(file)).toBe(false);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('live where there is no terminal', () => {
  it('writes a stream of lines, each as the schema has it', () => {
    const { stdout, status, stderr } = lacpscope(['live', ...ENDING]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    for (const line of lines) expect(liveSchema.parse(line)).toEqual(line);
    expect(lines[0]).toMatchObject({ type: 'start', ports: [{ port: 'igb0' }, {}, {}, {}] });
    expect(lines.at(-1)).toMatchObject({ type: 'end', frames: expect.any(Number) });
    expect(lines).toContainEqual(expect.objectContaining({ type: 'analysis' }));
  });

  it('ends quietly when its reader goes away', () => {
    const given = ENDLESS.map((word) => `'${word}'`).join(' ');
    const { stdout, stderr, status } = shell(`$LACPSCOPE live ${given} | head -n 1`);
    expect(stdout).toMatch(/^\{"type":"start".*\}\n$/);
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it.each([
    [['--format', 'text'], /draws on a terminal/],
    [['--metrics', '0.0.0.0:9470'], /--metrics-anywhere allows that/],
    [['--metrics-anywhere'], /needs --metrics/],
    [['--textfile', 'lag.txt'], /end in \.prom/],
    [['--interval', '0'], /--interval 0: not a time/],
    [['--interval', 'x'], /--interval x: not a time/],
  ])('%s is refused', (args, reason) => {
    const { status, stderr } = lacpscope(['live', ...ENDING, ...args]);
    expect(stderr).toMatch(reason);
    expect(status).toBe(2);
  });
});
