/** Whatever happened to a file: an answer, or an error that names it and the place. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runPass } from '../../src/engine/run-pass.js';
import { CaptureError } from '../../src/errors.js';
import { compressionOf } from '../../src/sources/compression.js';
import { PackedSource } from '../../src/sources/packed.js';
import { PackedBytes } from '../../src/sources/packed-bytes.js';
import type { Source } from '../../src/sources/source.js';
import { memorySource } from '../helpers/engine-pass.js';
import { frame, type NgBlock, pcap, pcapng } from '../helpers/frames.js';
import { packedCaptures } from '../helpers/packed-captures.js';
import { unpack } from '../helpers/unpack.js';

const frames = Array.from({ length: 12 }, (_, i) => ({
  ns: BigInt(i) * 1_000_000n,
  bytes: frame({ srcPort: 5000 + (i % 3), id: i, payload: 40 + i }),
}));
const sections: NgBlock[] = [
  { kind: 'section' },
  { kind: 'interface', of: { name: 'igb0', resolution: 9, offsetSeconds: 3n } },
  { kind: 'other', type: 0xbad, octets: 40 },
  ...frames.map(({ ns, bytes }): NgBlock => ({ kind: 'packet', ticks: ns, bytes })),
  { kind: 'statistics', interface: 0, dropped: 1n },
  { kind: 'section' },
  { kind: 'interface', of: { name: 'igb1', resolution: 0xa0 } },
  { kind: 'simple', bytes: frames[0]!.bytes },
];
const seeds = {
  pcap: pcap(frames),
  'pcap of version 2.1': pcap(frames, { nanoseconds: false }).fill(1, 6, 7),
  pcapng: pcapng(sections),
  'pcapng, big-endian': pcapng(sections, { big: true }),
  ...packedCaptures,
};

type Change =
  | { readonly kind: 'bit'; readonly at: number; readonly bit: number }
  | {
      readonly kind: 'number';
      readonly at: number;
      readonly octets: 1 | 2 | 4 | 8;
      readonly value: bigint;
      readonly big: boolean;
    }
  | { readonly kind: 'cut'; readonly at: number }
  | {
      readonly kind: 'splice';
      readonly at: number;
      readonly from: number;
      readonly octets: number;
      readonly over: boolean;
    };

// Where lengths turn over: zeros, ones, sign bits, and what is just too much for a record, a buffer, a block.
const extremes = [0n, 1n, 3n, 4n, 11n, 0x7fn, 0xffn, 0x7fffn, 0xffffn, 0x4_0000n, 0x4_0001n, 0x40_0000n, 0x7fff_ffffn];
const value = fc.oneof(
  fc.constantFrom(...extremes, ...[...extremes].map((n) => 2n ** 32n - 1n - n), 2n ** 63n, 2n ** 64n - 1n),
  fc.bigInt(0n, 2n ** 64n - 1n),
);
const change = (length: number): fc.Arbitrary<Change> => {
  const at = fc.nat(length - 1);
  return fc.oneof(
    fc.record({ kind: fc.constant('bit' as const), at, bit: fc.nat(7) }),
    fc.record({
      kind: fc.constant('number' as const),
      at,
      octets: fc.constantFrom(1, 2, 4, 8),
      value,
      big: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('cut' as const), at }),
    fc.record({ kind: fc.constant('splice' as const), at, from: at, octets: fc.nat(200), over: fc.boolean() }),
  );
};

function changed(bytes: Uint8Array, changes: readonly Change[]): Uint8Array {
  let out = Buffer.from(bytes);
  for (const each of changes) {
    const at = Math.min(each.at, out.length);
    if (each.kind === 'bit' && at < out.length) out[at]! ^= 1 << each.bit;
    if (each.kind === 'cut') out = out.subarray(0, at);
    if (each.kind === 'number') {
      const number = Buffer.alloc(8);
      if (each.big)
        number.writeBigUInt64BE(BigInt.asUintN(8 * each.octets, each.value) << BigInt(64 - 8 * each.octets));
      else number.writeBigUInt64LE(each.value);
      number.copy(out, at, 0, each.octets);
    }
    if (each.kind === 'splice') {
      const piece = out.subarray(each.from, each.from + each.octets);
      out = Buffer.concat([out.subarray(0, at), piece, out.subarray(each.over ? at + piece.length : at)]);
    }
  }
  return new Uint8Array(out);
}

const spoiled = (bytes: Uint8Array) =>
  fc.array(change(bytes.length), { minLength: 1, maxLength: 6 }).map((changes) => changed(bytes, changes));

const runs = { numRuns: Number(process.env.LACPSCOPE_PROPERTY_RUNS ?? 120) };
const MOST_OCTETS = 50_000_000; // far above what the seeds hold, far below what would be noticed as a hang

async function sourceOf(bytes: Uint8Array, portion: number): Promise<Source> {
  const packed = new PackedBytes(memorySource('a.pcap', bytes, portion));
  const compression = await compressionOf(packed);
  return compression === null
    ? memorySource('a.pcap', bytes, portion)
    : new PackedSource('a.pcap', compression, packed);
}

/** The frames and the damage, or the code of an error that says which file it is about. */
async function outcome(bytes: Uint8Array, portion: number) {
  try {
    const source = await sourceOf(bytes, portion);
    const { inputs, totals } = await runPass({
      inputs: [{ portName: null, source, partial: false }],
      localMacs: [],
      maxFlows: 4096,
      skewSeconds: 0,
      digestSeed: 7,
    });
    const { damage } = inputs[0]!;
    if (damage !== null) {
      expect(damage.reason).not.toBe('');
      expect(damage.offset).toBeGreaterThanOrEqual(0);
      expect(damage.framesBefore).toBeLessThanOrEqual(totals.frames);
    }
    return { frames: totals.frames, octets: totals.octets, damage };
  } catch (error) {
    expect(error).toBeInstanceOf(CaptureError);
    const { code, where } = error as CaptureError;
    expect(where.source).toBe('a.pcap');
    return code;
  }
}

