/** ICMP in the flow table: `id` is the type, and behind it the identifier of a query. RFC 792, RFC 950, RFC 4443. */

import type { FlowTable } from '../engine/pass.js';

export const ICMP = 1;
export const ICMPV6 = 58;

export interface IcmpFlow {
  readonly type: number;
  readonly identifier: number | null; // of queries and their answers; an error quotes another flow and has none
}

/** Null for other protocols, and for what may as well be a header that was cut off. */
export function icmpOf(flows: FlowTable, flow: number): IcmpFlow | null {
  const protocol = flows.ipProto(flow);
  const id = flows.id(flow);
  if (id === 0 || (protocol !== ICMP && protocol !== ICMPV6)) return null;
  const type = id >>> 16;
  const isQuery =
    protocol === ICMP ? type === 0 || type === 8 || (type >= 13 && type <= 18) : type === 128 || type === 129;
  return { type, identifier: isQuery ? id & 0xffff : null };
}

export function isIcmp(flows: FlowTable, flow: number): boolean {
  return flows.ipProto(flow) === ICMP || flows.ipProto(flow) === ICMPV6;
}
