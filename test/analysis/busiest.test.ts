import { describe, expect, it } from 'vitest';
import { runPass } from '../../src/engine/run-pass.js';
import { memorySource } from '../helpers/engine-pass.js';
import { frame, pcap } from '../helpers/frames.js';
import { type PortFrame, passOfFrames } from '../helpers/judged-frames.js';

const S = 1e9;
const CLIENT = { src: '01', dst: '0a', srcPort: 4000, payload: 400 };
const OCTETS = 454;

/** Frames at these seconds on this port, one flow each. */
const at = (port: number, seconds: readonly number[]): PortFrame[] =>
  seconds.map((second, n) => ({ port, ns: second * S, frame: { ...CLIENT, srcPort: 4000 + port, seq: 1 + n * 400 } }));

const every = (step: number, from: number, to: number) =>
  Array.from({ length: Math.ceil((to - from) / step - 1e-9) }, (_, n) => from + n * step);

/** What it is by the times alone. */
function most(seconds: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const second of seconds) {
    const stretch = Math.floor(Math.round(second * 1e6) / 8e5);
    counts.set(stretch, (counts.get(stretch) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

describe('the busiest stretch of a long capture', () => {
  it.each([
    ['early', every(0.05, 3.3, 5.2)],
    ['where buckets become wider', every(0.02, 798, 803)],
    ['where they do again', every(0.02, 1598.5, 1602.5)],
    ['late', every(0.05, 2100.3, 2102)],
    ['at the end', every(0.05, 2999.1, 2999.9)],
  ])('is known of each port, %s', async (_, burst) => {
    const [steady, bursty] = [every(2.3, 0, 3000), [...every(5, 0, 3000), ...burst].sort((a, b) => a - b)];
    const { series } = await passOfFrames([...at(0, steady), ...at(1, bursty)]);
    expect(series.intervalSeconds).toBeGreaterThan(1);
    const [zero, one] = series.busiest!.ports[0]!;
    expect(series.busiest!.seconds).toBe(0.8);
    expect(zero).toEqual({ octets: OCTETS * most(steady), frames: most(steady) });
    expect(one).toEqual({ octets: OCTETS * most(bursty), frames: most(bursty) });
    expect(series.busiest!.ports[1]).toEqual([
      { octets: 0, frames: 0 },
      { octets: 0, frames: 0 },
    ]);
  });

  it('is that of a time that jumps ahead', async () => {
    const seconds = [...every(0.05, 0, 1), 1e6, ...every(0.01, 1e6 + 1, 1e6 + 3)];
    const { series } = await passOfFrames(at(0, seconds));
    expect(series.busiest!.ports[0]![0]!.frames).toBe(most(seconds));
  });

  it('is not asked where intervals are short', async () => {
    const { series } = await passOfFrames(at(0, every(1, 0, 600)));
    expect(series.busiest).toBeNull();
  });

  it('is not known of a port whose frames are in several inputs', async () => {
    const half = (from: number) =>
      pcap(every(2, from, 3000).map((second) => ({ ns: BigInt(second * S), bytes: frame(CLIENT) })));
    const inputs = [half(0), half(1)].map((bytes, n) => ({
      ...{ portName: 'igb0', source: memorySource(`${n}.pcap`, bytes), partial: false },
    }));
    const { series } = await runPass({ inputs, localMacs: [], maxFlows: 64, skewSeconds: 0.001, digestSeed: 7 });
    expect(series.busiest!.ports[0]).toEqual([null]);
  });
});
