import { describe, expect, it } from 'vitest';
import { passOf } from '../helpers/engine-pass.js';
import { frame, type NgBlock, pcap, pcapng } from '../helpers/frames.js';

const START = 1_700_000_000_123_456_000n;
const frames = Array.from({ length: 50 }, (_, i) => ({
  ns: START + BigInt(i) * 1_000_000n,
  bytes: frame({ srcPort: 5000 + (i % 5), seq: i * 100, payload: 100, id: i + 1 }),
}));
const section: NgBlock = { kind: 'section' };
const packets = (toTicks: (ns: bigint) => bigint): NgBlock[] =>
  frames.map(({ ns, bytes }) => ({ kind: 'packet', ticks: toTicks(ns), bytes }));

describe('damage', () => {
  const whole = pcap(frames);
  const ng = pcapng([section, { kind: 'interface', of: { name: 'igb0' } }, ...packets((ns) => ns / 1000n)]);

  it.each([
    ['pcap', whole, 24],
    ['pcapng', ng, 60],
  ] as const)('%s cut at every byte: all whole records count, and the place is named', async (_, bytes, header) => {
    let before = 0;
    for (let cut = header; cut < Math.min(bytes.length, 3000); cut++) {
      const { inputs, totals } = await passOf({ a: bytes.subarray(0, cut) });
      const [input] = inputs;
      expect(totals.frames).toBeGreaterThanOrEqual(before);
      before = totals.frames;
      if (input!.damage !== null) {
        expect(input!.damage.framesBefore).toBe(totals.frames);
        expect(input!.damage.offset).toBeLessThanOrEqual(cut);
      }
    }
    expect(before).toBeGreaterThan(10);
  });

  it('stops at a record that claims too much, with its place', async () => {
    const bytes = whole.slice();
    const second = 24 + 16 + frames[0]!.bytes.length;
    new DataView(bytes.buffer).setUint32(second + 8, 0x7fff_ffff, true);
    const { inputs, totals } = await passOf({ a: bytes });
    expect(totals.frames).toBe(1);
    expect(inputs[0]!.damage).toEqual({ offset: second, reason: expect.stringContaining('256 KiB'), framesBefore: 1 });
  });

  it.each([
    ['a block length no block has', (view: DataView, at: number) => view.setUint32(at + 4, 7, true)],
    [
      'an end that disagrees with the start',
      (view: DataView, at: number) => view.setUint32(at + 4, view.getUint32(at + 4, true) + 4, true),
    ],
    ['an interface nobody described', (view: DataView, at: number) => view.setUint32(at + 8, 9, true)],
    ['a packet longer than its block', (view: DataView, at: number) => view.setUint32(at + 20, 5000, true)],
  ])('pcapng: %s', async (_, spoil) => {
    const bytes = ng.slice();
    const at = ng.length - ((frames[49]!.bytes.length + 3) & ~3) - 32;
    spoil(new DataView(bytes.buffer), at);
    const { inputs, totals } = await passOf({ a: bytes });
    expect(totals.frames).toBe(49);
    expect(inputs[0]!.damage).toMatchObject({ offset: at, framesBefore: 49 });
  });

  it('the end of a beginning is no damage', async () => {
    const { inputs } = await passOf({ a: whole.subarray(0, 500) }, { partial: true });
    expect(inputs[0]!.damage).toBeNull();
  });
});
