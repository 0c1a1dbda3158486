/** Header fields as the words and bytes that formulas are written in. */

/** An address as one word: IPv4 as it is, IPv6 as the XOR of its four words; 0 without one. Big-endian. */
export function ip32(address: Uint8Array): number {
  let word = 0;
  for (let at = 0; at < address.length; at++) word ^= address[at] << (24 - 8 * (at & 3));
  return word >>> 0;
}

/** The same bytes read by a little-endian host. */
export function swap32(word: number): number {
  return (((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}

/** Four bytes of an address as a little-endian host reads them; 0 behind its end. */
export function word32(address: Uint8Array, at: number): number {
  return (address[at] | (address[at + 1] << 8) | (address[at + 2] << 16) | (address[at + 3] << 24)) >>> 0;
}

export const macHigh = (mac: number) => Math.floor(mac / 2 ** 32); // the first two bytes
export const macLow = (mac: number) => mac >>> 0; // the last four

/** XOR of the six bytes. */
export function macByteXor(mac: number): number {
  return xorBytes(macLow(mac)) ^ xorBytes(macHigh(mac));
}

export function xorBytes(word: number): number {
  const half = word ^ (word >>> 16);
  return (half ^ (half >>> 8)) & 0xff;
}

/** Bytes of a key in the order a function reads them. One buffer for key after key: no arrays are made. */
export class KeyBytes {
  readonly bytes = new Uint8Array(64); // the longest key has two MAC addresses, a VLAN, two of IPv6, ports and a protocol
  length = 0;

  empty(): this {
    this.length = 0;
    return this;
  }

  push8(value: number): void {
    this.bytes[this.length++] = value;
  }

  push16(value: number): void {
    this.push8(value >>> 8);
    this.push8(value);
  }

  push32(value: number): void {
    this.push16(value >>> 16);
    this.push16(value);
  }

  pushMac(mac: number): void {
    this.push16(macHigh(mac));
    this.push32(macLow(mac));
  }

  pushAddress(address: Uint8Array): void {
    for (let at = 0; at < address.length; at++) this.push8(address[at]);
  }
}
