/** An interruption ends the reading of files; what was read until then is analysed. */
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
