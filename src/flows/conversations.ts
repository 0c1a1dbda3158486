/** Conversations as tshark counts them: unordered pairs of address and port, VLAN and MACs ignored, port reuse not split. */
import type { FlowTable } from '../engine/pass.js';
import { NumberIndex } from '../stats/number-index.js';
import { pairOf } from './address-index.js';
import { addressesOf } from './flow-addresses.js';

export function conversations(flows: FlowTable, protocol: number): number {
  const { count, ipProto, hasPorts, srcPort, dstPort } = flows;
  const { src, dst } = addressesOf(flows);
  const ends = new NumberIndex();
  const seen = new NumberIndex();
  for (let flow = 0; flow < count; flow++) {
    if (ipProto[flow] !== protocol || hasPorts[flow] === 0) continue;
    const a = ends.idOf(src[flow] * 65536 + srcPort[flow]);
    const b = ends.idOf(dst[flow] * 65536 + dstPort[flow]);
    seen.idOf(pairOf(Math.min(a, b), Math.max(a, b)));
  }
  return seen.size;
}
