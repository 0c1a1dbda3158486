/** Toeplitz hash of receive-side scaling, with Microsoft's published default key ("Verifying the RSS hash calculation"). */

import { BOTH, indexOf, NONE } from '../fields/hypotheses.js';
import { type HeaderKey, KeyBytes, type LibraryFunction } from './function.js';

const DEFAULT_KEY = Uint8Array.from(
  '6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa'.match(/../g)!,
  (byte) => Number.parseInt(byte, 16),
);

/** 32 bits of the key from each of its bits on, zeros behind its end. */
const WINDOWS = (() => {
  const windows = new Uint32Array(DEFAULT_KEY.length * 8);
  let window = new DataView(DEFAULT_KEY.buffer).getUint32(0);
  for (let bit = 0; bit < windows.length; bit++) {
    windows[bit] = window;
    window = (window << 1) | (((DEFAULT_KEY[(bit >>> 3) + 4] ?? 0) >> (7 - (bit & 7))) & 1);
  }
  return windows;
})();

/** For each set bit of the input, most significant first: XOR in the 32 bits of the key from there on. */
export function toeplitz(bytes: ArrayLike<number>, length = bytes.length): number {
  let hash = 0;
  for (let i = 0; i < length; i++) {
    for (let left = bytes[i]; left !== 0; left &= left - 1) hash ^= WINDOWS[i * 8 + Math.clz32(left & -left) - 24];
  }
  return hash >>> 0;
}

const read = new KeyBytes();

function addresses(key: HeaderKey): KeyBytes {
  read.empty();
  read.pushAddress(key.srcIp);
  read.pushAddress(key.dstIp);
  return read;
}

export const toeplitzFunctions: readonly LibraryFunction[] = [
  {
    id: 'rss-toeplitz:l3',
    description: 'Toeplitz hash of both IP addresses, default RSS key',
    hypothesis: indexOf({ mac: NONE, ip: BOTH, port: NONE, singles: 0 }),
    parameters: { fields: 'l3' },
    twins: [],
    value: (key: HeaderKey) => toeplitz(addresses(key).bytes, read.length),
  },
  {
    id: 'rss-toeplitz:l3+l4',
    description: 'Toeplitz hash of IP addresses and ports, default RSS key',
    hypothesis: indexOf({ mac: NONE, ip: BOTH, port: BOTH, singles: 0 }),
    parameters: { fields: 'l3+l4' },
    twins: [],
    value: (key: HeaderKey) => {
      const { bytes } = addresses(key);
      read.push16(key.srcPort);
      read.push16(key.dstPort);
      return toeplitz(bytes, read.length);
    },
  },
];
