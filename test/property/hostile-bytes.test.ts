import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CaptureError, UsageError } from '../../src/errors.js';
import { passOf, plain } from '../helpers/engine-pass.js';
import { frame, type NgBlock, pcap, pcapng } from '../helpers/frames.js';

const packets = Array.from({ length: 30 }, (_, i) => ({
  ns: BigInt(i) * 1_000_000n,
  bytes: frame({
    ip: i % 3 === 0 ? 6 : 4,
    protocol: i % 2 === 0 ? 'tcp' : 'udp',
    vlans: i % 4 === 0 ? [7, 9] : [],
    srcPort: 5000 + (i % 4),
    payload: 40,
    ...(i % 5 === 0 ? { more: true, offset: i % 10 === 0 ? 0 : 64 } : {}),
  }),
}));
const classic = pcap(packets);
const sections: NgBlock[] = [
  { kind: 'section' },
  { kind: 'interface', of: { name: 'igb0', resolution: 9 } },
  ...packets.map(({ ns, bytes }): NgBlock => ({ kind: 'packet', ticks: ns, bytes })),
  { kind: 'statistics', interface: 0, dropped: 1n },
];
const modern = pcapng(sections);

/** A few bytes of a good capture replaced by any others, and the rest of it cut off or not. */
const spoiled = (bytes: Uint8Array) =>
  fc
    .tuple(
      fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.oneof(fc.constantFrom(0, 0xff, 0x80, 0x7f), fc.nat(255))), {
        maxLength: 12,
      }),
      fc.integer({ min: 0, max: bytes.length }),
    )
    .map(([changes, length]) => {
      const out = bytes.slice(0, length);
      for (const [at, value] of changes) if (at < length) out[at] = value;
      return out;
    });

const runs = { numRuns: Number(process.env.LACPSCOPE_PROPERTY_RUNS ?? 120) };

const SLOW = { batch: 64, orderEverything: false, dissectEverything: true };

/** Either an answer or an error that says what is wrong with the input. */
async function answer(captures: Record<string, Uint8Array>, scheduling?: typeof SLOW) {
  try {
    return plain(await passOf(captures, scheduling === undefined ? {} : { scheduling }));
  } catch (error) {
    expect(error instanceof CaptureError || error instanceof UsageError ? '' : error).toBe('');
    return null;
  }
}

describe('bytes of any kind', () => {
  it.each([
    ['pcap', classic],
    ['pcapng', modern],
  ])('a spoiled %s gives an answer or a named error, and the same one on every path', async (_, bytes) => {
    await fc.assert(
      fc.asyncProperty(spoiled(bytes), async (capture) => {
        const first = await answer({ a: capture, b: classic });
        if (first !== null) {
          const frames =
            first.rows.reduce((sum, row) => sum + row.frames!, 0) + first.totals.slow + first.totals.overflowFrames;
          expect(frames).toBeLessThanOrEqual(first.totals.frames);
        }
        // The fast path for usual frames gives what full dissection gives, on damaged headers too.
        expect(await answer({ a: capture, b: classic }, SLOW)).toEqual(first);
      }),
      runs,
    );
  });

  it('random bytes are refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        expect(await answer({ a: bytes })).toBeNull();
      }),
      runs,
    );
  });
});
