/** What a source is packed with, by its first bytes; the code that unpacks it is loaded only then. */
import type { PackedBytes } from './packed-bytes.js';

export type Compression = 'gzip' | 'zstd' | 'lz4';

/** Unpacks to the end, in pieces that are valid until the next one is asked for. Throws Damage, or CaptureError for a refusal. */
export type Unpacker = (packed: PackedBytes) => AsyncGenerator<Uint8Array>;

export async function unpackerOf(compression: Compression): Promise<Unpacker> {
  if (compression === 'gzip') return (await import('./gzip.js')).unpackGzip;
  if (compression === 'zstd') return (await import('./zstd.js')).unpackZstd;
  return (await import('./lz4.js')).unpackLz4;
}

/** zstd and lz4 share frames that hold something else: readers pass over them. RFC 8878, section 3.1.2. */
export const isSkippable = (magic: number) => magic >>> 4 === 0x184d2a5;

/** @returns null for what is not packed, or not with these; only frames to skip are taken from it. */
export async function compressionOf(packed: PackedBytes): Promise<Compression | null> {
  for (;;) {
    const head = await packed.ahead(8);
    if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
    if (head.length < 4) return null;
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const magic = view.getUint32(0, true);
    if (magic === 0xfd2fb528) return 'zstd';
    if (magic === 0x184d2204) return 'lz4';
    if (!isSkippable(magic) || head.length < 8) return null;
    await packed.skip(8 + view.getUint32(4, true));
  }
}
