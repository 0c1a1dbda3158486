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

describe('an interruption of the second reading', () => {
  it('leaves what was read the first time, whole, and says so', async () => {
    // The aggregate beside its ports: to leave it out everything is read again.
    const onOnePort = transfers.map((transfer) => ({ ...transfer, dataPort: 0, answerPort: 0 }));
    const captures = [...captureTransfers(transfers, PORTS), ...captureTransfers(onOnePort, 1)];
    const files = Object.fromEntries(
      captures.map((bytes, port) => [port < PORTS ? `igb${port}.pcap` : 'bond0.pcap', bytes]),
    );
    const of = (enough?: AbortController) =>
      withFiles(files, (paths) => {
        let before = 0;
        return analyze({
          inputs: paths.map((path) => ({ name: null, path })),
          local: ['02:00:00:00:00:0a'],
          ...(enough === undefined ? {} : { enough: enough.signal }),
          onProgress: ({ bytesRead }) => {
            if (bytesRead < before) enough?.abort();
            before = bytesRead;
          },
        });
      });
    const [whole, once] = [await of(), await of(new AbortController())];
    const noted = (limits: readonly string[]) => limits.filter((limit) => limit.includes('second reading'));
    expect([noted(whole.quality.limits), noted(once.quality.limits).length]).toEqual([[], 1]);
    expect(once.inputs.map(({ frames, complete }) => [frames, complete])).toEqual(
      whole.inputs.map(({ frames }) => [frames, true]),
    );
    expect(once.quality.copies).toEqual([expect.objectContaining({ aggregate: 'bond0' })]);
    expect(once.findings.map(({ id }) => id)).not.toContain('capture-stopped');
    expect(once.lag.ports).toEqual(whole.lag.ports);
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
