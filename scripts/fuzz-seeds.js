// Small captures of every format for the fuzzer to spoil: made here, packed by the programs that are installed.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { inRoot } from './run.js';

const FRAMES = 12;
const FILE_HEADER = 24;
const RECORD_HEADER = 16;

/** @returns {Buffer[]} */
export function defaultSeeds() {
  const whole = readFileSync(inRoot('samples/sf-l23-four-clients/igb0.pcap'));
  const frames = framesOf(whole);
  const classic = Buffer.concat([whole.subarray(0, FILE_HEADER), ...frames.map(({ record }) => record)]);
  const old = Buffer.from(classic);
  old.writeUInt16LE(2, 6); // version 2.2
  const modern = [false, true].map((big) => pcapngOf(frames, big));
  const packed = [classic, modern[0]].flatMap((bytes) => [
    gzipSync(bytes),
    storedInZstd(bytes),
    storedInLz4(bytes),
    ...packedBy('zstd', bytes, '-19', '--check'),
    ...packedBy('zstd', bytes, '-1'),
    ...packedBy('lz4', bytes, '-9', '-B4', '-BD', '-BX'),
    ...packedBy('lz4', bytes),
  ]);
  return [classic, old, withLongerHeaders(whole, frames), ...modern, ...packed];
}

function framesOf(capture) {
  const frames = [];
  for (let at = FILE_HEADER; frames.length < FRAMES; ) {
    const end = at + RECORD_HEADER + capture.readUInt32LE(at + 8);
    frames.push({ record: capture.subarray(at, end), bytes: capture.subarray(at + RECORD_HEADER, end) });
    at = end;
  }
  return frames;
}

/** As Red Hat 6.1 wrote them. */
function withLongerHeaders(capture, frames) {
  const records = frames.flatMap(({ record, bytes }) => [record.subarray(0, RECORD_HEADER), Buffer.alloc(8, 3), bytes]);
  return Buffer.concat([capture.subarray(0, FILE_HEADER), ...records]);
}

/** Two sections, options, statistics, and every block that holds packets. */
function pcapngOf(frames, big) {
  const u16 = (n) => Buffer.from(big ? [n >>> 8, n & 255] : [n & 255, n >>> 8]);
  const u32 = (n) =>
    big ? Buffer.concat([u16(n >>> 16), u16(n & 0xffff)]) : Buffer.concat([u16(n & 0xffff), u16(n >>> 16)]);
  const fill = (bytes) => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
  const option = (code, bytes) => Buffer.concat([u16(code), u16(bytes.length), fill(bytes)]);
  const block = (type, ...body) => {
    const length = u32(12 + body.reduce((sum, part) => sum + part.length, 0));
    return Buffer.concat([u32(type), length, ...body, length]);
  };
  const section = block(
    0x0a0d0d0a,
    u32(0x1a2b3c4d),
    u16(1),
    u16(0),
    Buffer.alloc(8, 255),
    option(4, Buffer.from('fuzz')),
  );
  const described = (name, resolution) =>
    block(
      1,
      u16(1),
      u16(0),
      u32(0),
      option(2, Buffer.from(name)),
      option(9, Buffer.of(resolution)),
      option(14, Buffer.alloc(8, 1)),
      option(0, Buffer.alloc(0)),
    );
  const packets = frames.map(({ bytes }, i) => {
    if (i % 4 === 3) return block(3, u32(bytes.length), fill(bytes));
    const head = i % 4 === 2 ? Buffer.concat([u16(0), u16(0)]) : u32(0);
    return block(i % 4 === 2 ? 2 : 6, head, u32(i), u32(77 * i), u32(bytes.length), u32(bytes.length), fill(bytes));
  });
  const statistics = block(5, u32(0), Buffer.alloc(8), option(5, Buffer.alloc(8, 2)), option(7, Buffer.alloc(8)));
  const others = [4, 9, 10, 0xbad].map((type) => block(type, Buffer.alloc(20, type)));
  return Buffer.concat([
    section,
    described('igb0', 9),
    ...packets,
    statistics,
    ...others,
    section,
    described('igb1', 0xa0),
    ...packets,
  ]);
}

/** One frame of one block that is not compressed, its content size in two bytes. RFC 8878, section 3.1.1. */
function storedInZstd(bytes) {
  const head = Buffer.from('28b52ffd600000000000', 'hex');
  head.writeUInt16LE(bytes.length - 256, 5);
  head.writeUIntLE((bytes.length << 3) | 1, 7, 3);
  return Buffer.concat([head, bytes]);
}

/** One frame of one block that is not compressed, without checksums. */
function storedInLz4(bytes) {
  const size = Buffer.alloc(4);
  size.writeUInt32LE((bytes.length | 0x80000000) >>> 0);
  return Buffer.concat([Buffer.from('04224d18604082', 'hex'), size, bytes, Buffer.alloc(4)]);
}

function packedBy(program, bytes, ...options) {
  const { status, stdout } = spawnSync(program, ['-c', ...options], {
    input: bytes,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  return status === 0 ? [stdout] : [];
}
