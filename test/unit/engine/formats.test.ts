import { describe, expect, it } from 'vitest';
import { CaptureError } from '../../../src/errors.js';
import { passOf, plain } from '../../helpers/engine-pass.js';
import { frame, type NgBlock, pcap, pcapng } from '../../helpers/frames.js';

const START = 1_700_000_000_123_456_000n;
const frames = Array.from({ length: 50 }, (_, i) => ({
  ns: START + BigInt(i) * 1_000_000n,
  bytes: frame({ srcPort: 5000 + (i % 5), seq: i * 100, payload: 100, id: i + 1, vlans: i % 2 ? [20] : [] }),
}));
const section: NgBlock = { kind: 'section' };
const packets = (toTicks: (ns: bigint) => bigint): NgBlock[] =>
  frames.map(({ ns, bytes }) => ({ kind: 'packet', ticks: toTicks(ns), bytes }));

describe('formats give the same flows', async () => {
  const reference = plain(await passOf({ 'igb0.pcap': pcap(frames) }));

  it.each([
    ['pcap, big-endian, nanoseconds', pcap(frames, { big: true })],
    ['pcap, little-endian, microseconds', pcap(frames, { nanoseconds: false })],
    ['pcap, big-endian, microseconds', pcap(frames, { big: true, nanoseconds: false })],
    [
      'pcapng, microseconds by default',
      pcapng([section, { kind: 'interface', of: {} }, ...packets((ns) => ns / 1000n)]),
    ],
    [
      'pcapng, big-endian',
      pcapng([section, { kind: 'interface', of: {} }, ...packets((ns) => ns / 1000n)], { big: true }),
    ],
    ['pcapng, nanoseconds', pcapng([section, { kind: 'interface', of: { resolution: 9 } }, ...packets((ns) => ns)])],
    [
      'pcapng, picoseconds and an offset',
      pcapng([
        section,
        { kind: 'interface', of: { resolution: 12, offsetSeconds: 1_700_000_000n } },
        ...packets((ns) => (ns - 1_700_000_000_000_000_000n) * 1000n),
      ]),
    ],
    [
      'pcapng, blocks nobody knows between the packets, obsolete packet blocks',
      pcapng([
        section,
        { kind: 'other', type: 0x0bad, octets: 400_000 },
        { kind: 'interface', of: {} },
        ...frames.flatMap(({ ns, bytes }): NgBlock[] => [
          { kind: 'old-packet', ticks: ns / 1000n, bytes },
          { kind: 'other', type: 0x40000001, octets: 16 },
        ]),
        { kind: 'statistics', interface: 0, dropped: 3n },
      ]),
    ],
  ])('%s', async (_, bytes) => {
    expect(plain(await passOf({ 'igb0.cap': bytes }, { portion: 997 }))).toEqual(reference);
  });

  it('reads binary fractions of a second to the nanosecond below', async () => {
    const ticks = (3n << 32n) | 0x4000_0000n; // 3.25 s in 2^-32
    const bytes = pcapng([
      section,
      { kind: 'interface', of: { resolution: 0x80 | 32 } },
      { kind: 'packet', ticks, bytes: frames[0]!.bytes },
    ]);
    const pass = await passOf({ a: bytes });
    expect(pass.originNs).toBe(3_250_000_000n);
    expect(pass.inputs[0]!.timestampResolution).toBe(2 ** -32);
  });

  it('gives the packets of a pcapng to the interfaces they came from, over sections of either byte order', async () => {
    const little = pcapng([
      section,
      { kind: 'interface', of: { name: 'igb0' } },
      { kind: 'interface', of: { name: 'igb1' } },
      { kind: 'packet', ticks: 1_000_000n, bytes: frames[0]!.bytes, interface: 1 },
      { kind: 'packet', ticks: 1_000_100n, bytes: frames[1]!.bytes, interface: 0 },
      { kind: 'statistics', interface: 1, dropped: 7n },
    ]);
    const big = pcapng(
      [
        section,
        { kind: 'interface', of: { name: 'igb1' } },
        { kind: 'packet', ticks: 1_000_200n, bytes: frames[2]!.bytes, interface: 0 },
      ],
      { big: true },
    );
    const bytes = new Uint8Array(little.length + big.length);
    bytes.set(little);
    bytes.set(big, little.length);
    const pass = await passOf({ 'all.pcapng': bytes });
    expect(pass.ports).toEqual(['igb0', 'igb1']);
    expect(pass.inputs.map(({ port, frames: n, drops }) => [port, n, drops.kernel])).toEqual([
      ['igb0', 1, null],
      ['igb1', 2, 7],
    ]);
    expect([0, 1, 2].map((flow) => pass.flows.firstFrame(flow))).toEqual([1, 2, 3]); // numbers of the file, as Wireshark counts them
    expect([0, 1, 2].map((flow) => pass.flows.port(flow))).toEqual([1, 0, 1]);
  });

  it('takes the time of the frame before for a simple packet block', async () => {
    const pass = await passOf({
      a: pcapng([
        section,
        { kind: 'interface', of: {} },
        { kind: 'packet', ticks: 5_000_000n, bytes: frames[0]!.bytes },
        { kind: 'simple', bytes: frames[1]!.bytes, wire: 900 },
      ]),
    });
    expect(pass.totals).toMatchObject({ frames: 2, octets: frames[0]!.bytes.length + 900 });
    expect(pass.durationNs).toBe(0);
  });

  it('keeps going when time runs backwards, and counts it', async () => {
    const back = [frames[3]!, frames[1]!, frames[4]!];
    const { inputs, durationNs } = await passOf({ a: pcap(back) });
    expect(inputs[0]).toMatchObject({ frames: 3, backwards: 1, firstNs: frames[1]!.ns, lastNs: frames[4]!.ns });
    expect(durationNs).toBe(3_000_000);
  });
});

