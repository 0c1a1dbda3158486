/** Flows inside of tunnels, and senders that look into them. */

import type { HeaderField } from '../../src/document/schema.js';
import { TUNNEL } from '../../src/engine/pass.js';
import { fieldText, type Header } from './headers.js';
import type { Random } from './random.js';
import type { Sender } from './sender.js';

const [IP_IN_IP, GRE] = [4, 47];

/** Seven of ten flows go through tunnels from a few gateways to the server; the others do not. */
export function tunnelled(random: Random, headers: readonly Header[]): Header[] {
  const protocol = random.pick([IP_IN_IP, GRE]);
  const gateways = Array.from({ length: 2 + random.below(3) }, () => ({
    mac: random.below(2 ** 22) * 2 ** 25 + random.below(2 ** 24),
    ip: Uint8Array.of(10, 90, random.below(4), 1 + random.below(250)),
  }));
  return headers.map((header) => {
    if (random.chance(0.3)) return header;
    const gateway = random.pick(gateways);
    const { srcIp, dstIp, srcPort, dstPort } = header;
    return {
      ...header,
      srcMac: gateway.mac,
      srcIp: gateway.ip,
      dstIp: headers[0].dstIp,
      dstMac: headers[0].dstMac,
      protocol,
      srcPort: 0,
      dstPort: 0,
      inner: {
        tunnel: protocol === GRE ? TUNNEL.gre : TUNNEL.ipInIp,
        unnamed: '',
        srcIp,
        dstIp,
        protocol: header.protocol,
        srcPort,
        dstPort,
      },
    };
  });
}

/** What a sender that looks inside reads in place of the outer header. */
export function inside(header: Header): Header {
  if (header.inner === null) return header;
  const { srcIp, dstIp, protocol, srcPort, dstPort } = header.inner;
  return { ...header, srcIp, dstIp, protocol, srcPort, dstPort, inner: null };
}

const REPLACED: readonly HeaderField[] = ['ip.src', 'ip.dst', 'ip.proto', 'l4.srcport', 'l4.dstport'];

/** Of the outer fields it reads those of flows without a tunnel alone: one that does not vary there is not used. */
export function lookingInside(sender: Sender, headers: readonly Header[]): Sender {
  const plain = headers.filter(({ inner }) => inner === null);
  const isRead = (field: HeaderField) =>
    !REPLACED.includes(field) || new Set(plain.map((header) => fieldText(header, field))).size > 1;
  const read = [...sender.fields];
  return {
    ...sender,
    name: `${sender.name}, inside`,
    fields: new Set([
      ...read.filter(isRead),
      ...read.filter((field) => REPLACED.includes(field)).map((field) => `inner.${field}` as HeaderField),
    ]),
    bucket: (header) => sender.bucket(inside(header)),
  };
}
