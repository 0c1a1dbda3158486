import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readInterfaceDescription, readInterfaceStatistics } from '../../src/capture-file/pcapng.js';
import {
  interfaceDescription,
  interfaceStatistics,
  packetOctets,
  putPacket,
} from '../../src/capture-file/pcapng-writer.js';
import { CaptureError } from '../../src/errors.js';
import { InOrder, type Run } from '../../src/recording/in-order.js';
import { numbered } from '../../src/recording/output.js';
import { Memory, PacketStream, type Packets } from '../../src/recording/packets.js';

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

/** As it is to be written. */
function blockOf({ seconds, part, octets }: Sent, ticksPerSecond = 1e9): Buffer {
  const out = Buffer.alloc(packetOctets(octets));
  const data = new Uint8Array(octets).fill(part & 255);
  const view = new DataView(out.buffer, out.byteOffset, out.length);
  putPacket(out, view, 0, { index: 0, seconds, part, ticksPerSecond, wire: octets + 7, data });
  return out;
}

const SECTION = [0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28];
const INTERFACE = [1, 32, 1, 128, (1 << 16) | 9, 9, 0, 32];
const PCAPNG = Buffer.from(Uint32Array.from([...SECTION, ...INTERFACE]).buffer);

/** Gives it octets in portions of some size, and keeps what it gives; copied, as it uses memory again. */
function fed(stream: PacketStream, bytes: Uint8Array, portion: number, done = true): Buffer {
  const got: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { room } = stream;
    const octets = Math.min(portion, room.length, bytes.length - at);
    room.set(bytes.subarray(at, at + octets));
    at += octets;
    const packets = stream.took(octets);
    if (packets === null) continue;
    got.push(packets.memory.bytes.slice(packets.from, packets.end));
    if (done) packets.memory.waiting--;
  }
  return Buffer.concat(got);
}

describe('a stream of packets', () => {
  it.each([
    ['a classic pcap', HEADER, recordOf],
    ['blocks of pcapng', PCAPNG, blockOf],
  ])('gives whole blocks of %s, however it comes', (_, header, one) => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 20 }), fc.integer({ min: 1, max: 70 }), (frames, portion) => {
        const stream = new PacketStream('igb0');
        const bytes = Buffer.concat([header, ...frames.map((each) => one(each))]);
        expect(fed(stream, bytes, portion)).toEqual(Buffer.concat(frames.map((each) => blockOf(each))));
        expect(stream.header).toMatchObject({ nanoseconds: true, linkType: 1, snapLength: 128 });
        expect(stream.cut).toBe(0);
      }),
    );
  });

  it.each([
    ['a classic pcap', HEADER, recordOf],
    ['blocks of pcapng', PCAPNG, blockOf],
  ])('uses memory of %s again, but not while something waits in it', (_, header, one) => {
    const frames = Array.from({ length: 60_000 }, (_, n) => ({ seconds: 1_700_000_000, part: n, octets: n % 90 }));
    const bytes = Buffer.concat([header, ...frames.map((each) => one(each))]);
    const whole = Buffer.concat(frames.map((each) => blockOf(each)));
    for (const done of [true, false]) {
      const got = fed(new PacketStream('igb0'), bytes, 100_003, done);
      expect(got.equals(whole)).toBe(true);
    }
  });

  it('is refused where it is something else, or damaged', () => {
    expect(() => fed(new PacketStream('igb0'), Buffer.alloc(30, 'tcpdump: '), 30)).toThrow(CaptureError);
    const record = Buffer.concat([HEADER, Buffer.alloc(16, 255)]);
    expect(() => fed(new PacketStream('igb0'), record, 99)).toThrow(/claims 4294967295 bytes/);
    const block = Buffer.concat([PCAPNG, blockOf({ seconds: 1, part: 1, octets: 8 })]);
    block.writeUInt32LE(41, PCAPNG.length + 4);
    expect(() => fed(new PacketStream('igb0'), block, 99)).toThrow(/claims 41 bytes/);
  });
});

