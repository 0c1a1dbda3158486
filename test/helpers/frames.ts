/** Frames and capture files by code, written from the standards and not from the engine. */

export interface FrameOptions {
  readonly src?: string; // last two hex digits of a MAC, or a whole one
  readonly dst?: string;
  readonly vlans?: readonly number[]; // outermost first
  readonly tagType?: number;
  readonly ip?: 4 | 6;
  readonly srcIp?: string; // dotted, or the last group of 2001:db8::
  readonly dstIp?: string;
  readonly protocol?: 'tcp' | 'udp' | number;
  readonly srcPort?: number;
  readonly dstPort?: number;
  readonly id?: number;
  readonly seq?: number;
  readonly ack?: number;
  readonly flags?: number;
  readonly payload?: number;
  readonly more?: boolean; // MF
  readonly offset?: number; // fragment offset in octets
  readonly options?: number; // octets of IPv4 options, a multiple of 4
  readonly checksum?: number;
  readonly window?: number;
}

const mac = (text: string) =>
  Uint8Array.from((text.includes(':') ? text : `02:00:00:00:00:${text}`).split(':'), (x) => Number.parseInt(x, 16));

/** An Ethernet frame with an IP packet; the payload is zeros. */
export function frame(options: FrameOptions = {}): Uint8Array {
  const { vlans = [], tagType = 0x8100, ip = 4, payload = 0 } = options;
  const body = ip === 4 ? ipv4(options, payload) : ipv6(options, payload);
  const head = [...mac(options.dst ?? '0a'), ...mac(options.src ?? '01')];
  for (const vlan of vlans) head.push(tagType >> 8, tagType & 255, vlan >> 8, vlan & 255);
  head.push(...(ip === 4 ? [0x08, 0x00] : [0x86, 0xdd]));
  const out = new Uint8Array(head.length + body.length);
  out.set(head);
  out.set(body, head.length);
  return out;
}

const number = ({ protocol = 'tcp' }: FrameOptions) => (protocol === 'tcp' ? 6 : protocol === 'udp' ? 17 : protocol);

function transport(options: FrameOptions, payload: number): Uint8Array {
  const later = (options.offset ?? 0) > 0;
  if (later) return new Uint8Array(payload);
  const kind = number(options);
  const header = new Uint8Array((kind === 6 ? 20 : kind === 17 ? 8 : 0) + payload);
  const view = new DataView(header.buffer);
  if (kind === 6 || kind === 17) {
    view.setUint16(0, options.srcPort ?? 1000);
    view.setUint16(2, options.dstPort ?? 5201);
  }
  if (kind === 6) {
    view.setUint32(4, options.seq ?? 1);
    view.setUint32(8, options.ack ?? 1);
    view.setUint8(12, 0x50);
    view.setUint8(13, options.flags ?? 0x10);
    view.setUint16(14, options.window ?? 8192);
    view.setUint16(16, options.checksum ?? 0);
  }
  if (kind === 17) {
    view.setUint16(4, 8 + payload);
    view.setUint16(6, options.checksum ?? 0);
  }
  return header;
}

const dotted = (text: string) => Uint8Array.from(text.split('.'), Number);
const six = (text: string) => {
  const out = new Uint8Array(16);
  out.set([0x20, 0x01, 0x0d, 0xb8]);
  const group = Number.parseInt(text, 16);
  out[14] = group >> 8;
  out[15] = group & 255;
  return out;
};

function ipv4(options: FrameOptions, payload: number): Uint8Array {
  const inner = transport(options, payload);
  const header = 20 + (options.options ?? 0);
  const out = new Uint8Array(header + inner.length);
  const view = new DataView(out.buffer);
  view.setUint8(0, 0x40 | (header / 4));
  view.setUint16(2, out.length);
  view.setUint16(4, options.id ?? 1);
  view.setUint16(6, (options.more ? 0x2000 : 0) | ((options.offset ?? 0) >> 3));
  view.setUint8(8, 64);
  view.setUint8(9, number(options));
  out.set(dotted(options.srcIp ?? '192.0.2.1'), 12);
  out.set(dotted(options.dstIp ?? '192.0.2.10'), 16);
  out.set(inner, header);
  return out;
}

function ipv6(options: FrameOptions, payload: number): Uint8Array {
  const inner = transport(options, payload);
  const fragment = options.more !== undefined || options.offset !== undefined;
  const ahead = 40 + (fragment ? 8 : 0);
  const out = new Uint8Array(ahead + inner.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, 0x60000000);
  view.setUint16(4, out.length - 40);
  view.setUint8(6, fragment ? 44 : number(options));
  view.setUint8(7, 64);
  out.set(six(options.srcIp ?? '1'), 8);
  out.set(six(options.dstIp ?? '10'), 24);
  if (fragment) {
    view.setUint8(40, number(options));
    view.setUint16(42, (options.offset ?? 0) | (options.more ? 1 : 0));
    view.setUint32(44, options.id ?? 1);
  }
  out.set(inner, ahead);
  return out;
}

/** A frame without IP: EtherType and payload as given. */
export function rawFrame(type: number, payload: Uint8Array, { src = '01', dst = '0a' } = {}): Uint8Array {
  return Uint8Array.from([...mac(dst), ...mac(src), type >> 8, type & 255, ...payload]);
}

export interface Captured {
  readonly ns: bigint;
  readonly bytes: Uint8Array;
  readonly wire?: number; // length before truncation
  readonly interface?: number;
}

export interface PcapOptions {
  readonly big?: boolean;
  readonly nanoseconds?: boolean;
  readonly magic?: number;
  readonly linkType?: number;
  readonly snapLength?: number;
}

