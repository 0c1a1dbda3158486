import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PcapHeader } from '../../../src/capture-file/pcap.js';
import { readInterfaceDescription, readInterfaceStatistics } from '../../../src/capture-file/pcapng.js';
import {
  interfaceDescription,
  interfaceStatistics,
  packetOctets,
  putPacket,
} from '../../../src/capture-file/pcapng-writer.js';
import { CaptureError } from '../../../src/errors.js';
import { InOrder } from '../../../src/recording/in-order.js';
import { numbered } from '../../../src/recording/output.js';
import { RecordStream } from '../../../src/recording/records.js';

const HEADER = Buffer.from('4d3cb2a1020004000000000000000000800000000100000 0'.replace(' ', ''), 'hex');

interface Sent {
  readonly seconds: number;
  readonly part: number;
  readonly octets: number;
}

function recordOf({ seconds, part, octets }: Sent): Buffer {
  const head = Buffer.alloc(16);
  for (const [n, word] of [seconds, part, octets, octets + 7].entries()) head.writeUInt32LE(word, 4 * n);
  return Buffer.concat([head, Buffer.alloc(octets, part & 255)]);
}

const frame = fc.record({
  seconds: fc.integer({ min: 1_700_000_000, max: 1_700_000_003 }),
  part: fc.integer({ min: 0, max: 999_999_999 }),
  octets: fc.integer({ min: 0, max: 40 }),
});
const byTime = (a: Sent, b: Sent) => a.seconds - b.seconds || a.part - b.part;
const lanes = fc.array(fc.array(frame, { maxLength: 30 }), { minLength: 1, maxLength: 4 });

describe('a stream of records', () => {
  it('gives whole records, however it comes', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 20 }), fc.integer({ min: 1, max: 70 }), (frames, portion) => {
        const records = Buffer.concat(frames.map(recordOf));
        const bytes = Buffer.concat([HEADER, records]);
        const stream = new RecordStream('igb0');
        const got: Uint8Array[] = [];
        for (let at = 0; at < bytes.length; at += portion) {
          const whole = stream.feed(bytes.subarray(at, at + portion));
          if (whole !== null) got.push(whole.bytes);
        }
        expect(Buffer.concat(got)).toEqual(records);
        expect(stream.header).toMatchObject({ nanoseconds: true, linkType: 1, snapLength: 128, swapped: false });
        expect(stream.cut).toBe(0);
      }),
    );
  });

  it('is refused where it is something else, or damaged', () => {
    expect(() => new RecordStream('igb0').feed(Buffer.alloc(30, 'tcpdump: '))).toThrow(CaptureError);
    const damaged = Buffer.concat([HEADER, Buffer.alloc(16, 255)]);
    expect(() => new RecordStream('igb0').feed(damaged)).toThrow(/claims 4294967295 bytes/);
  });
});

describe('frames of several ports', () => {
  const header = { swapped: false, nanoseconds: true } as PcapHeader;

  it('are given in the order of time, each once, in portions of any size', () => {
    fc.assert(
      fc.property(lanes, fc.integer({ min: 1, max: 5 }), (ports, portion) => {
        const sorted = ports.map((frames) => [...frames].sort(byTime));
        const order = new InOrder(ports.length, 1000);
        const got: Sent[] = [];
        const release = (now: number) =>
          order.release(now, ({ port, seconds, part, wire, data }) => {
            expect(data.length).toBe(wire - 7);
            expect(data.every((octet) => octet === (part & 255))).toBe(true);
            expect(sorted[port]).toContainEqual({ seconds, part, octets: data.length });
            got.push({ seconds, part, octets: data.length });
          });
        for (let from = 0; from < 30; from += portion) {
          for (const [port, frames] of sorted.entries()) {
            const bytes = Buffer.concat(frames.slice(from, from + portion).map(recordOf));
            if (bytes.length === 0) continue;
            const copy = Uint8Array.from(bytes);
            order.add(port, header, { bytes: copy, view: new DataView(copy.buffer) }, 0);
          }
          release(10);
        }
        for (const port of ports.keys()) order.end(port);
        release(20);
        expect(got).toHaveLength(sorted.flat().length);
        expect(got.map(({ seconds, part }) => [seconds, part])).toEqual(
          sorted
            .flat()
            .sort(byTime)
            .map(({ seconds, part }) => [seconds, part]),
        );
      }),
    );
  });

  it('wait for a quiet port no longer than they may, and never for memory', () => {
    const add = (order: InOrder, part: number, now: number) => {
      const bytes = Uint8Array.from(recordOf({ seconds: 1_700_000_000, part, octets: 10 }));
      order.add(0, header, { bytes, view: new DataView(bytes.buffer) }, now);
    };
    const released = (order: InOrder, now: number) => {
      const parts: number[] = [];
      order.release(now, ({ part }) => parts.push(part));
      return parts;
    };
    const order = new InOrder(2, 1000);
    add(order, 1, 0);
    add(order, 2, 500);
    expect(released(order, 900)).toEqual([]);
    expect(released(order, 1000)).toEqual([1]);
    expect(released(order, 1500)).toEqual([2]);
    const small = new InOrder(2, 1000, 40);
    add(small, 1, 0);
    expect(released(small, 1)).toEqual([]);
    add(small, 2, 1);
    expect(released(small, 2)).toEqual([1, 2]);
  });
});

describe('blocks of pcapng', () => {
  it('say what the reader reads', () => {
    const about = {
      name: 'Gi1/0/1 ü',
      linkType: 1,
      snapLength: 128,
      nanoseconds: true,
      filter: 'not port 22',
      bitsPerSecond: 1e9,
    };
    const block = interfaceDescription(about);
    expect(readInterfaceDescription(new DataView(block.buffer), false)).toMatchObject({
      name: 'Gi1/0/1 ü',
      linkType: 1,
      snapLength: 128,
      speed: 1e9,
      resolution: { base: 10, exponent: 9 },
    });
    const counts = { received: 12, droppedByInterface: null, droppedByKernel: 2 ** 40 };
    const statistics = interfaceStatistics(3, { seconds: 1_700_000_000, part: 5 }, 1e9, counts);
    expect(readInterfaceStatistics(new DataView(statistics.buffer), false)).toEqual({ interface: 3, ...counts });
  });

  it('hold times to the nanosecond until 2106', () => {
    const seconds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(
        seconds,
        fc.integer({ min: 0, max: 999_999_999 }),
        fc.uint8Array({ maxLength: 9 }),
        (s, part, data) => {
          const out = new Uint8Array(64).fill(255);
          const view = new DataView(out.buffer);
          const end = putPacket(out, view, 0, { index: 1, seconds: s, part, ticksPerSecond: 1e9, wire: 99, data });
          expect(end).toBe(packetOctets(data.length));
          const ticks = (BigInt(view.getUint32(12, true)) << 32n) | BigInt(view.getUint32(16, true));
          expect(ticks).toBe(BigInt(s) * 1_000_000_000n + BigInt(part));
          expect([view.getUint32(4, true), view.getUint32(end - 4, true)]).toEqual([end, end]);
          expect(out.subarray(28, 28 + data.length)).toEqual(data);
          expect(out[end]).toBe(255);
        },
      ),
    );
  });
});

it('names the files of a ring as dumpcap does', () => {
  const time = new Date(2014, 7, 11, 18, 40, 2);
  expect(numbered('lag.pcapng', 1, time)).toBe('lag_00001_20140811184002.pcapng');
  expect(numbered('a.b/lag', 12, time)).toBe('a.b/lag_00012_20140811184002');
});