describe('frames of several ports', () => {
  const packetsOf = (frames: readonly Sent[], ticksPerSecond = 1e9): Packets => {
    const memory = new Memory();
    const blocks = frames.map((each) => blockOf(each, ticksPerSecond));
    memory.bytes.set(Buffer.concat(blocks));
    memory.waiting = 1;
    const end = blocks.reduce((sum, { length }) => sum + length, 0);
    return { memory, from: 0, end, last: end - blocks.at(-1)!.length, frames: frames.length };
  };
  const header = (nanoseconds: boolean) => ({ linkType: 1, snapLength: 128, nanoseconds });
  /** Of the frames of a run: time in ticks of the port, and whether its octets are its own. */
  const framesOf = ({ memory: { view, bytes }, from, end }: Run) => {
    const found: { ticks: bigint; octets: Uint8Array }[] = [];
    for (let at = from; at < end; at += view.getUint32(at + 4, true)) {
      const ticks = (BigInt(view.getUint32(at + 12, true)) << 32n) | BigInt(view.getUint32(at + 16, true));
      found.push({ ticks, octets: bytes.subarray(at + 28, at + 28 + view.getUint32(at + 20, true)) });
    }
    return found;
  };

  it('are given in the order of time, each once, in portions and runs of any size', () => {
    const most = fc.constantFrom(1, 2, undefined);
    fc.assert(
      fc.property(lanes, fc.integer({ min: 1, max: 5 }), most, (ports, portion, most) => {
        // The last port has microseconds only.
        const isCoarse = (port: number) => port > 0 && port === ports.length - 1;
        const sorted = ports.map((frames, port) =>
          frames.map((each) => (isCoarse(port) ? { ...each, part: each.part % 1_000_000 } : each)).sort(byTime),
        );
        const order = new InOrder(ports.length, 1000);
        const got: bigint[] = [];
        const memories: Memory[] = [];
        const release = (now: number) =>
          order.release(
            now,
            (run) => {
              const found = framesOf(run);
              expect(found.length).toBe(run.frames);
              expect(found.length).toBeLessThanOrEqual(most ?? Number.POSITIVE_INFINITY);
              for (const { ticks, octets } of found) {
                const part = Number(ticks % (isCoarse(run.port) ? 1_000_000n : 1_000_000_000n));
                expect(octets.every((octet) => octet === (part & 255))).toBe(true);
                got.push(isCoarse(run.port) ? ticks * 1000n : ticks);
              }
            },
            most,
          );
        for (let from = 0; from < 30; from += portion) {
          for (const [port, frames] of sorted.entries()) {
            const some = frames.slice(from, from + portion);
            if (some.length === 0) continue;
            const packets = packetsOf(some, isCoarse(port) ? 1e6 : 1e9);
            memories.push(packets.memory);
            order.add(port, header(!isCoarse(port)), packets, 0);
          }
          release(10);
        }
        for (const port of ports.keys()) order.end(port);
        release(20);
        const sent = sorted.flatMap((frames, port) =>
          frames.map(
            ({ seconds, part }) => BigInt(seconds) * 1_000_000_000n + BigInt(part * (isCoarse(port) ? 1000 : 1)),
          ),
        );
        expect(got).toEqual(sent.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
        expect(memories.every(({ waiting }) => waiting === 0)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('wait for a quiet port no longer than they may, and never for memory', () => {
    const add = (order: InOrder, part: number, now: number) =>
      order.add(0, header(true), packetsOf([{ seconds: 1_700_000_000, part, octets: 10 }]), now);
    const released = (order: InOrder, now: number) => {
      const parts: number[] = [];
      order.release(now, (run) => parts.push(...framesOf(run).map(({ ticks }) => Number(ticks % 1_000_000_000n))));
      return parts;
    };
    const order = new InOrder(2, 1000);
    add(order, 1, 0);
    add(order, 2, 500);
    expect(released(order, 900)).toEqual([]);
    expect(released(order, 1000)).toEqual([1]);
    expect(released(order, 1500)).toEqual([2]);
    const small = new InOrder(2, 1000, 50);
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
