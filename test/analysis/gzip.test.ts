import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { frame, pcap } from '../helpers/frames.js';

describe('gzip', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lacpscope-gzip-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, bytes: Uint8Array) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return { name: null, path };
  };
  const capture = (port: number) =>
    pcap(
      Array.from({ length: 4000 }, (_, i) => ({
        ns: BigInt(i * 1000 + port) * 1000n,
        bytes: frame({ src: `0${(i % 3) + 1}`, srcPort: 4000 + ((i * 7 + port) % 50), id: i, payload: i % 90 }),
      })),
    );

  it('is read as what it holds', async () => {
    const plain = await analyze({ inputs: [write('igb0.pcap', capture(0)), write('igb1.pcap', capture(1))] });
    const packed = await analyze({
      inputs: [write('igb0.pcap.gz', gzipSync(capture(0))), write('igb1.cap', gzipSync(capture(1)))],
    });
    expect(packed.inputs.map(({ compression, port, complete }) => [compression, port, complete])).toEqual([
      ['gzip', 'igb0', true],
      ['gzip', 'igb1', true],
    ]);
    const figures = ({ directions }: typeof plain) => [
      directions.ingress.ports,
      directions.egress.ports,
      directions.ingress.series,
    ];
    expect(figures(packed)).toEqual(figures(plain));
  });

  it('cut off: what was unpacked counts, and the document says so', async () => {
    const bytes = gzipSync(capture(0));
    const cut = await analyze({
      inputs: [write('cut0.pcap.gz', bytes.subarray(0, bytes.length / 2)), write('cut1.pcap', capture(1))],
    });
    const [input] = cut.inputs;
    expect(input!.complete).toBe(false);
    expect(input!.damage!.reason).toContain('gzip');
    expect(input!.frames).toBeGreaterThan(100);
    expect(input!.frames).toBe(input!.damage!.framesBefore);
  });
});
