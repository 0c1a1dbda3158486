/** Frames of any stack of headers, for fast-check: built from the RFCs, told apart by another dissector. */
import fc from 'fast-check';

const u8 = (...bytes: number[]) => Uint8Array.from(bytes);
const be16 = (value: number) => u8(value >> 8, value & 255);
const be32 = (value: number) => u8(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const octets = (n: number) => fc.uint8Array({ minLength: n, maxLength: n });
const port = fc.integer({ min: 20_000, max: 60_000 }); // no port for which tshark has a dissector that might throw
const mac = octets(5).map((rest) => join(u8(2), rest));
const address4 = octets(3).map((rest) => join(u8(10), rest));
const address6 = octets(14).map((rest) => join(u8(0x20, 0x01), rest));

/** A packet, with the EtherType and the protocol number that announce it. */
interface Packet {
  readonly bytes: Uint8Array;
  readonly etherType: number;
}

type Transport = { readonly protocol: number; readonly bytes: Uint8Array };

const payload = octets(24);

const tcp = fc.record({ src: port, dst: port, seq: fc.nat(), options: fc.integer({ min: 0, max: 5 }), payload }).map(
  ({ src, dst, seq, options, payload }): Transport => ({
    protocol: 6,
    bytes: join(
      be16(src),
      be16(dst),
      be32(seq),
      be32(7),
      u8((5 + options) << 4, 0x10),
      be16(512),
      be32(0),
      new Uint8Array(4 * options).fill(1), // no operation
      payload,
    ),
  }),
);

const udpOf = (src: number, dst: number, body: Uint8Array): Transport => ({
  protocol: 17,
  bytes: join(be16(src), be16(dst), be16(8 + body.length), be16(0), body),
});
const udp = fc.record({ src: port, dst: port, payload }).map(({ src, dst, payload }) => udpOf(src, dst, payload));

const sctp = fc.record({ src: port, dst: port }).map(
  ({ src, dst }): Transport => ({
    protocol: 132,
    bytes: join(be16(src), be16(dst), be32(1), be32(0), u8(0, 3, 0, 16), new Uint8Array(12)), // an empty DATA chunk
  }),
);

interface V4Options {
  readonly id: number;
  readonly options: number;
  readonly more: boolean;
  readonly offset: number;
  readonly authenticated: boolean;
}

const usualV4 = fc.record({
  id: fc.nat({ max: 65535 }),
  options: fc.integer({ min: 0, max: 3 }),
  more: fc.constant(false),
  offset: fc.constant(0),
  authenticated: fc.boolean(),
});
const anyV4 = fc.record({
  id: fc.nat({ max: 65535 }),
  options: fc.integer({ min: 0, max: 10 }),
  more: fc.boolean(),
  offset: fc.constantFrom(0, 0, 1, 185),
  authenticated: fc.constant(false),
});

const ah = (next: number, body: Uint8Array) => join(u8(next, 4, 0, 0), be32(0x1001), be32(1), new Uint8Array(12), body);

function ipv4(src: Uint8Array, dst: Uint8Array, of: V4Options, { protocol, bytes }: Transport): Packet {
  const header = 20 + 4 * of.options;
  const body = of.authenticated ? ah(protocol, bytes) : bytes;
  const fragment = (of.more ? 0x2000 : 0) | of.offset;
  return {
    etherType: 0x0800,
    bytes: join(
      u8(0x40 | (header / 4), 0),
      be16(header + body.length),
      be16(of.id),
      be16(fragment),
      u8(64, of.authenticated ? 51 : protocol),
      be16(0),
      src,
      dst,
      new Uint8Array(4 * of.options).fill(1),
      body,
    ),
  };
}

/** Extension headers in front of the transport: hop-by-hop, destination, routing, fragment, AH. */
type Extension = { readonly kind: 0 | 60 | 43 | 44 | 51; readonly more: boolean; readonly offset: number };

const wholeExtension = fc.record({
  kind: fc.constantFrom(0 as const, 60 as const, 43 as const, 51 as const),
  more: fc.constant(false),
  offset: fc.constant(0),
});
const fragmentExtension = fc.record({
  kind: fc.constant(44 as const),
  more: fc.boolean(),
  offset: fc.constantFrom(0, 0, 1, 185),
});

function ipv6(
  src: Uint8Array,
  dst: Uint8Array,
  label: number,
  extensions: readonly Extension[],
  transport: Transport,
): Packet {
  let next = transport.protocol;
  let body = transport.bytes;
  for (const { kind, more, offset } of [...extensions].reverse()) {
    const header =
      kind === 44
        ? join(u8(next, 0), be16((offset << 3) | (more ? 1 : 0)), be32(99))
        : kind === 51
          ? ah(next, new Uint8Array(0))
          : kind === 43
            ? u8(next, 0, 253, 0, 0, 0, 0, 0) // an experimental type without segments left
            : u8(next, 0, 1, 4, 0, 0, 0, 0); // PadN
    body = join(header, body);
    next = kind;
  }
  return {
    etherType: 0x86dd,
    bytes: join(be32(0x6000_0000 | label), be16(body.length), u8(next, 64), src, dst, body),
  };
}

const inner: fc.Arbitrary<Packet> = fc.oneof(
  fc
    .tuple(address4, address4, usualV4, fc.oneof(tcp, udp, sctp))
    .map(([src, dst, of, transport]) => ipv4(src, dst, { ...of, authenticated: false }, transport)),
  fc.tuple(address6, address6, fc.oneof(tcp, udp)).map(([src, dst, transport]) => ipv6(src, dst, 0, [], transport)),
);

const innerFrame = fc
  .tuple(mac, mac, inner, fc.option(fc.nat({ max: 4094 })))
  .map(([src, dst, packet, vlan]) =>
    join(dst, src, vlan === null ? u8() : join(be16(0x8100), be16(vlan)), be16(packet.etherType), packet.bytes),
  );

const vni = fc.integer({ min: 1, max: 0xff_ffff });

const tunnel: fc.Arbitrary<Transport> = fc.oneof(
  inner.map(({ etherType, bytes }): Transport => ({ protocol: etherType === 0x0800 ? 4 : 41, bytes })),
  fc.tuple(inner, fc.boolean(), fc.boolean()).map(
    ([{ etherType, bytes }, keyed, numbered]): Transport => ({
      protocol: 47,
      bytes: join(
        be16((keyed ? 0x2000 : 0) | (numbered ? 0x1000 : 0)),
        be16(etherType),
        keyed ? be32(77) : u8(),
        numbered ? be32(1) : u8(),
        bytes,
      ),
    }),
  ),
  innerFrame.map(
    (bytes): Transport => ({ protocol: 47, bytes: join(be16(0x2000), be16(0x6558), be32(0x1234_5601), bytes) }),
  ),
  fc
    .tuple(port, vni, innerFrame)
    .map(([src, id, frame]) => udpOf(src, 4789, join(be32(0x0800_0000), be32(id << 8), frame))),
  fc
    .tuple(port, vni, innerFrame, fc.integer({ min: 0, max: 3 }))
    .map(([src, id, frame, options]) =>
      udpOf(
        src,
        6081,
        join(
          u8(options * 2, 0),
          be16(0x6558),
          be32(id << 8),
          ...Array.from({ length: options }, () => u8(0x01, 0x03, 0, 1, 0, 0, 0, 0)),
          frame,
        ),
      ),
    ),
  fc
    .tuple(inner, fc.nat({ max: 0x7fff_ffff }), fc.boolean())
    .map(([{ bytes }, id, numbered]) =>
      udpOf(
        2152,
        2152,
        join(
          u8(numbered ? 0x32 : 0x30, 255),
          be16(bytes.length + (numbered ? 4 : 0)),
          be32(id),
          numbered ? u8(0, 1, 0, 0) : u8(),
          bytes,
        ),
      ),
    ),
);

const transport = fc.oneof({ weight: 3, arbitrary: fc.oneof(tcp, udp, sctp) }, { weight: 3, arbitrary: tunnel });

const packet: fc.Arbitrary<Packet> = fc.oneof(
  fc
    .tuple(address4, address4, fc.oneof(usualV4, anyV4), transport)
    .map(([src, dst, of, body]) => ipv4(src, dst, of, body)),
  fc
    .tuple(
      address6,
      address6,
      fc.nat({ max: 0xf_ffff }),
      fc.array(wholeExtension, { maxLength: 3 }),
      fc.option(fragmentExtension, { freq: 4 }),
      transport,
    )
    .map(([src, dst, label, whole, fragment, body]) =>
      ipv6(src, dst, label, fragment === null ? whole : [...whole, fragment], body),
    ),
);

type Shim = (packet: Packet) => Packet;

const tag = (type: number) =>
  fc.nat({ max: 4094 }).map(
    (vlan): Shim =>
      ({ etherType, bytes }) => ({ etherType: type, bytes: join(be16(vlan), be16(etherType), bytes) }),
  );
const labels = fc.array(fc.integer({ min: 16, max: 0xf_ffff }), { minLength: 1, maxLength: 4 }).map(
  (stack): Shim =>
    ({ bytes }) => ({
      etherType: 0x8847,
      bytes: join(...stack.map((label, i) => be32((label << 12) | (i === stack.length - 1 ? 0x100 : 0) | 64)), bytes),
    }),
);
const pppoe = fc.integer({ min: 1, max: 65535 }).map(
  (session): Shim =>
    ({ etherType, bytes }) => ({
      etherType: 0x8864,
      bytes: join(u8(0x11, 0), be16(session), be16(bytes.length + 2), be16(etherType === 0x0800 ? 0x21 : 0x57), bytes),
    }),
);
const snap = fc.constant<Shim>(({ etherType, bytes }) => ({
  etherType: bytes.length + 8, // a length: this shim is the outermost
  bytes: join(u8(0xaa, 0xaa, 3, 0, 0, 0), be16(etherType), bytes),
}));

const identity = fc.constant<Shim>((packet) => packet);

/** The shim next to the packet, and tags around it. */
const framed = (shims: fc.Arbitrary<Shim>, tagTypes: readonly number[]) =>
  fc
    .tuple(mac, mac, shims, fc.array(fc.constantFrom(...tagTypes).chain(tag), { maxLength: 3 }), packet)
    .map(([src, dst, shim, tags, body]) => {
      const shimmed = tags.reduce((inside, tagged) => tagged(inside), shim(body));
      return join(dst, src, be16(shimmed.etherType), shimmed.bytes);
    });

/**
 * An Ethernet frame: addresses, up to three tags, perhaps labels, PPPoE or SNAP, an IP packet, perhaps a tunnel in it. Only
 * what tshark 4.0 knows: no tags of type 0x9200, and no 802.3 length behind others than 0x8100.
 */
export const stackedFrame: fc.Arbitrary<Uint8Array> = fc.oneof(
  {
    weight: 6,
    arbitrary: framed(fc.oneof({ weight: 4, arbitrary: identity }, labels, pppoe), [0x8100, 0x88a8, 0x9100]),
  },
  { weight: 1, arbitrary: framed(snap, [0x8100]) },
);
