/** Conversations as tshark counts them: unordered pairs of address and port, VLAN and MACs ignored, port reuse not split. */
import type { FlowTable } from '../engine/pass.js';

/**
 * Pairs are told apart by 52 bits of two hashes: a million of them collide with chance 10^-4, and a key for each would take
 * a hundred megabytes.
 */
export function conversations(flows: FlowTable, protocol: number): number {
  const seen = new Set<number>();
  for (let flow = 0; flow < flows.count; flow++) {
    if (flows.ipProto[flow] !== protocol || flows.hasPorts[flow] === 0) continue;
    const a = end(flows.srcIp(flow), flows.srcPort[flow]!);
    const b = end(flows.dstIp(flow), flows.dstPort[flow]!);
    // Both orders give the same number.
    seen.add(((a.high + b.high) % 2 ** 26) * 2 ** 26 + ((a.low + b.low) % 2 ** 26));
  }
  return seen.size;
}

function end(ip: Uint8Array, port: number): { high: number; low: number } {
  let high = 0x811c9dc5;
  let low = 0x9747b28c;
  const mix = (value: number) => {
    high = Math.imul(high ^ value, 0x01000193);
    low = Math.imul(low ^ value, 0x85ebca6b);
    low ^= low >>> 13;
  };
  for (const byte of ip) mix(byte);
  mix(port >> 8);
  mix(port & 255);
  high = Math.imul(high ^ (high >>> 15), 0x2c1b3c6d);
  low = Math.imul(low ^ (low >>> 16), 0x297a2d39);
  return { high: (high ^ (high >>> 12)) >>> 0, low: (low ^ (low >>> 15)) >>> 0 };
}
