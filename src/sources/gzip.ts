/** gzip: any number of members, one after the other (RFC 1952, section 2.2), and zeros behind them, as tapes leave them. */
import { crc32, createInflateRaw } from 'node:zlib';
import { Damage, type PackedBytes } from './packed-bytes.js';

const PIECE = 32 * 1024; // what zlib unpacked of a piece before it met damage is lost, so pieces are small
const LONGEST_TEXT = 64 * 1024; // of a name or comment; there is no limit, but no file system has longer ones
const FLAG = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const;

export async function* unpackGzip(packed: PackedBytes): AsyncGenerator<Uint8Array> {
  for (let member = 0; ; member++) {
    const at = packed.position;
    const head = await packed.ahead(2);
    if (member > 0 && head.length === 0) return;
    if (member > 0 && head[0] === 0) {
      await skipZeros(packed);
      continue;
    }
    if (head[0] !== 0x1f || head[1] !== 0x8b) throw new Damage('what follows the gzip data is no gzip data', at);
    await skipHeader(packed);
    yield* inflate(packed);
  }
}

async function skipZeros(packed: PackedBytes): Promise<void> {
  for (;;) {
    const chunk = await packed.some();
    const zeros = chunk.findIndex((byte) => byte !== 0);
    if (zeros >= 0) packed.back(chunk.length - zeros);
    if (zeros >= 0 || chunk.length === 0) return;
  }
}

async function skipHeader(packed: PackedBytes): Promise<void> {
  const at = packed.position;
  const header = await packed.take(10);
  const [method, flags] = [header[2]!, header[3]!];
  if (method !== 8) throw new Damage(`compression method ${method}; only 8 (deflate) is known`, at + 2);
  if ((flags & FLAG.reserved) !== 0) throw new Damage('reserved flags are set', at + 3);
  if ((flags & FLAG.extra) !== 0) {
    const length = await packed.take(2);
    await packed.skip(length[0]! + 256 * length[1]!);
  }
  for (const text of [FLAG.name, FLAG.comment]) {
    if ((flags & text) !== 0) await skipText(packed);
  }
  if ((flags & FLAG.headerCrc) !== 0) await packed.skip(2);
}

async function skipText(packed: PackedBytes): Promise<void> {
  const at = packed.position;
  while ((await packed.take(1))[0] !== 0) {
    if (packed.position - at > LONGEST_TEXT) throw new Damage('a name in its header does not end', at);
  }
}

/** One member's data, and its checksum and length behind it. */
async function* inflate(packed: PackedBytes): AsyncGenerator<Uint8Array> {
  const inflater = createInflateRaw({ chunkSize: PIECE });
  const from = packed.position;
  let crc = 0;
  let octets = 0;
  // One piece at a time, so that what the member did not need can be given back.
  const feed = async () => {
    for (;;) {
      const chunk = await packed.some();
      if (chunk.length === 0) return inflater.end();
      await new Promise((done) => inflater.write(chunk, done));
      if (inflater.destroyed || inflater.bytesWritten < packed.position - from) return; // it needed no more
    }
  };
  feed().catch((error: Error) => inflater.destroy(error));
  try {
    for await (const piece of inflater as AsyncIterable<Uint8Array>) {
      crc = crc32(piece, crc);
      octets += piece.length;
      yield piece;
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR') throw packed.cut();
    throw code?.startsWith('Z_') ? new Damage(message, from + inflater.bytesWritten) : error;
  } finally {
    inflater.destroy();
  }
  packed.back(packed.position - from - inflater.bytesWritten);
  const at = packed.position;
  const trailer = await packed.take(8);
  const view = new DataView(trailer.buffer, trailer.byteOffset, 8);
  if (view.getUint32(0, true) !== crc) throw new Damage('its checksum does not fit', at);
  if (view.getUint32(4, true) !== octets % 2 ** 32) throw new Damage('its length does not fit', at + 4);
}
