/** Flows with MPLS labels: where they went is told, what chose it is not. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { frame, pcap, rawFrame } from '../helpers/frames.js';

const folder = mkdtempSync(join(tmpdir(), 'lacpscope-labels-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const label = (value: number) => [value >> 12, (value >> 4) & 255, ((value & 15) << 4) | 1, 64];

/** Forty flows by label alone: every address has a label of its own. */
async function ofLabels(labelled: boolean) {
  const ports = [0, 1].map((port) => {
    const frames = Array.from({ length: 400 }, (_, i) => {
      const flow = i % 40;
      const bytes = frame({ srcIp: `10.0.0.${flow + 1}`, srcPort: 4000, seq: i * 10, payload: 10, id: i + 1 });
      const body = Uint8Array.from([...label(100 + flow), ...bytes.subarray(14)]);
      return { flow, ns: BigInt(i) * 1_000_000n, bytes: labelled ? rawFrame(0x8847, body) : bytes };
    });
    const path = join(folder, `igb${port}.pcap`);
    writeFileSync(path, pcap(frames.filter(({ flow }) => (flow * 7) % 5 < 3 === (port === 0))));
    return path;
  });
  return analyze({ inputs: ports.map((path) => ({ name: null, path })), local: ['192.0.2.10', '02:00:00:00:00:0a'] });
}

it('a label may be what is hashed: no other field is called used', async () => {
  const plain = await ofLabels(false);
  expect(plain.directions.ingress.hash?.fields.find(({ field }) => field === 'ip.src')?.verdict).toBe('used');
  const labelled = await ofLabels(true);
  expect(labelled.directions.ingress.flows).toBe(40);
  expect(labelled.directions.ingress.ports.map(({ flows }) => flows)).toEqual(
    plain.directions.ingress.ports.map(({ flows }) => flows),
  );
  const verdicts = labelled.directions.ingress.hash?.fields.map(({ verdict }) => verdict) ?? [];
  expect(verdicts).not.toContain('used');
  expect(verdicts).not.toContain('unused');
  expect(labelled.quality.limits.join()).toContain('40 flows have MPLS labels');
});
