import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CaptureError } from '../../src/errors.js';
import { Xxh32 } from '../../src/sources/xxh32.js';
import { unpack } from '../helpers/unpack.js';

const hex = (digits: string) => Buffer.from(digits.replaceAll(' ', ''), 'hex');
const TEXT = Buffer.from('igb0 igb1 igb0 igb1 igb0 igb1 igb0 igb1 igb2\n');

// What gzip 1.12 -n, zstd 1.5.4 --check and lz4 1.9.4 made of TEXT; lz4Linked with -B4 -BD -BX --content-size.
const PACKED = {
  gzip: hex('1f8b0800000000000003cb4c4f3250c84c4f320411f859465c00409dde502d000000'),
  zstd: hex('28b52ffd04589500006069676230206967623120320a01001d0b12019ec5e7'),
  lz4: hex('04224d186440a7160000009069676230206967623105000f0a000850696762320a00000000aeb4b704'),
  lz4Linked: hex(
    '04224d187c402d0000000000000063160000009069676230206967623105000f0a000850696762320a8634f31000000000aeb4b704',
  ),
};
const SKIPPED = hex('5a2a4d18 03000000 616263');
const refusal = (bytes: Uint8Array) =>
  unpack(bytes).then(
    (result) => result,
    (error: unknown) => (error instanceof CaptureError ? [error.code, error.problem, error.remedy].join('|') : error),
  );

describe('what is packed is unpacked', () => {
  it.each(Object.entries(PACKED))('%s, in portions of any size', async (name, bytes) => {
    for (const portion of [1, 2, 3, 7, 1000]) {
      const result = await unpack(bytes, portion);
      expect(result).toMatchObject({ compression: name.replace('Linked', ''), failure: null });
      expect(result!.bytes).toEqual(TEXT);
    }
  });

  it.each(Object.entries(PACKED))('%s, several one after the other', async (name, bytes) => {
    for (const portion of [1, bytes.length, 1000]) {
      const result = await unpack(Buffer.concat([bytes, bytes, bytes]), portion);
      expect(result).toMatchObject({ failure: null });
      expect(result!.bytes).toEqual(Buffer.concat([TEXT, TEXT, TEXT]));
    }
    const cut = await unpack(Buffer.concat([bytes, bytes.subarray(0, -3)]));
    expect(cut!.failure).toContain(`${name.replace('Linked', '')} data is damaged or cut off at its byte`);
    expect(cut!.bytes.length).toBeGreaterThanOrEqual(TEXT.length);
  });

  it.each(['zstd', 'lz4', 'lz4Linked'] as const)('%s with frames to skip before, between and behind', async (name) => {
    const bytes = PACKED[name];
    const result = await unpack(Buffer.concat([SKIPPED, SKIPPED, bytes, SKIPPED, bytes, SKIPPED]), 5);
    expect(result).toMatchObject({ compression: name.replace('Linked', ''), failure: null });
    expect(result!.bytes).toEqual(Buffer.concat([TEXT, TEXT]));
  });

  it('gzip with zeros behind it, and between its members', async () => {
    const zeros = Buffer.alloc(700);
    for (const portion of [PACKED.gzip.length, 100, 1_000_000]) {
      const result = await unpack(Buffer.concat([PACKED.gzip, zeros, PACKED.gzip, zeros]), portion);
      expect(result).toMatchObject({ failure: null });
      expect(result!.bytes).toEqual(Buffer.concat([TEXT, TEXT]));
    }
  });

  it('gzip with every optional field of its header', async () => {
    const [head, rest] = [Buffer.from(PACKED.gzip.subarray(0, 10)), PACKED.gzip.subarray(10)];
    head[3] = 0x1f;
    const fields = Buffer.concat([hex('0400 61626364'), Buffer.from('igb0.pcap\0a comment\0'), hex('0000')]);
    expect((await unpack(Buffer.concat([head, fields, rest]), 3))!.bytes).toEqual(TEXT);
  });

  it.each(Object.entries(PACKED))('%s, and what follows it and is something else is told', async (name, bytes) => {
    for (const portion of [1, bytes.length, 1000]) {
      const result = await unpack(Buffer.concat([bytes, Buffer.from('garbage')]), portion);
      expect(result!.bytes).toEqual(TEXT);
      expect(result!.failure).toContain(`byte ${bytes.length}: what follows the ${name.replace('Linked', '')} data`);
    }
  });
});

describe('damage', () => {
  it.each(Object.entries(PACKED))('%s cut at every byte says so', async (_, bytes) => {
    for (let cut = 4; cut < bytes.length; cut++) {
      const result = await unpack(bytes.subarray(0, cut)).catch((error: unknown) => error);
      if (result instanceof CaptureError) expect(result.code).toBe('packed-damaged');
      else expect((result as { failure: string }).failure).toContain(`byte ${cut}: it ends too early`);
    }
  });

  it.each(Object.entries(PACKED))('%s with a changed bit is not taken for whole', async (_, bytes) => {
    for (let bit = 32; bit < 8 * bytes.length; bit++) {
      const spoiled = Buffer.from(bytes);
      spoiled[bit >>> 3]! ^= 1 << (bit & 7);
      const result = await unpack(spoiled).catch((error: unknown) => error);
      if (result instanceof CaptureError || result === null) continue;
      const { failure, bytes: given } = result as { failure: string | null; bytes: Buffer };
      // Times, names and hints in the headers of gzip have no checksum: there the data must be right.
      if (failure === null) expect(given).toEqual(TEXT);
    }
  });

  it('keeps what came before it', async () => {
    const plain = Buffer.from(Array.from({ length: 400_000 }, (_, i) => (i * i) >>> 7));
    const bytes = gzipSync(plain);
    const at = Math.floor(bytes.length * 0.9);
    bytes.fill(0xff, at, at + 40);
    const { bytes: given, failure } = (await unpack(bytes))!;
    expect(failure).toMatch(/gzip data is damaged/);
    const before = (await unpack(bytes.subarray(0, at)))!.bytes;
    expect(given.length).toBeGreaterThan(before.length - 65_536);
    const sound = Math.min(given.length, before.length); // deflate notices damage late; the checksum is at its end
    expect(given.subarray(0, sound).equals(plain.subarray(0, sound))).toBe(true);
  });
});

describe('what cannot be unpacked is refused, with the command that does', () => {
  it.each([
    ['a zstd window of 2 GiB', '28b52ffd 04 a8 010000', /packed-window\|.*128 MiB.*\|.*zstd -dc --long=31 'a.pcap'/],
    ['a zstd frame of 1 TiB in one segment', '28b52ffd e4 0000000000010000 010000', /packed-window/],
    ['a zstd dictionary', '28b52ffd 25 07 05 290000 68656c6c6f', /packed-dictionary\|.*zstd -dc -D/],
    ['an lz4 dictionary', '04224d18 61 40 07000000 e3', /packed-dictionary\|.*lz4 -dc -D/],
  ])('%s', async (_, digits, says) => expect(await refusal(hex(digits))).toMatch(says));
});

describe('XXH32', () => {
  // As a second implementation has them, written for this from the same description.
  it.each([
    ['', 0x02cc5d05],
    ['a', 0x550d7456],
    ['abc', 0x32d153ff],
    ['Nobody inspects the spammish repetition', 0xe2293b2f],
  ])('of %j', (text, value) => {
    const bytes = Buffer.from(text);
    expect(new Xxh32().update(bytes).digest()).toBe(value);
    const inPieces = new Xxh32();
    for (const byte of bytes) inPieces.update(Uint8Array.of(byte));
    expect(inPieces.digest()).toBe(value);
  });
});