const isDamaged = (of: Awaited<ReturnType<typeof outcome>>) => typeof of === 'string' || of.damage !== null;

describe.each(Object.entries(seeds))('a spoiled file: %s', (kind, seed) => {
  it('holds its frames before', async () => {
    expect(await outcome(seed, 1000)).toMatchObject({ frames: kind.startsWith('pcapng') ? 13 : 12, damage: null });
  });

  it('gives an answer or a named error, and the same one however its bytes come', async () => {
    await fc.assert(
      fc.asyncProperty(spoiled(seed), fc.integer({ min: 1, max: 300 }), async (bytes, portion) => {
        const whole = await outcome(bytes, Number.POSITIVE_INFINITY);
        const pieces = await outcome(bytes, portion);
        // Unpackers forget what they had of a piece when they meet damage in it, so that much may differ.
        if (kind in packedCaptures && isDamaged(whole)) expect(isDamaged(pieces)).toBe(true);
        else expect(pieces).toEqual(whole);
      }),
      runs,
    );
  });
});

describe.each(Object.entries(packedCaptures))('spoiled %s', (_, seed) => {
  it('unpacks to what it held, or says that it does not', async () => {
    const original = (await unpack(seed))!.bytes;
    await fc.assert(
      fc.asyncProperty(fc.array(change(seed.length), { minLength: 1, maxLength: 2 }), async (changes) => {
        const bytes = changed(seed, changes);
        const result = await unpack(bytes, undefined, MOST_OCTETS).catch((error: unknown) => error);
        if (result instanceof CaptureError || result === null) return;
        const { failure, bytes: given } = result as { failure: string | null; bytes: Buffer };
        if (failure === null && !given.equals(original)) {
          // What is spliced may be whole frames: then it is those.
          expect(given.length % original.length).toBe(0);
        }
      }),
      runs,
    );
  });
});
