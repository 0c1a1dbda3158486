/** Reads a packed source in memory to its end. */
import { compressionOf } from '../../src/sources/compression.js';
import { PackedSource } from '../../src/sources/packed.js';
import { PackedBytes } from '../../src/sources/packed-bytes.js';
import { memorySource } from './engine-pass.js';

/** @param portion octets that the packed source gives at a time */
export async function unpack(bytes: Uint8Array, portion?: number, most = Number.POSITIVE_INFINITY) {
  const packed = new PackedBytes(memorySource('a.pcap', bytes, portion));
  const compression = await compressionOf(packed);
  if (compression === null) return null;
  const source = new PackedSource('a.pcap', compression, packed);
  const into = new Uint8Array(100_000);
  const parts: Uint8Array[] = [];
  let octets = 0;
  try {
    for (;;) {
      const n = await source.read(into);
      if (n === 0) break;
      octets += n;
      if (octets > most) break;
      parts.push(into.slice(0, n));
    }
    return { compression, bytes: Buffer.concat(parts), failure: source.failure };
  } finally {
    source.close();
  }
}
