import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readInterfaceStatistics } from '../../src/capture-file/pcapng.js';
import { record } from '../../src/recording/record.js';
import type { Stream } from '../../src/sources/spool.js';

const folder = mkdtempSync(join(tmpdir(), 'lacpscope-record-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HEADER = Buffer.from('4d3cb2a1020004000000000000000000800000000100000000', 'hex').subarray(0, 24);
const RECORD = Buffer.alloc(16 + 64);
RECORD.writeUInt32LE(1_700_000_000, 0);
RECORD.writeUInt32LE(64, 8);
RECORD.writeUInt32LE(64, 12);

/** A port with a header, then as many frames as anybody wants to read, without ever making them wait. */
class Endless implements Stream {
  readonly size = null;
  stopped = false;
  #begun = false;

  constructor(
    readonly name: string,
    readonly silent = false,
  ) {}

  read(into: Uint8Array): Promise<number> {
    if (this.stopped) return Promise.resolve(0);
    if (!this.#begun) {
      this.#begun = true;
      into.set(HEADER);
      return Promise.resolve(HEADER.length);
    }
    if (this.silent) {
      return new Promise((resolve) => {
        this.stop = () => {
          this.stopped = true;
          resolve(0);
        };
      });
    }
    const count = Math.floor(into.length / RECORD.length);
    for (let n = 0; n < count; n++) into.set(RECORD, n * RECORD.length);
    return Promise.resolve(count * RECORD.length);
  }

  stop(): void {
    this.stopped = true;
  }

  close(): void {
    this.stop();
  }
}

const STATISTICS = 5;

/** Of all files, in their order: what each says that the kernel dropped. */
function dropsIn(path: string): number[] {
  const bytes = readFileSync(path);
  const drops = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at + 4)) {
    if (bytes.readUInt32LE(at) !== STATISTICS) continue;
    const block = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.readUInt32LE(at + 4));
    drops.push(readInterfaceStatistics(block, false)?.droppedByKernel ?? -1);
  }
  return drops;
}

describe('a recording', () => {
  it('says in each file of a ring what was lost in its time', async () => {
    let kernel = 0;
    const drops = () => {
      kernel += 3;
      return { kernel, interface: null };
    };
    const { files, frames } = await record({
      ports: [{ name: 'igb0', stream: new Endless('igb0'), drops }],
      pathOf: () => join(folder, 'ring.pcapng'),
      ring: { seconds: null, octets: 100_000, files: null },
      limits: { frames: 5000 },
    });
    const [{ paths }] = files as [(typeof files)[0]];
    expect(frames).toBe(5000);
    expect(paths.length).toBe(5);
    const told = paths.flatMap(dropsIn);
    expect(told.length).toBe(5);
    expect(told.every((count) => count > 0 && count < kernel)).toBe(true);
    expect(told.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(kernel);
  });

  it('hears that it is to stop although a port always has frames, and another none', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    const ports = [new Endless('igb0'), new Endless('igb1', true)].map((stream) => ({ name: stream.name, stream }));
    const path = join(folder, 'busy.pcapng');
    let started = 0;
    const recording = await record({ ports, pathOf: () => path, stop: stop.signal, onStart: () => started++ });
    expect(started).toBe(1);
    expect(recording).toMatchObject({ unwritten: null, failures: [], files: [{ port: null, paths: [path] }] });
    expect(recording.frames).toBeGreaterThan(0);
    expect(statSync(path).size).toBeGreaterThan(recording.octets);
  });

  it('takes as many frames as it may, to the frame', async () => {
    const stream = new Endless('igb0');
    const limits = { frames: 12_345 };
    const recording = await record({
      ports: [{ name: 'igb0', stream }],
      pathOf: (port) => join(folder, `${port}.pcapng`),
      limits,
    });
    expect(recording).toMatchObject({ frames: 12_345, dropped: null, files: [{ port: 'igb0' }] });
  });
});
