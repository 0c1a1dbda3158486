import type { HeaderKey } from '../fields/observations.js';

export type { HeaderKey };

/** One way to choose a port. Pure: the same key always gives the same number. */
export interface LibraryFunction {
  readonly id: string; // policy id, as the document has it
  readonly description: string;
  readonly hypothesis: number; // the fields it reads, as an index of hypotheses.ts
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly twins: readonly string[]; // ids of other products whose formula is the same, up to the order of ports
  /** 32 bits, unsigned; bucket = value mod number of ports. */
  value(key: HeaderKey): number;
}

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

const SIX = 6;

export function pushMac(bytes: number[], mac: number): void {
  for (let byte = 0; byte < SIX; byte++) bytes.push(Math.floor(mac / 2 ** (8 * (SIX - 1 - byte))) & 0xff);
}

export function push16(bytes: number[], value: number): void {
  bytes.push((value >>> 8) & 0xff, value & 0xff);
}
