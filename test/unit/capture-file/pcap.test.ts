import { describe, expect, it } from 'vitest';
import { readPcapHeader } from '../../../src/capture-file/pcap.js';
import { CaptureError } from '../../../src/errors.js';
import { passOf } from '../../helpers/engine-pass.js';
import { frame } from '../../helpers/frames.js';

interface Kind {
  readonly magic?: number;
  readonly version?: readonly [number, number];
  readonly linkType?: number;
  readonly snapLength?: number;
  readonly recordHeader?: number;
  readonly big?: boolean;
  readonly records?: number;
  readonly lengths?: readonly [number, number]; // captured, on the wire, as the file has them
  readonly fraction?: number;
}

const packet = frame({ payload: 50 });

/** A pcap of any kind. What patched libpcaps add to a record header is not zero. */
function pcapOf(kind: Kind): Uint8Array {
  const { magic = 0xa1b2c3d4, version = [2, 4], recordHeader = 16, big = false, records = 5 } = kind;
  const stride = recordHeader + packet.length;
  const bytes = new Uint8Array(24 + records * stride);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, !big);
  view.setUint16(4, version[0], !big);
  view.setUint16(6, version[1], !big);
  view.setUint32(16, kind.snapLength ?? 65_535, !big);
  view.setUint32(20, kind.linkType ?? 1, !big);
  for (let i = 0; i < records; i++) {
    const at = 24 + i * stride;
    view.setUint32(at, 1_700_000_000 + i, !big);
    view.setUint32(at + 4, kind.fraction ?? 1000 * i, !big);
    view.setUint32(at + 8, kind.lengths?.[0] ?? packet.length, !big);
    view.setUint32(at + 12, kind.lengths?.[1] ?? packet.length, !big);
    bytes.fill(0x5a, at + 16, at + recordHeader);
    bytes.set(packet, at + recordHeader);
  }
  return bytes;
}

const header = (kind: Kind) => readPcapHeader('a', pcapOf(kind));
const MODIFIED = 0xa1b2cd34;

describe('the version of a pcap', () => {
  it.each([
    [[2, 0], 'swapped'],
    [[2, 1], 'swapped'],
    [[2, 2], 'swapped'],
    [[2, 3], 'swapped-if-longer'],
    [[2, 4], 'usual'],
    [[2, 5], 'usual'],
    [[2, 999], 'usual'],
    [[543, 0], 'swapped'],
  ] as const)('%j says how its lengths are ordered: %s', (version, lengths) => {
    for (const big of [false, true]) expect(header({ version, big })).toMatchObject({ lengths, swapped: big });
  });

  it.each([
    [1, 4],
    [0, 0],
    [3, 0],
    [9, 4],
    [543, 1],
  ])('%i.%i is refused', (major, minor) => {
    const refusal = (() => {
      try {
        return header({ version: [major, minor] });
      } catch (error) {
        return error;
      }
    })();
    expect(refusal).toBeInstanceOf(CaptureError);
    expect(refusal).toMatchObject({ code: 'pcap-version', where: { offset: 4 } });
    expect((refusal as Error).message).toContain(`version ${major}.${minor};`);
  });

  it('2.2 with the interface type of Ethernet is that of AIX, with nanoseconds', () => {
    const aix = { version: [2, 2], linkType: 6, fraction: 999_999_999 } as const;
    expect(header(aix)).toMatchObject({ nanoseconds: true, linkType: 1, lengths: 'swapped', recordHeader: 16 });
    expect(header({ ...aix, version: [2, 4] })).toMatchObject({ nanoseconds: false, linkType: 6 });
    expect(header({ ...aix, linkType: 1 })).toMatchObject({ nanoseconds: false, linkType: 1 });
  });
});

describe('the link type of a pcap', () => {
  it.each([
    ['the length of an FCS', 0x4400_0001],
    ['an FCS length without its flag', 0x4000_0001],
    ['a class of NetBSD, and reserved bits', 0x0224_0001],
    ['every bit above it', 0xffff_0001],
  ])('is read without %s', (_, linkType) => expect(header({ linkType })).toMatchObject({ linkType: 1 }));

  it('has 16 bits', () => expect(header({ linkType: 0xffff }).linkType).toBe(0xffff));
});

describe('the record header of a pcap', () => {
  it.each([
    [0xa1b2c3d4, 16],
    [0xa1b23c4d, 16],
    [0xa1b2c3d4, 24],
    [0xa1b2c3d4, 20],
    [MODIFIED, 24],
    [MODIFIED, 28],
  ])('under the magic %i has %i bytes, as the records show', async (magic, recordHeader) => {
    for (const big of [false, true]) {
      const kind = { magic, recordHeader, big };
      expect(header(kind).recordHeader).toBe(recordHeader);
      const { totals, inputs } = await passOf({ 'a.pcap': pcapOf(kind) });
      expect(totals).toMatchObject({ frames: 5, octets: 5 * packet.length });
      expect(inputs[0]).toMatchObject({ format: 'pcap', damage: null });
    }
  });

  it.each([
    ['without records', { records: 0 }],
    ['with one', { records: 1 }],
    ['with absurd lengths', { lengths: [0x7fff_ffff, 0x7fff_ffff] }],
    ['with a fraction above a second', { fraction: 2_000_000 }],
    ['that exceed their snap length', { snapLength: 20 }],
    ['that hold more than was on the wire', { lengths: [packet.length, 7] }],
  ] as const)('stays the usual one for records %s', (_, kind) => {
    expect(header({ ...kind, version: [2, 4] }).recordHeader).toBe(16);
    expect(header({ ...kind, version: [2, 4], magic: MODIFIED, recordHeader: 24 }).recordHeader).toBe(24);
  });

  it('stays the usual one where the second record is damaged', () => {
    const bytes = pcapOf({});
    bytes.fill(0xff, 24 + 16 + packet.length, 24 + 32 + packet.length);
    expect(readPcapHeader('a', bytes).recordHeader).toBe(16);
  });
});

it('a snap length of 0 is none', async () => {
  expect(header({ snapLength: 0 }).snapLength).toBe(0);
  expect((await passOf({ 'a.pcap': pcapOf({ snapLength: 0 }) })).totals.frames).toBe(5);
});
