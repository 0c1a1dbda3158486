/** The IP addresses of all flows as numbers, for grouping a million flows without looking at bytes again. */

import type { FlowTable } from '../engine/pass.js';
import { AddressIndex } from './address-index.js';

type Headers = Pick<FlowTable, 'count' | 'hasInner' | 'srcIp' | 'dstIp' | 'innerSrcIp' | 'innerDstIp'>;

/** Columns by flow. Equal addresses have equal numbers, whichever column they are in. */
export interface FlowAddresses {
  readonly src: Int32Array;
  readonly dst: Int32Array;
  readonly innerSrc: Int32Array; // of flows with an inner header
  readonly innerDst: Int32Array;
  bytes(id: number): Uint8Array;
}

/** A table does not change, so its addresses are numbered once for all that ask. */
const made = new WeakMap<Headers, FlowAddresses>();

export function addressesOf(flows: Headers): FlowAddresses {
  const known = made.get(flows);
  if (known !== undefined) return known;
  const addresses = number(flows);
  made.set(flows, addresses);
  return addresses;
}

function number(flows: Headers): FlowAddresses {
  const { count, hasInner } = flows;
  const index = new AddressIndex();
  const [src, dst] = [new Int32Array(count), new Int32Array(count)];
  const inside = hasInner.includes(1) ? count : 0;
  const [innerSrc, innerDst] = [new Int32Array(inside), new Int32Array(inside)];
  for (let flow = 0; flow < count; flow++) {
    src[flow] = index.idOf(flows.srcIp(flow));
    dst[flow] = index.idOf(flows.dstIp(flow));
    if (hasInner[flow] === 0) continue;
    innerSrc[flow] = index.idOf(flows.innerSrcIp(flow));
    innerDst[flow] = index.idOf(flows.innerDstIp(flow));
  }
  return { src, dst, innerSrc, innerDst, bytes: (id) => index.bytes(id) };
}
