/** What the parts of the analysis document are made of. */
import { z } from 'zod';

export const count = z.int().nonnegative();
export const share = z.number().min(0).max(1);
export const time = z.string().regex(/^-?\d+\.\d{9}$/);
export const text = z.string();
export const portName = z.string();
export const range = z.tuple([z.number(), z.number()]);

/** Null in documents that are older. */
export const later = <T extends z.ZodType>(type: T) => z.nullable(type).default(null);

export const HEADER_FIELDS = [
  'eth.src',
  'eth.dst',
  'eth.type',
  'vlan.id',
  'ip.src',
  'ip.dst',
  'ip.proto',
  'l4.srcport',
  'l4.dstport',
  'ipv6.flow',
  'mpls.label',
  'inner.ip.src',
  'inner.ip.dst',
  'inner.ip.proto',
  'inner.l4.srcport',
  'inner.l4.dstport',
] as const;

export const headerField = z.enum(HEADER_FIELDS);

/** One packet that opens in Wireshark: `wireshark -r SOURCE -g FRAME`. `frame` is 1-based in that input. */
export const evidence = z.object({ source: text, frame: count.nullable(), filter: text });

const innerFlow = z.object({
  ipSrc: text.nullable(),
  ipDst: text.nullable(),
  ipProto: count.nullable(),
  srcPort: count.nullable(),
  dstPort: count.nullable(),
  id: count.nullable(),
});

/** One direction of one 5-tuple in one VLAN between two MACs. */
export const flow = z.object({
  ethSrc: text.nullable(),
  ethDst: text.nullable(),
  vlan: count.nullable(),
  ipSrc: text.nullable(),
  ipDst: text.nullable(),
  ipProto: count.nullable(),
  srcPort: count.nullable(),
  dstPort: count.nullable(),
  id: count.nullable(),
  inner: innerFlow.nullable(),
});
