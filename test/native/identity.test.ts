/** The wasm module and a native build of the same sources count the same, to the last byte of every row. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EngineExports, instantiateWasm } from '../../src/engine/core.js';
import {
  ADDRESSES,
  AREA,
  BUCKETS,
  COLD,
  COUNT,
  EXTRA,
  INTERFACE,
  INTERFACES,
  LANE,
  PORTS,
  RARE,
  ROW,
  RUN,
  SILENCE,
  STATIONS,
} from '../../src/engine/layout.js';
import { CaptureError, UsageError } from '../../src/errors.js';
import { type PassOf, passOf } from '../helpers/engine-pass.js';
import { frame, pcap } from '../helpers/frames.js';
import { builtNative, captureFolders, capturesIn, corpus } from '../helpers/native.js';

const addon = builtNative('addon.node');
const instantiateNative =
  'path' in addon
    ? (createRequire(import.meta.url)(addon.path) as { instantiate: () => EngineExports }).instantiate
    : instantiateWasm;

type Captures = Readonly<Record<string, Uint8Array>>;

/** What an engine holds after a pass, or the error that ended it. */
async function memoryAfter(instantiate: () => EngineExports, captures: Captures, options: PassOf) {
  let engine: EngineExports | null = null;
  const watched = () => {
    engine = instantiate();
    return engine;
  };
  try {
    await passOf(captures, { maxFlows: 1 << 15, ...options, instantiate: watched });
  } catch (error) {
    if (!(error instanceof CaptureError || error instanceof UsageError)) throw error;
    return { error: error.message };
  }
  return contents(engine!, Object.keys(captures).length);
}

function contents(engine: EngineExports, lanes: number) {
  const count = (what: keyof typeof COUNT) => Number(engine.count(COUNT[what]));
  const bytes = (what: keyof typeof AREA, length: number) =>
    Buffer.from(new Uint8Array(engine.memory.buffer, engine.area(AREA[what]) >>> 0, length));
  const rows = count('flows') + 1;
  return {
    counts: Object.keys(COUNT).map((what) => [what, count(what as keyof typeof COUNT)]),
    lanes: bytes('lanes', lanes * LANE.stride),
    interfaces: bytes('interfaces', lanes * INTERFACES * INTERFACE.stride),
    rows: bytes('rows', rows * ROW.stride),
    colds: bytes('colds', rows * COLD.stride),
    stations: bytes('stations', (count('stations') + 1) * STATIONS.stride),
    addresses: bytes('addresses', rows * ADDRESSES.stride),
    rares: bytes('rares', rows * RARE.stride),
    extras: bytes('extras', Math.floor(rows / 4) * EXTRA.stride),
    movers: bytes('movers', (count('movers') + 1) * count('moverStride')),
    runs: bytes('runs', 4096 * RUN.stride),
    seriesOctets: bytes('seriesOctets', 2 * PORTS * BUCKETS * 8),
    seriesFrames: bytes('seriesFrames', 2 * PORTS * BUCKETS * 8),
    silences: bytes('silences', count('silences') * SILENCE.stride),
    lastUnicast: bytes('lastUnicast', lanes * PORTS * 2 * 8),
  };
}

async function expectSame(captures: Captures, options: PassOf = {}) {
  const wasm: Record<string, unknown> = await memoryAfter(instantiateWasm, captures, options);
  const native: Record<string, unknown> = await memoryAfter(instantiateNative, captures, options);
  expect(Object.keys(native)).toEqual(Object.keys(wasm));
  for (const [what, held] of Object.entries(wasm)) {
    // Buffers as wholes: a difference is told by its area, and comparing them takes no time.
    if (held instanceof Buffer) expect(held.equals(native[what] as Buffer), what).toBe(true);
    else expect(native[what], what).toEqual(held);
  }
  return wasm;
}

const read = (paths: readonly string[]) =>
  Object.fromEntries(paths.map((path) => [basename(path), new Uint8Array(readFileSync(path))]));

describe.skipIf('reason' in addon)(`wasm and native builds${'reason' in addon ? `: ${addon.reason}` : ''}`, () => {
  it.each(captureFolders().map((folder) => [basename(folder), folder]))(
    'agree on all ports of %s',
    async (_, folder) => {
      const captures = read(capturesIn(folder!));
      expect(Object.keys(captures)).not.toEqual([]);
      const memory = await expectSame(captures, { localMacs: [0x90e2ba7b0b38] });
      expect(memory).toHaveProperty('rows');
      await expectSame(captures, { scheduling: { batch: 7, orderEverything: true, dissectEverything: true } });
    },
  );

  it.skipIf(corpus().length === 0)('agree on every file of the corpus', async () => {
    for (const path of corpus()) await expectSame(read([path]));
  });

  it('agree where the tables are full', async () => {
    const flows = Array.from({ length: 900 }, (_, i) => ({
      ns: BigInt(i) * 1_000n,
      bytes: frame({ srcPort: 1000 + (i % 450), seq: i, payload: 20, id: i + 1 }),
    }));
    const a = pcap(flows.filter((_, i) => i % 2 === 0));
    const b = pcap(flows.filter((_, i) => i % 2 === 1));
    await expectSame({ a, b }, { maxFlows: 400 });
  });

  it('agree on spoiled bytes', async () => {
    const whole = pcap(
      Array.from({ length: 40 }, (_, i) => ({
        ns: BigInt(i) * 1_000_000n,
        bytes: frame({ ip: i % 3 === 0 ? 6 : 4, vlans: i % 4 === 0 ? [7] : [], payload: 30, id: i }),
      })),
    );
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { maxLength: 30 }),
        fc.integer({ min: 1, max: 500 }),
        async (changes, portion) => {
          const spoiled = whole.slice();
          for (const [at, value] of changes) spoiled[at] = value;
          await expectSame({ a: spoiled, b: whole }, { portion });
        },
      ),
      { numRuns: Number(process.env.LACPSCOPE_PROPERTY_RUNS ?? 60) },
    );
  });
});
