import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';

const SAMPLE = join(import.meta.dirname, '../../samples/sf-l23-four-clients');
const folder = mkdtempSync(join(tmpdir(), 'lacpscope-pipes-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(process.platform === 'win32')('several pipes', () => {
  const ports = ['igb0', 'igb1', 'igb2', 'igb3'];
  const files = ports.map((port) => join(SAMPLE, `${port}.pcap`));
  const fifos = ports.map((port) => join(folder, port));

  it('are read at the same time: a port that is quiet holds no other back', async () => {
    expect(spawnSync('mkfifo', fifos).status).toBe(0);
    // Each is opened by its writer only once the one behind it was read to the end.
    const line = ports.map((_, n) => `cat '${files[n]}' > '${fifos[n]}'`).reverse();
    const writing = spawn('sh', ['-ec', line.join('\n')], { stdio: 'ignore' });
    const analysis = await analyze({ inputs: fifos.map((path, n) => ({ name: ports[n]!, path })) });
    expect(writing.exitCode ?? 0).toBe(0);
    const plain = await analyze({ inputs: files.map((path, n) => ({ name: ports[n]!, path })) });
    expect(analysis.inputs.map(({ source, frames, complete }) => [source, frames, complete])).toEqual(
      plain.inputs.map(({ port, frames, complete }) => [port, frames, complete]),
    );
    expect(analysis.directions.ingress.distribution).toEqual(plain.directions.ingress.distribution);
  });
});
