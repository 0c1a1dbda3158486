/** Toeplitz hash of receive-side scaling, with Microsoft's published default key ("Verifying the RSS hash calculation"). */

import { BOTH, indexOf, NONE } from '../fields/hypotheses.js';
import { type HeaderKey, type LibraryFunction, push16 } from './function.js';

const DEFAULT_KEY = Uint8Array.from(
  '6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa'.match(/../g)!,
  (byte) => Number.parseInt(byte, 16),
);

/** For each set bit of the input, most significant first: XOR in the 32 bits of the key from there on. */
export function toeplitz(bytes: ArrayLike<number>, key: Uint8Array = DEFAULT_KEY): number {
  let window = ((key[0] << 24) | (key[1] << 16) | (key[2] << 8) | key[3]) >>> 0;
  let hash = 0;
  for (let i = 0; i < bytes.length; i++) {
    for (let bit = 7; bit >= 0; bit--) {
      if ((bytes[i] >> bit) & 1) hash ^= window;
      window = (window << 1) | (((key[i + 4] ?? 0) >> bit) & 1);
    }
  }
  return hash >>> 0;
}

export const toeplitzFunctions: readonly LibraryFunction[] = [
  {
    id: 'rss-toeplitz:l3',
    description: 'Toeplitz hash of both IP addresses, default RSS key',
    hypothesis: indexOf({ mac: NONE, ip: BOTH, port: NONE, singles: 0 }),
    parameters: { fields: 'l3' },
    twins: [],
    value: (key: HeaderKey) => toeplitz([...key.srcIp, ...key.dstIp]),
  },
  {
    id: 'rss-toeplitz:l3+l4',
    description: 'Toeplitz hash of IP addresses and ports, default RSS key',
    hypothesis: indexOf({ mac: NONE, ip: BOTH, port: BOTH, singles: 0 }),
    parameters: { fields: 'l3+l4' },
    twins: [],
    value: (key: HeaderKey) => {
      const bytes = [...key.srcIp, ...key.dstIp];
      push16(bytes, key.srcPort);
      push16(bytes, key.dstPort);
      return toeplitz(bytes);
    },
  },
];
