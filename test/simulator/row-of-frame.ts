import type { HashRow } from '../../src/flows/rows.js';
import { ICMP, MAIN, NO_IP } from '../../src/flows/rows.js';
import { row } from '../unit/inference/rows.js';

const ETHERTYPE_VLAN = 0x8100;
const WITH_PORTS = new Set([6, 17, 132]); // TCP, UDP, SCTP

/** The row a frame would give, tags seen as metadata; null for what makes no row of its own (fragments, extensions). */
export function rowOfFrame(hex: string): HashRow | null {
  const bytes = Uint8Array.from(hex.match(/../g)!, (byte) => Number.parseInt(byte, 16));
  const view = new DataView(bytes.buffer);
  const mac = (at: number) => view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
  let etherType = view.getUint16(12);
  let at = 14;
  let vlan = 0;
  if (etherType === ETHERTYPE_VLAN) {
    vlan = view.getUint16(14) & 0xfff;
    etherType = view.getUint16(16);
    at = 18;
  }
  const link = { dstMac: mac(0), srcMac: mac(6), etherType, vlan };
  const none = new Uint8Array(0);
  if (etherType === 0x0800) {
    if (view.getUint16(at + 6) & 0x3fff) return null; // a fragment
    const l4 = at + (bytes[at] & 15) * 4;
    return network(link, bytes[at + 9], bytes.slice(at + 12, at + 16), bytes.slice(at + 16, at + 20), view, l4, 0);
  }
  if (etherType === 0x86dd) {
    const label = view.getUint32(at) & 0xfffff;
    const next = bytes[at + 6];
    if (next === 0 || next === 44) return null;
    return network(link, next, bytes.slice(at + 8, at + 24), bytes.slice(at + 24, at + 40), view, at + 40, label);
  }
  return row({ ...link, kind: NO_IP, srcIp: none, dstIp: none, protocol: 0, srcPort: 0, dstPort: 0 });
}

function network(
  link: Partial<HashRow>,
  protocol: number,
  srcIp: Uint8Array,
  dstIp: Uint8Array,
  view: DataView,
  at: number,
  flowLabel: number,
): HashRow {
  const ports = WITH_PORTS.has(protocol);
  return row({
    ...link,
    kind: protocol === 1 || protocol === 58 ? ICMP : MAIN,
    protocol,
    srcIp,
    dstIp,
    flowLabel,
    srcPort: ports ? view.getUint16(at) : 0,
    dstPort: ports ? view.getUint16(at + 2) : 0,
  });
}