describe('what is no capture that is read is refused by its name', () => {
  const text = (words: string) => new TextEncoder().encode(words);
  it.each([
    ['link-type', pcap([], { linkType: 9 }), 'PPP'],
    ['link-type', pcapng([section, { kind: 'interface', of: { linkType: 105 } }]), 'IEEE802_11'],
    ['input-foreign', Uint8Array.from([0x1f, 0x8b, 8, 0, ...new Array(40).fill(0)]), 'gzip'],
    ['input-foreign', text('version https://git-lfs.github.com/spec/v1\noid sha256:12'), 'Git LFS'],
    ['input-not-a-capture', text('igb0 seems to be slow since Monday\n'), 'is text'],
    ['input-not-a-capture', Uint8Array.from([1, 2, 3]), '3 bytes'],
    ['pcap-header-cut', pcap([]).subarray(0, 20), '20 of 24'],
    [
      'pcap-version',
      (() => {
        const b = pcap([]);
        b[4] = 9;
        return b;
      })(),
      'version 9.4',
    ],
  ])('%s %#', async (code, bytes, words) => {
    const failure = await passOf({ a: bytes }).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(CaptureError);
    expect((failure as CaptureError).code).toBe(code);
    expect((failure as CaptureError).message).toContain(words);
  });
});

describe('a capture behind another one, as cat puts them', () => {
  const first = { big: false, nanoseconds: false };

  it.each([
    ['of the same kind', first, first],
    ['of the other byte order', first, { big: true, nanoseconds: false }],
    ['in nanoseconds', first, { big: false, nanoseconds: true }],
    ['both big-endian', { big: true, nanoseconds: false }, { big: true, nanoseconds: false }],
  ])('%s ends the input where it begins', async (_, one, other) => {
    const begin = pcap(frames, one);
    const { inputs } = await passOf({ 'igb0.pcap': Buffer.concat([begin, pcap(frames, other)]) }, { portion: 997 });
    expect(inputs[0]).toMatchObject({
      frames: frames.length,
      damage: { offset: begin.length, framesBefore: frames.length, reason: expect.stringContaining('another capture') },
    });
  });

  it('is no empty record of that second', async () => {
    const empty = pcap([{ ns: 0xa1b2c3d4n * 1_000_000_000n, bytes: new Uint8Array(0), wire: 60 }, ...frames], first);
    const { inputs } = await passOf({ 'igb0.pcap': empty });
    expect(inputs[0]).toMatchObject({ frames: frames.length + 1, damage: null });
  });
});
