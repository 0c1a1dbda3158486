import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import type { Analysis } from '../../src/document/schema.js';
import { runPass } from '../../src/engine/run-pass.js';
import { UsageError } from '../../src/errors.js';
import { openSource } from '../../src/sources/open.js';
import { frame, pcap } from '../helpers/frames.js';
import { missingPackers, packers } from '../helpers/packers.js';

const folder = mkdtempSync(join(tmpdir(), 'lacpscope-packed-'));
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
const figures = ({ directions }: Analysis) => [
  directions.ingress.ports,
  directions.egress.ports,
  directions.ingress.series,
];

const { gzip, zstd, lz4 } = packers;
const ways: [string, 'gzip' | 'zstd' | 'lz4', ((bytes: Uint8Array) => Uint8Array) | null][] = [
  ['gzip, of Node.js', 'gzip', (bytes) => gzipSync(bytes)],
  ['gzip, of the program', 'gzip', gzip && ((bytes) => gzip(bytes, '-9'))],
  [
    'gzip, two members',
    'gzip',
    (bytes) => Buffer.concat([gzipSync(bytes.slice(0, 5000)), gzipSync(bytes.slice(5000))]),
  ],
  ['zstd', 'zstd', zstd && ((bytes) => zstd(bytes))],
  ['zstd, the longest window', 'zstd', zstd && ((bytes) => zstd(bytes, '-19', '--long=27', '--check'))],
  ['zstd, two frames', 'zstd', zstd && ((bytes) => Buffer.concat([zstd(bytes.slice(0, 99)), zstd(bytes.slice(99))]))],
  ['lz4', 'lz4', lz4 && ((bytes) => lz4(bytes))],
  ['lz4, linked blocks of 64 KiB, all checksums', 'lz4', lz4 && ((bytes) => lz4(bytes, '-9', '-B4', '-BD', '-BX'))],
  ['lz4, two frames', 'lz4', lz4 && ((bytes) => Buffer.concat([lz4(bytes.slice(0, 99)), lz4(bytes.slice(99))]))],
];
const possible = ways.filter(([, , pack]) => pack !== null);
const skipped = missingPackers.length === 0 ? '' : ` (not of ${missingPackers.join(', ')}: not installed)`;

describe(`a packed capture${skipped}`, async () => {
  const plain = await analyze({ inputs: [write('igb0.pcap', capture(0)), write('igb1.pcap', capture(1))] });

  it.each(possible)('is read as what it holds: %s', async (_, compression, pack) => {
    const packed = await analyze({
      inputs: [write('igb0.pcap.x', pack!(capture(0))), write('igb1.cap', pack!(capture(1)))].map((input, port) => ({
        ...input,
        name: `igb${port}`,
      })),
      crossCheck: true,
    });
    expect(packed.inputs.map((input) => [input.compression, input.port, input.complete, input.damage])).toEqual([
      [compression, 'igb0', true, null],
      [compression, 'igb1', true, null],
    ]);
    expect(figures(packed)).toEqual(figures(plain));
    expect(packed.findings.map(({ id }) => id)).not.toContain('capture-readers-differ');
  });

  it.each(possible)('is read from a pipe: %s', async (_, compression, pack) => {
    const fifo = join(folder, 'pipe');
    if (!existsSync(fifo)) expect(spawnSync('mkfifo', [fifo]).status).toBe(0);
    const { path } = write('source', pack!(capture(0)));
    const feeding = new Promise((done) => {
      void import('node:child_process').then(({ spawn }) => spawn('cp', [path, fifo]).on('exit', done));
    });
    const packed = await analyze({
      inputs: [
        { name: 'igb0', path: fifo },
        { name: 'igb1', path: write('igb1.pcap', capture(1)).path },
      ],
    });
    await feeding;
    expect(packed.inputs[0]).toMatchObject({ compression, frames: 4000, complete: true });
    expect(figures(packed)).toEqual(figures(plain));
  });

  it.each(possible)('cut off: what was unpacked counts, and the document says so: %s', async (_, compression, pack) => {
    const bytes = pack!(capture(0));
    const cut = await analyze({
      inputs: [write('cut0.pcap.x', bytes.subarray(0, bytes.length - 20)), write('cut1.pcap', capture(1))],
    });
    const [input] = cut.inputs;
    expect(input!.complete).toBe(false);
    expect(input!.damage!.reason).toContain(`the ${compression} data is damaged or cut off at its byte`);
    expect(input!.frames).toBe(input!.damage!.framesBefore);
  });

  it('is one file under two names', async () => {
    const { path } = write('twice.gz', gzipSync(capture(0)));
    const inputs = ['a', 'b'].map((name) => ({ name, path: `${folder}/./${path.slice(folder.length + 1)}` }));
    await expect(analyze({ inputs })).rejects.toThrow(UsageError);
  });

  it('compressed twice is refused by name', async () => {
    const twice = write('twice.pcap.gz', gzipSync(gzipSync(capture(0))));
    await expect(analyze({ inputs: [twice] })).rejects.toThrow(/compressed twice: with gzip, inside gzip/);
  });
});

/** A capture of one frame and then a record that never ends: `unpacks` octets in all, nearly all zeros. */
function bomb(unpacks: number): Uint8Array {
  const head = pcap([{ ns: 0n, bytes: frame({}) }]);
  const zeros = Buffer.alloc(unpacks - head.length);
  return Buffer.concat([head, zeros]);
}

describe('a file that unpacks to much more', () => {
  const octets = 300_000_000;
  const bombs: [string, () => Uint8Array][] = [['gzip', () => gzipSync(bomb(octets))]];
  if (zstd) bombs.push(['zstd', () => zstd(bomb(octets), '--long=27')]);
  if (lz4) bombs.push(['lz4', () => lz4(bomb(octets), '-9', '-BD')]);

  it.each(bombs)('takes bounded memory, and can be interrupted: %s', async (_, pack) => {
    const { path } = write('bomb', pack());
    const read = async (signal?: AbortSignal) => {
      const { source } = await openSource(path);
      try {
        await runPass({
          inputs: [{ portName: 'p', source, partial: false }],
          localMacs: [],
          maxFlows: 1000,
          skewSeconds: 0,
          ...(signal === undefined ? {} : { signal }),
        });
      } finally {
        source.close();
      }
    };
    const before = process.memoryUsage();
    let most = 0;
    const watch = setInterval(() => {
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      most = Math.max(most, heapUsed + arrayBuffers);
    }, 5);
    await read();
    clearInterval(watch);
    expect(most - before.heapUsed - before.arrayBuffers).toBeLessThan(150_000_000);
    await expect(read(AbortSignal.abort())).rejects.toThrow(/abort/i);
  });

  it('may unpack to nothing', async () => {
    const { path } = write('empties', Buffer.concat(Array.from({ length: 3000 }, () => gzipSync(''))));
    const { source } = await openSource(path);
    expect(await source.read(new Uint8Array(10))).toBe(0);
    expect(source.failure).toBeNull();
    source.close();
  });
});
