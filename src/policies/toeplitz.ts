/** Toeplitz hash of receive-side scaling ("Verifying the RSS hash calculation"), Microsoft's published key unless given. */

import { KeyBytes } from './bytes.js';
import { type Policy, type PolicyFamily, type PolicyKey, policy } from './policy.js';

const DEFAULT_KEY = '6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa';
const [TCP, UDP] = [6, 17];

/** 32 bits of the key from each of its bits on, zeros behind its end. */
function windowsOf(key: string): Uint32Array {
  const bytes = Uint8Array.from(key.match(/../g)!, (byte) => Number.parseInt(byte, 16));
  const windows = new Uint32Array(bytes.length * 8);
  let window = new DataView(bytes.buffer).getUint32(0);
  for (let bit = 0; bit < windows.length; bit++) {
    windows[bit] = window;
    window = (window << 1) | (((bytes[(bit >>> 3) + 4] ?? 0) >> (7 - (bit & 7))) & 1);
  }
  return windows;
}

const DEFAULT_WINDOWS = windowsOf(DEFAULT_KEY);

/** For each set bit of the input, most significant first: XOR in the 32 bits of the key from there on. */
export function toeplitz(bytes: ArrayLike<number>, length = bytes.length, windows = DEFAULT_WINDOWS): number {
  let hash = 0;
  for (let i = 0; i < length; i++) {
    for (let left = bytes[i]; left !== 0; left &= left - 1) hash ^= windows[i * 8 + Math.clz32(left & -left) - 24];
  }
  return hash >>> 0;
}

const read = new KeyBytes();

function readKey(key: PolicyKey, ports: boolean): void {
  read.empty();
  read.pushAddress(key.srcIp);
  read.pushAddress(key.dstIp);
  const { protocol, details } = key;
  if (!ports || (protocol !== TCP && protocol !== UDP)) return;
  if (details?.fragment !== undefined || details?.firstHeader !== undefined) return;
  read.push16(key.srcPort);
  read.push16(key.dstPort);
}

/** @param ports whether the types with ports are on: TCP and UDP over IPv4 and IPv6 */
function rss(ports: boolean, key: string | null): Policy {
  const windows = key === null ? DEFAULT_WINDOWS : windowsOf(key);
  const fields = ports ? 'l3+l4' : 'l3';
  return policy({
    id: `rss-toeplitz:${fields}${key === null ? '' : `;key=${key}`}`,
    description: `Toeplitz hash of ${ports ? 'IP addresses and ports' : 'both IP addresses'}, ${key === null ? 'default' : 'given'} RSS key`,
    reads: ports ? ['ip.src', 'ip.dst', 'l4.srcport', 'l4.dstport'] : ['ip.src', 'ip.dst'],
    parameters: { fields },
    value: (packet) => {
      readKey(packet, ports);
      return toeplitz(read.bytes, read.length, windows);
    },
  });
}

export const toeplitzFamily: PolicyFamily = {
  policies: [rss(false, null), rss(true, null)],
  named({ name, fields, options }) {
    if (name !== 'rss-toeplitz') return null;
    const key = options.get('key') ?? null;
    const [set = 'l3+l4'] = fields;
    // Windows of 32 bits for two IPv6 addresses and ports.
    const isKey = key === null || (/^[0-9a-f]{80,}$/.test(key) && key.length % 2 === 0);
    return /^l3(\+l4)?$/.test(set) && isKey ? rss(set === 'l3+l4', key) : null;
  },
};
