import { describe, expect, it } from 'vitest';
import { readInterfaceDescription, readInterfaceStatistics } from '../../../src/capture-file/pcapng.js';
import { passOf } from '../../helpers/engine-pass.js';
import { frame } from '../../helpers/frames.js';

const u16 = (value: number, big: boolean) => {
  const bytes = Buffer.alloc(2);
  big ? bytes.writeUInt16BE(value) : bytes.writeUInt16LE(value);
  return bytes;
};
const u32 = (value: number, big: boolean) => {
  const bytes = Buffer.alloc(4);
  big ? bytes.writeUInt32BE(value >>> 0) : bytes.writeUInt32LE(value >>> 0);
  return bytes;
};
const u64 = (value: bigint, big: boolean) => {
  const bytes = Buffer.alloc(8);
  big ? bytes.writeBigUInt64BE(BigInt.asUintN(64, value)) : bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes;
};
const padded = (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);

/** The same blocks in both byte orders. */
const of = (big: boolean) => {
  const block = (type: number, ...body: Uint8Array[]) => {
    const content = Buffer.concat(body);
    const length = u32(12 + content.length, big);
    return Buffer.concat([u32(type, big), length, content, length]);
  };
  const option = (code: number, value: Uint8Array, length = value.length) =>
    Buffer.concat([u16(code, big), u16(length, big), padded(value)]);
  const long = (value: bigint) => u64(value, big);
  const end = option(0, new Uint8Array());
  return {
    block,
    option,
    long,
    end,
    section: (minor = 0, length = -1n, ...options: Uint8Array[]) =>
      block(0x0a0d0d0a, u32(0x1a2b3c4d, big), u16(1, big), u16(minor, big), long(length), ...options),
    described: (...options: Uint8Array[]) => block(1, u16(1, big), u16(0, big), u32(0, big), ...options),
    statistics: (number: number, ...options: Uint8Array[]) => block(5, u32(number, big), long(0n), ...options),
    packet: (number: number, ticks: bigint, ...options: Uint8Array[]) => {
      const time = [u32(Number(ticks >> 32n), big), u32(Number(ticks & 0xffffffffn), big)];
      const lengths = [u32(packet.length, big), u32(packet.length, big)];
      return block(6, u32(number, big), ...time, ...lengths, padded(packet), ...options);
    },
  };
};
const packet = frame({ payload: 30 });
const viewOf = (bytes: Buffer) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

describe.each([
  ['little-endian', false],
  ['big-endian', true],
])('an interface description, %s', (_, big) => {
  const { option, long, end, described } = of(big);
  const read = (...options: Uint8Array[]) => readInterfaceDescription(viewOf(described(...options)), big)!;

  it('has microseconds and no name where it says nothing', () => {
    expect(read()).toEqual({
      linkType: 1,
      snapLength: 0,
      name: null,
      speed: null,
      resolution: { base: 10, exponent: 6 },
      offsetSeconds: 0n,
    });
  });

  it.each([
    [0, { base: 10, exponent: 0 }],
    [9, { base: 10, exponent: 9 }],
    [127, { base: 10, exponent: 127 }],
    [0x80, { base: 2, exponent: 0 }],
    [0xa0, { base: 2, exponent: 32 }],
    [0xff, { base: 2, exponent: 127 }],
  ])('if_tsresol %i', (value, resolution) =>
    expect(read(option(9, Uint8Array.of(value)), end)).toMatchObject({ resolution }),
  );

  it.each([0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)])('if_tsoffset %i', (seconds) =>
    expect(read(option(14, long(seconds))).offsetSeconds).toBe(seconds),
  );

  it('takes its speed where there is one for both ways', () => {
    expect(read(option(8, long(10_000_000_000n))).speed).toBe(1e10);
    expect(read(option(16, long(1_000_000_000n)), option(17, long(1_000_000_000n))).speed).toBe(1e9);
    expect(read(option(17, long(1_000_000_000n))).speed).toBe(1e9);
    expect(read(option(16, long(100_000_000n)), option(17, long(1_000_000_000n))).speed).toBeNull();
  });

  it.each([0n, 2n ** 64n - 1n])('does not take %i for a speed', (speed) =>
    expect(read(option(8, long(speed))).speed).toBeNull(),
  );

  it.each([
    ['igb0', 'igb0'],
    ['igb0\0\0\0', 'igb0'],
    ['Prüf-Port', 'Prüf-Port'],
    ['', null],
    ['  ', null],
    ['\0igb0', null],
    ['a\u001b[31m\nb', 'a\u001b[31m\nb'], // views make these visible
    ['x'.repeat(255), 'x'.repeat(255)],
    ['x'.repeat(256), null],
  ])('if_name %j', (given, name) => expect(read(option(2, Buffer.from(given)), end).name).toBe(name));

  it('tells names apart that are no UTF-8', () => {
    const [a, b] = [0xfe, 0xff].map((byte) => read(option(2, Uint8Array.of(0x69, byte))).name);
    expect(a).not.toBe(b);
  });

  it('ends its options at the first that cannot be, and keeps those before', () => {
    const name = option(2, Buffer.from('igb7'));
    expect(read(name).name).toBe('igb7'); // without opt_endofopt
    expect(read(name, option(8, Buffer.alloc(4), 65_535), option(9, Uint8Array.of(9)))).toMatchObject({
      name: 'igb7',
      resolution: { exponent: 6 },
    });
    expect(read(name, end, option(9, Uint8Array.of(9))).resolution.exponent).toBe(6);
    expect(read(option(8, Buffer.alloc(3)), option(14, Buffer.alloc(4)), option(9, Buffer.alloc(0)))).toMatchObject({
      speed: null,
      offsetSeconds: 0n,
      resolution: { exponent: 6 },
    });
  });
});

