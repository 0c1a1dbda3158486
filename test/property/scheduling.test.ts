import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passOf, plain } from '../helpers/engine-pass.js';
import { type Captured, frame, pcap } from '../helpers/frames.js';

/** A few flows over a few ports, with equal times, late ones, copies, fragments and acknowledgements. */
const traffic = fc
  .tuple(
    fc.integer({ min: 1, max: 4 }),
    fc.array(
      fc.record({
        gap: fc.constantFrom(0, 0, 1_000, 40_000, 700_000, 3_000_000, 1_200_000_000),
        port: fc.nat(3),
        flow: fc.nat(4),
        kind: fc.constantFrom('data', 'data', 'ack', 'udp', 'first', 'later', 'six', 'igmp', 'igmp-later'),
        number: fc.nat(12),
        copy: fc.boolean(),
      }),
      { minLength: 1, maxLength: 120 },
    ),
  )
  .map(([ports, packets]) => {
    const captures: Captured[][] = Array.from({ length: ports }, () => []);
    let ns = 1_700_000_000_000_000_000n;
    for (const { gap, port, flow, kind, number, copy } of packets) {
      ns += BigInt(gap);
      const bytes = bytesOf(flow, kind, number);
      captures[port % ports]!.push({ ns, bytes });
      if (copy) captures[(port + 1) % ports]!.push({ ns: ns + 5_000n, bytes });
    }
    for (const each of captures) each.sort((a, b) => (a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0));
    return Object.fromEntries(captures.map((frames, port) => [`p${port}.pcap`, pcap(frames)]));
  });

function bytesOf(flow: number, kind: string, number: number): Uint8Array {
  const srcPort = 5000 + flow;
  const id = number + 1;
  if (kind === 'data') return frame({ srcPort, id, seq: 1000 + number * 100, payload: 100 });
  if (kind === 'ack') return frame({ srcPort, id, ack: 7000 + number * 50 });
  if (kind === 'udp') return frame({ srcPort, protocol: 'udp', id, payload: 30 });
  if (kind === 'first') return frame({ srcPort, protocol: 'udp', id: number, payload: 64, more: true });
  if (kind === 'later') return frame({ srcPort, protocol: 'udp', id: number, payload: 64, offset: 64 });
  if (kind === 'igmp') return frame({ protocol: 2, id, payload: 40 });
  if (kind === 'igmp-later') return frame({ protocol: 2, id, payload: 40, offset: 64 });
  return frame({ ip: 6, srcPort, seq: 1000 + number * 100, payload: 100 });
}

describe('scheduling changes no result', () => {
  it('batches, one frame at a time, every flow in order, and any portions of bytes agree', async () => {
    await fc.assert(
      fc.asyncProperty(
        traffic,
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 1, max: 3000 }),
        async (captures, batch, portion) => {
          const batched = plain(await passOf(captures));
          expect(plain(await passOf(captures, { scheduling: { batch: 1, orderEverything: false } }))).toEqual(batched);
          expect(plain(await passOf(captures, { scheduling: { batch, orderEverything: true } }))).toEqual(batched);
          expect(plain(await passOf(captures, { portion }))).toEqual(batched);
          const scheduling = { batch: 64, orderEverything: false, dissectEverything: true };
          expect(plain(await passOf(captures, { scheduling }))).toEqual(batched);
        },
      ),
      { numRuns: Number(process.env.LACPSCOPE_PROPERTY_RUNS ?? 60) },
    );
  });

  it('a thousand frames of one instant on every port do not stop it', async () => {
    const bytes = frame({ payload: 10 });
    const same = pcap(Array.from({ length: 1500 }, () => ({ ns: 5_000_000_000n, bytes })));
    const pass = await passOf({ a: same, b: same });
    expect(pass.totals.frames).toBe(3000);
    expect(pass.flows.frames(0)).toBe(3000);
  });

  it('the same file on two ports gives one run per flow and as many copies as frames', async () => {
    const one = pcap(
      Array.from({ length: 300 }, (_, i) => ({
        ns: BigInt(i) * 50_000n,
        bytes: frame({ seq: i * 10, payload: 10, id: i + 1 }),
      })),
    );
    for (const scheduling of [
      { batch: 64, orderEverything: false },
      { batch: 1, orderEverything: false },
      { batch: 64, orderEverything: true },
    ]) {
      const { movers } = await passOf({ a: one, b: one }, { scheduling });
      expect(movers.switches(0)).toBe(0);
      expect([0, 1].map((port) => movers.wholeFrames(0, port))).toEqual([300, 0]);
      expect([0, 1].map((port) => movers.duplicates(0, port))).toEqual([0, 300]);
    }
  });
});
