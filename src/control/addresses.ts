// Addresses as text: MAC lower-case colon hex, IP as in RFC 5952.

import { isIP } from 'node:net';

/** @param mac 48 bits as a number, exact */
export function macText(mac: number): string {
  // Numbers beyond 32 bits take toString twenty times as long.
  const hex = half(Math.floor(mac / 2 ** 24)) + half(mac % 2 ** 24);
  return `${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}:${hex.slice(6, 8)}:${hex.slice(8, 10)}:${hex.slice(10)}`;
}

const half = (bits24: number) => bits24.toString(16).padStart(6, '0');

/** A MAC address in any usual notation (colons, dashes, dots of Cisco, none); null if it is not one. */
export function parseMac(text: string): number | null {
  const hex = /^([0-9a-f]{1,2}[:-]){5}[0-9a-f]{1,2}$/i.test(text)
    ? text
        .split(/[:-]/)
        .map((byte) => byte.padStart(2, '0'))
        .join('')
    : text.replaceAll('.', '');
  return /^[0-9a-f]{12}$/i.test(hex) ? Number.parseInt(hex, 16) : null;
}

/** An IP address as a number, as a capture could hold it; null for text that is none. */
export function parseIp(text: string): bigint | null {
  const version = isIP(text);
  if (version === 4) return BigInt(text.split('.').reduce((number, byte) => number * 256 + Number(byte), 0));
  if (version === 0) return null;
  // The last 32 bits may be written as an IPv4 address.
  const dotted = /(?:\d+\.){3}\d+$/.exec(text)?.[0];
  const low = dotted === undefined ? null : parseIp(dotted)!;
  const plain =
    low === null
      ? text
      : `${text.slice(0, -dotted!.length)}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`;
  const [head = '', tail] = plain.replace(/%.*$/, '').split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const back = groups(tail ?? '');
  const front = groups(head);
  const zeros = new Array<string>(8 - front.length - back.length).fill('0');
  return [...front, ...zeros, ...back].reduce((number, group) => (number << 16n) | BigInt(`0x${group}`), 0n);
}

/** Broadcast and multicast: the group bit of the first octet. */
export function isGroupMac(mac: number): boolean {
  return (Math.floor(mac / 2 ** 40) & 1) === 1;
}

/** Reads a MAC address; the caller has checked the length. */
export function readMac(view: DataView, at: number): number {
  return view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
}

/** Canonical text of 4 or 16 bytes in network order; null for any other length (no IP). */
export function ipText(bytes: Uint8Array): string | null {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length === 16) return ip6Text(bytes);
  return null;
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) as "::". */
function ip6Text(bytes: Uint8Array): string {
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((bytes[i] << 8) | bytes[i + 1]);
  // Section 5: an IPv4-mapped address is written in mixed notation.
  if (groups.slice(0, 5).every((g) => g === 0) && groups[5] === 0xffff) {
    return `::ffff:${bytes.subarray(12).join('.')}`;
  }

  let runAt = -1;
  let runLength = 1;
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (end < 8 && groups[end] === 0) end++;
    if (end - at > runLength) {
      runAt = at;
      runLength = end - at;
    }
  }
  const hex = groups.map((group) => group.toString(16));
  if (runAt < 0) return hex.join(':');
  return `${hex.slice(0, runAt).join(':')}::${hex.slice(runAt + runLength).join(':')}`;
}
