import type { Arp, Icmp, InnerPacket, PacketDetails, PolicyKey, VlanTag } from '../../../src/policies/policy.js';

const TAGS = new Set([0x8100, 0x88a8, 0x9100, 0x9200]);
const [IPV4, ARP, IPV6] = [0x0800, 0x0806, 0x86dd];
const [ICMP, TCP, UDP, GRE, ESP, AH, ICMPV6, FRAGMENT] = [1, 6, 17, 47, 50, 51, 58, 44];
const WITH_PORTS = new Set([TCP, UDP, 33, 132, 136]);
const EXTENSIONS = new Set([0, 43, 60, FRAGMENT]);
const none = new Uint8Array(0);

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Network = Pick<PolicyKey, 'srcIp' | 'dstIp' | 'protocol' | 'srcPort' | 'dstPort' | 'flowLabel'> & {
  readonly inner: InnerPacket | null;
};

export const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g)!, (byte) => Number.parseInt(byte, 16));

/** All that a known sender can read of a frame: decoded here, by the layouts of the standards, for the tests alone. */
export function packetOf(frame: Uint8Array): PolicyKey {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const mac = (at: number) => view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
  const tags: VlanTag[] = [];
  let at = 12;
  while (TAGS.has(view.getUint16(at))) {
    tags.push({ type: view.getUint16(at), tci: view.getUint16(at + 2) });
    at += 4;
  }
  const etherType = view.getUint16(at);
  const details: Writable<PacketDetails> = { tags, frame };
  const network = networkOf(frame.subarray(at + 2), etherType, details);
  if (etherType === ARP) details.arp = arpOf(view, frame, at + 2);
  return {
    dstMac: mac(0),
    srcMac: mac(6),
    etherType,
    vlan: tags.length > 0 ? tags[0].tci & 0xfff : 0,
    ...network,
    details,
  };
}

const arpOf = (view: DataView, frame: Uint8Array, at: number): Arp => ({
  operation: view.getUint16(at + 6),
  srcIp: frame.slice(at + 14, at + 18),
  dstIp: frame.slice(at + 24, at + 28),
});

function networkOf(bytes: Uint8Array, etherType: number, details: Writable<PacketDetails>): Network {
  if (etherType === IPV4) return ipv4(bytes, details);
  if (etherType === IPV6) return ipv6(bytes, details);
  return { srcIp: none, dstIp: none, protocol: 0, srcPort: 0, dstPort: 0, flowLabel: 0, inner: null };
}

function ipv4(ip: Uint8Array, details: Writable<PacketDetails>): Network {
  const view = new DataView(ip.buffer, ip.byteOffset, ip.length);
  const header = (ip[0] & 15) * 4;
  const fragment = view.getUint16(6);
  if (fragment & 0x1fff) details.fragment = 'later';
  else if (fragment & 0x2000) details.fragment = 'first';
  details.ipId = view.getUint16(4);
  details.ipOptions = ip.slice(20, header);
  details.afterIp = ip.slice(header, header + 8);
  const addresses = { srcIp: ip.slice(12, 16), dstIp: ip.slice(16, 20), protocol: ip[9], flowLabel: 0 };
  return { ...addresses, ...transport(ip.subarray(header), ip[9], details) };
}

function ipv6(ip: Uint8Array, details: Writable<PacketDetails>): Network {
  const view = new DataView(ip.buffer, ip.byteOffset, ip.length);
  details.afterIp = ip.slice(40, 48);
  let protocol = ip[6];
  let at = 40;
  if (EXTENSIONS.has(protocol)) details.firstHeader = protocol;
  while (EXTENSIONS.has(protocol)) {
    if (protocol === FRAGMENT) {
      details.fragment = view.getUint16(at + 2) & 0xfff8 ? 'later' : 'first';
      details.ipId = view.getUint32(at + 4);
    }
    const length = protocol === FRAGMENT ? 8 : (ip[at + 1] + 1) * 8;
    protocol = ip[at];
    at += length;
  }
  const addresses = {
    srcIp: ip.slice(8, 24),
    dstIp: ip.slice(24, 40),
    protocol,
    flowLabel: view.getUint32(0) & 0xfffff,
  };
  return { ...addresses, ...transport(ip.subarray(at), protocol, details) };
}

function transport(bytes: Uint8Array, protocol: number, details: Writable<PacketDetails>) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const whole = { srcPort: 0, dstPort: 0, inner: null };
  if (details.fragment === 'later') return whole;
  if (protocol === ESP) details.spi = view.getUint32(0);
  if (protocol === AH) details.spi = view.getUint32(4);
  if (protocol === ICMP || protocol === ICMPV6) details.icmp = icmpOf(bytes, protocol);
  if (protocol === GRE) return { ...whole, inner: innerOf(bytes.subarray(4), view.getUint16(2)) };
  if (!WITH_PORTS.has(protocol)) return whole;
  details.hasPayload = bytes.length > (protocol === TCP ? 20 : 8);
  return { srcPort: view.getUint16(0), dstPort: view.getUint16(2), inner: null };
}

function innerOf(bytes: Uint8Array, etherType: number): InnerPacket {
  const { srcIp, dstIp, protocol, srcPort, dstPort } = networkOf(bytes, etherType, {});
  return { srcIp, dstIp, protocol, srcPort, dstPort };
}

function icmpOf(bytes: Uint8Array, protocol: number): Icmp {
  const [type, code] = bytes;
  const isError = protocol === ICMP ? [3, 4, 5, 11, 12].includes(type) : type >= 1 && type <= 4;
  const isQuery = protocol === ICMP ? [0, 8, 13, 14].includes(type) : type === 128 || type === 129;
  return {
    type,
    code,
    identifier: isQuery ? (bytes[4] << 8) | bytes[5] : null,
    quoted: isError ? innerOf(bytes.subarray(8), protocol === ICMP ? IPV4 : IPV6) : null,
  };
}