it('interface statistics have no counters that are unknown', () => {
  const { option, long, statistics } = of(false);
  const all = statistics(
    3,
    option(4, long(9n)),
    option(5, long(2n ** 64n - 1n)),
    option(7, long(2n)),
    option(6, long(1n)),
  );
  expect(readInterfaceStatistics(viewOf(all), false)).toEqual({
    interface: 3,
    received: 9,
    droppedByInterface: null,
    droppedByKernel: 2,
  });
});

describe.each([
  ['little-endian', false],
  ['big-endian', true],
])('a pcapng, %s', (_, big) => {
  const { block, option, long, end, section, described, statistics, packet: framed } = of(big);
  const passOfBlocks = (...blocks: Uint8Array[]) => passOf({ 'a.pcapng': Buffer.concat(blocks) }, { portion: 1000 });
  const named = (name: string) => described(option(2, Buffer.from(name)), end);

  it.each([
    ['a section of minor version 2', section(2)],
    ['a section that gives its length', section(0, 400n)],
    ['a section that gives a wrong length', section(0, 5n)],
    ['options of a section that cannot be', section(0, -1n, option(4, Buffer.from('tool'), 60_000))],
    ['name resolution', Buffer.concat([section(), block(4, Buffer.alloc(24, 1))])],
    ['decryption secrets', Buffer.concat([section(), block(10, Buffer.alloc(300_000, 2))])],
    ['custom blocks', Buffer.concat([section(), block(0xbad, Buffer.alloc(8)), block(0x40000bad, Buffer.alloc(9000))])],
    ['a systemd journal', Buffer.concat([section(), block(9, Buffer.from('MESSAGE=igb0: link up\n  '))])],
    ['an empty block of no known type', Buffer.concat([section(), block(0x7ffffff0)])],
  ])('is read with %s', async (__, start) => {
    const { ports, totals, inputs } = await passOfBlocks(
      start,
      named('igb0'),
      framed(0, 1000n, option(1, Buffer.from('!')), end),
    );
    expect([ports, totals.frames, inputs[0]!.damage]).toEqual([['igb0'], 1, null]);
  });

  it('numbers interfaces anew in each section, wherever they are described', async () => {
    const { inputs } = await passOfBlocks(
      section(),
      named('igb0'),
      framed(0, 1n),
      named('igb1'),
      framed(1, 2n),
      section(),
      named('igb1'),
      framed(0, 3n),
    );
    expect(inputs.map(({ port, frames }) => [port, frames])).toEqual([
      ['igb0', 1],
      ['igb1', 2],
    ]);
  });

  it('counts what the last statistics of an interface say, over all sections', async () => {
    const counted = (number: number, kernel: bigint, card: bigint) =>
      statistics(number, option(5, long(card)), option(7, long(kernel)), end);
    const { inputs } = await passOfBlocks(
      section(),
      named('igb0'),
      counted(0, 1n, 2n),
      framed(0, 1n),
      counted(0, 5n, 7n),
      statistics(9, option(7, long(99n))), // an interface that is not described
      section(),
      named('igb0'),
      counted(0, 10n, 0n),
    );
    expect(inputs[0]!.drops).toEqual({ kernel: 15, interface: 7 });
  });

  it.each([
    ['seconds', 0, 3n, 3_000_000_000n],
    ['10^-28 s', 28, 30_000_000_000_000_000_000n % 2n ** 64n, 1n],
    ['10^-127 s', 127, 2n ** 64n - 1n, 1n],
    ['2^-1 s', 0x81, 7n, 3_500_000_000n],
    ['2^-63 s', 0xbf, 3n << 62n, 1_500_000_000n],
    ['2^-64 s', 0xc0, 2n ** 63n, 500_000_000n],
    ['2^-127 s', 0xff, 2n ** 64n - 1n, 0n],
  ])('has times in %s', async (__, resolution, ticks, ns) => {
    const { originNs } = await passOfBlocks(
      section(),
      described(option(9, Uint8Array.of(resolution))),
      framed(0, ticks),
    );
    expect(Number(originNs - ns)).toBeCloseTo(0, -1);
  });

  it('has times before its offset, and far beyond all clocks', async () => {
    const at = async (offset: bigint, ticks: bigint) =>
      (await passOfBlocks(section(), described(option(14, long(offset))), framed(0, ticks))).originNs;
    expect(await at(-1000n, 1_001_000_000n)).toBe(1_000_000_000n);
    for (const offset of [-1n, 2n ** 63n - 1n, -(2n ** 63n)]) expect(typeof (await at(offset, 0n))).toBe('bigint');
  });

  it.each([1000, 262_144, Number.POSITIVE_INFINITY])(
    'is damaged at the same place however its bytes come: %i at a time',
    async (portion) => {
      const spoiled = block(0xbad, Buffer.alloc(5000));
      spoiled.fill(0xee, spoiled.length - 4);
      const start = Buffer.concat([section(), named('igb0'), framed(0, 1n)]);
      const { inputs } = await passOf({ a: Buffer.concat([start, spoiled, framed(0, 2n)]) }, { portion });
      expect(inputs[0]).toMatchObject({ frames: 1, damage: { offset: start.length, framesBefore: 1 } });
    },
  );

  it('is damaged where a block is not a multiple of four bytes, as the draft has it', async () => {
    const start = Buffer.concat([section(), named('igb0'), framed(0, 1n)]);
    const { inputs } = await passOfBlocks(start, block(0xbad, Buffer.alloc(7)), framed(0, 2n));
    expect(inputs[0]).toMatchObject({ frames: 1, damage: { offset: start.length } });
  });
});
