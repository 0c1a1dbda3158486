/** Blocks of a pcapng file. draft-ietf-opsawg-pcapng, sections 4.1 (SHB), 4.2 (IDB), 4.3 (EPB) and 4.6 (ISB). */
import { INTERFACE_DESCRIPTION, INTERFACE_STATISTICS, SECTION_HEADER } from './pcapng.js';

const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const PACKET_FIXED = 32; // octets of an enhanced packet block beside its data

export interface WrittenInterface {
  readonly name: string;
  readonly linkType: number;
  readonly snapLength: number;
  readonly nanoseconds: boolean;
  readonly filter?: string;
  readonly bitsPerSecond?: number | null;
}

export interface WrittenStatistics {
  readonly received: number | null;
  readonly droppedByInterface: number | null;
  readonly droppedByKernel: number | null;
}

type Option = readonly [code: number, value: Uint8Array];

const text = (value: string) => new TextEncoder().encode(value);

export function sectionHeader(application: string): Uint8Array {
  const body = new DataView(new ArrayBuffer(16));
  body.setUint32(0, BYTE_ORDER_MAGIC, true);
  body.setUint16(4, 1, true);
  body.setBigInt64(8, -1n, true); // its length is not known beforehand
  return block(SECTION_HEADER, body, [[4, text(application)]]);
}

export function interfaceDescription({
  name,
  linkType,
  snapLength,
  nanoseconds,
  filter,
  bitsPerSecond,
}: WrittenInterface): Uint8Array {
  const body = new DataView(new ArrayBuffer(8));
  body.setUint16(0, linkType, true);
  body.setUint32(4, snapLength, true);
  const options: Option[] = [
    [2, text(name)],
    [9, Uint8Array.of(nanoseconds ? 9 : 6)],
  ];
  const speed = counter(bitsPerSecond ?? null);
  if (speed !== null) options.push([8, speed]);
  if (filter) options.push([11, Uint8Array.of(0, ...text(filter))]); // 0: as libpcap writes filters
  return block(INTERFACE_DESCRIPTION, body, options);
}

export function interfaceStatistics(
  index: number,
  time: { readonly seconds: number; readonly part: number },
  ticksPerSecond: number,
  { received, droppedByInterface, droppedByKernel }: WrittenStatistics,
): Uint8Array {
  const body = new DataView(new ArrayBuffer(12));
  body.setUint32(0, index, true);
  putTime(body, 4, time.seconds, time.part, ticksPerSecond);
  const options: Option[] = [
    [4, counter(received)],
    [5, counter(droppedByInterface)],
    [7, counter(droppedByKernel)],
  ].filter((option): option is [number, Uint8Array] => option[1] !== null);
  return block(INTERFACE_STATISTICS, body, options);
}

function counter(value: number | null): Uint8Array | null {
  if (value === null) return null;
  const octets = new Uint8Array(8);
  new DataView(octets.buffer).setBigUint64(0, BigInt(value), true);
  return octets;
}

function block(type: number, body: DataView, options: readonly Option[]): Uint8Array {
  const padded = (octets: number) => (octets + 3) & ~3;
  const inOptions = options.reduce((sum, [, value]) => sum + 4 + padded(value.length), options.length > 0 ? 4 : 0);
  const octets = 12 + body.byteLength + inOptions;
  const bytes = new Uint8Array(octets);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, octets, true);
  bytes.set(new Uint8Array(body.buffer), 8);
  let at = 8 + body.byteLength;
  for (const [code, value] of options) {
    view.setUint16(at, code, true);
    view.setUint16(at + 2, value.length, true);
    bytes.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  view.setUint32(octets - 4, octets, true);
  return bytes;
}

export const packetOctets = (captured: number) => PACKET_FIXED + ((captured + 3) & ~3);

/** Writes an enhanced packet block at `at`, and says where the next one goes. `out` is zero where nothing was written. */
export function putPacket(
  out: Uint8Array,
  view: DataView,
  at: number,
  packet: {
    readonly index: number;
    readonly seconds: number;
    readonly part: number;
    readonly ticksPerSecond: number;
    readonly wire: number;
    readonly data: Uint8Array;
  },
): number {
  const { data } = packet;
  const octets = packetOctets(data.length);
  view.setUint32(at, ENHANCED_PACKET, true);
  view.setUint32(at + 4, octets, true);
  view.setUint32(at + 8, packet.index, true);
  putTime(view, at + 12, packet.seconds, packet.part, packet.ticksPerSecond);
  view.setUint32(at + 20, data.length, true);
  view.setUint32(at + 24, packet.wire, true);
  out.set(data, at + 28);
  out.fill(0, at + 28 + data.length, at + octets - 4);
  view.setUint32(at + octets - 4, octets, true);
  return at + octets;
}

const HALF = 65536;
const WORD = 4294967296;

/** Ticks since the epoch as two words, without BigInt: they do not fit 53 bits, their parts do. */
function putTime(view: DataView, at: number, seconds: number, part: number, ticksPerSecond: number): void {
  const upper = Math.floor(seconds / HALF) * ticksPerSecond; // in units of 2^16 ticks
  const rest = (upper % HALF) * HALF + (seconds % HALF) * ticksPerSecond + part;
  view.setUint32(at, Math.floor(upper / HALF) + Math.floor(rest / WORD), true);
  view.setUint32(at + 4, rest % WORD, true);
}
