/** An interruption ends the reading of files, and what was read until then is analysed; or it ends all, wherever it comes. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { captureTransfers, type Transfer } from '../helpers/tcp-traffic.js';
import { withFiles } from '../helpers/temporary-files.js';

const PORTS = 2;
const transfers = Array.from(
  { length: 8 },
  (_, t): Transfer => ({ client: 1 + t, srcPort: 5000 + t, dataPort: t % 2, answerPort: (t + 1) % 2, segments: 2600 }),
);

describe('an analysis that is told it is enough', () => {
  it('says what it read until then, and that it is not all', async () => {
    const captures = captureTransfers(transfers, PORTS);
    const files = Object.fromEntries(captures.map((bytes, port) => [`igb${port}.pcap`, bytes]));
    const of = (enough?: AbortController) =>
      withFiles(files, (paths) =>
        analyze({
          inputs: paths.map((path) => ({ name: null, path })),
          local: ['02:00:00:00:00:0a'],
          ...(enough === undefined ? {} : { enough: enough.signal, onProgress: () => enough.abort() }),
        }),
      );
    const whole = await of();
    const part = await of(new AbortController());
    expect(whole.findings.map(({ id }) => id)).not.toContain('capture-stopped');
    expect(part.capture.frames).toBeGreaterThan(1000);
    expect(part.capture.frames).toBeLessThan(whole.capture.frames);
    expect(part.inputs.map(({ complete, damage }) => [complete, damage?.framesBefore === undefined])).toEqual([
      [false, false],
      [false, false],
    ]);
    const stopped = part.findings.find(({ id }) => id === 'capture-stopped');
    expect(stopped).toMatchObject({ severity: 'notice', ports: ['igb0', 'igb1'] });
    expect(part.findings.map(({ id }) => id)).not.toContain('capture-damaged');
    expect(part.quality.verdict).toBe('limited');
    expect(part.lag.ports).toEqual(whole.lag.ports);
  });
});

describe('an analysis that is to end', () => {
  it('ends while it works out what one direction is hashed on, and says before what it works on', async () => {
    const folder = join(import.meta.dirname, '../../samples/linkfail-l34');
    const files = readdirSync(folder).filter((file) => /\.pcap(ng)?$/.test(file));
    const quit = new AbortController();
    const works: string[] = [];
    const analysis = analyze({
      inputs: files.map((file) => ({ name: null, path: join(folder, file) })),
      signal: quit.signal,
      onWork: (work) => {
        works.push(work);
        if (work === 'ingress hash') quit.abort();
      },
    });
    await expect(analysis).rejects.toThrow(/abort/i);
    expect(works).toEqual(['flows', 'ingress hash']);
  });
});
