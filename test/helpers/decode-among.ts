/** Decodes `bytes` from the middle of a buffer of `filler`, so that a decoder that looks beyond its own bytes gives itself away. */
export function decodeAmong<R>(
  decode: (view: DataView, at: number, end: number) => R,
  filler: number,
  bytes: Uint8Array,
): R {
  const buffer = new Uint8Array(bytes.length + 64).fill(filler);
  buffer.set(bytes, 32);
  return decode(new DataView(buffer.buffer), 32, 32 + bytes.length);
}
