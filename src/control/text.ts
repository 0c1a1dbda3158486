/**
 * Text as the sender wrote it. Invalid UTF-8 becomes U+FFFD; control characters stay, views make them visible. Only NULs at
 * the end go: some senders terminate names with one although the length says it all.
 */
export function rawText(view: DataView, at: number, end: number): string {
  // ignoreBOM: a byte order mark is data too, and must not vanish.
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, end - at);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).replace(/\0+$/, '');
}

/** Octets that are no text: colon hex. */
export function hexText(view: DataView, at: number, end: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, end - at);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}