/** A classic pcap. draft-ietf-opsawg-pcap. */
export function pcap(frames: readonly Captured[], options: PcapOptions = {}): Uint8Array {
  const { big = false, nanoseconds = true, linkType = 1, snapLength = 262144 } = options;
  const size = 24 + frames.reduce((sum, { bytes }) => sum + 16 + bytes.length, 0);
  const out = new Uint8Array(size);
  const view = new DataView(out.buffer);
  view.setUint32(0, options.magic ?? (nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4), !big);
  view.setUint16(4, 2, !big);
  view.setUint16(6, 4, !big);
  view.setUint32(16, snapLength, !big);
  view.setUint32(20, linkType, !big);
  let at = 24;
  for (const { ns, bytes, wire } of frames) {
    view.setUint32(at, Number(ns / 1_000_000_000n), !big);
    view.setUint32(at + 4, Number(ns % 1_000_000_000n) / (nanoseconds ? 1 : 1000), !big);
    view.setUint32(at + 8, bytes.length, !big);
    view.setUint32(at + 12, wire ?? bytes.length, !big);
    out.set(bytes, at + 16);
    at += 16 + bytes.length;
  }
  return out;
}

export interface NgInterface {
  readonly name?: string;
  readonly resolution?: number; // the raw option byte
  readonly linkType?: number;
  readonly offsetSeconds?: bigint;
}

export type NgBlock =
  | { readonly kind: 'section' }
  | { readonly kind: 'interface'; readonly of: NgInterface }
  | {
      readonly kind: 'packet' | 'old-packet';
      readonly ticks: bigint;
      readonly bytes: Uint8Array;
      readonly interface?: number;
      readonly wire?: number;
      readonly flags?: number; // the option of that name
    }
  | { readonly kind: 'simple'; readonly bytes: Uint8Array; readonly wire?: number }
  | { readonly kind: 'statistics'; readonly interface: number; readonly dropped: bigint }
  | { readonly kind: 'other'; readonly type: number; readonly octets: number };

/** A pcapng of the given blocks. draft-ietf-opsawg-pcapng. */
export function pcapng(blocks: readonly NgBlock[], { big = false } = {}): Uint8Array {
  const parts = blocks.map((each) => block(each, big));
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function block(of: NgBlock, big: boolean): Uint8Array {
  switch (of.kind) {
    case 'section':
      return wrap(0x0a0d0d0a, 16, big, (view) => {
        view.setUint32(8, 0x1a2b3c4d, !big);
        view.setUint16(12, 1, !big);
        view.setBigInt64(16, -1n, !big);
      });
    case 'interface': {
      const { name = '', resolution, offsetSeconds } = of.of;
      const text = new TextEncoder().encode(name);
      const padded = (text.length + 3) & ~3;
      const size =
        8 + (name ? 4 + padded : 0) + (resolution === undefined ? 0 : 8) + (offsetSeconds === undefined ? 0 : 12) + 4;
      return wrap(1, size, big, (view, bytes) => {
        view.setUint16(8, of.of.linkType ?? 1, !big);
        view.setUint32(12, 0, !big);
        let at = 16;
        if (name) {
          view.setUint16(at, 2, !big);
          view.setUint16(at + 2, text.length, !big);
          bytes.set(text, at + 4);
          at += 4 + padded;
        }
        if (resolution !== undefined) {
          view.setUint16(at, 9, !big);
          view.setUint16(at + 2, 1, !big);
          view.setUint8(at + 4, resolution);
          at += 8;
        }
        if (offsetSeconds !== undefined) {
          view.setUint16(at, 14, !big);
          view.setUint16(at + 2, 8, !big);
          view.setBigInt64(at + 4, offsetSeconds, !big);
        }
      });
    }
    case 'packet':
    case 'old-packet':
      return wrap(
        of.kind === 'packet' ? 6 : 2,
        20 + pad(of.bytes) + (of.flags === undefined ? 0 : 20),
        big,
        (view, bytes) => {
          if (of.kind === 'packet') view.setUint32(8, of.interface ?? 0, !big);
          else view.setUint16(8, of.interface ?? 0, !big);
          view.setUint32(12, Number(of.ticks >> 32n), !big);
          view.setUint32(16, Number(of.ticks & 0xffffffffn), !big);
          view.setUint32(20, of.bytes.length, !big);
          view.setUint32(24, of.wire ?? of.bytes.length, !big);
          bytes.set(of.bytes, 28);
          if (of.flags === undefined) return;
          const options = 28 + pad(of.bytes);
          view.setUint16(options, 1, !big); // a comment in front
          view.setUint16(options + 2, 3, !big);
          view.setUint16(options + 8, 2, !big);
          view.setUint16(options + 10, 4, !big);
          view.setUint32(options + 12, of.flags, !big);
        },
      );
    case 'simple':
      return wrap(3, 4 + pad(of.bytes), big, (view, bytes) => {
        view.setUint32(8, of.wire ?? of.bytes.length, !big);
        bytes.set(of.bytes, 12);
      });
    case 'statistics':
      return wrap(5, 12 + 12 + 4, big, (view) => {
        view.setUint32(8, of.interface, !big);
        view.setUint16(20, 7, !big);
        view.setUint16(22, 8, !big);
        view.setBigUint64(24, of.dropped, !big);
      });
    case 'other':
      return wrap(of.type, of.octets, big, () => {});
  }
}

const pad = (bytes: Uint8Array) => (bytes.length + 3) & ~3;

function wrap(type: number, body: number, big: boolean, fill: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = new Uint8Array(12 + body);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, !big);
  view.setUint32(4, bytes.length, !big);
  fill(view, bytes);
  view.setUint32(bytes.length - 4, bytes.length, !big);
  return bytes;
}
