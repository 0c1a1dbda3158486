/** The rare blocks of pcapng: sections, interfaces, statistics. draft-ietf-opsawg-pcapng, sections 4.1, 4.2 and 4.6. */

export const SECTION_HEADER = 0x0a0d0d0a;
export const INTERFACE_DESCRIPTION = 1;
export const INTERFACE_STATISTICS = 5;
export const BLOCK_HEAD_OCTETS = 12; // type, length, and a section's byte-order magic

export interface BlockHead {
  readonly type: number;
  readonly length: number;
  readonly swapped: boolean; // big-endian; a section header says so anew
}

/** @returns null if the bytes cannot be a block: a length no block has, or a section without byte order. */
export function readBlockHead(view: DataView, at: number, swapped: boolean): BlockHead | null {
  const type = view.getUint32(at, !swapped);
  if (type === SECTION_HEADER) {
    const magic = view.getUint32(at + 8);
    if (magic !== 0x1a2b3c4d && magic !== 0x4d3c2b1a) return null;
    const big = magic === 0x1a2b3c4d;
    return block(type, view.getUint32(at + 4, !big), big);
  }
  return block(type, view.getUint32(at + 4, !swapped), swapped);
}

function block(type: number, length: number, swapped: boolean): BlockHead | null {
  const least = type === SECTION_HEADER ? 28 : 12;
  return length < least || length % 4 !== 0 ? null : { type, length, swapped };
}

export interface InterfaceDescription {
  readonly linkType: number;
  readonly snapLength: number; // 0: no limit
  readonly name: string | null;
  readonly speed: number | null; // bits per second
  /** Ticks per second as the field says: a power of 10 or of 2. */
  readonly resolution: { readonly base: 2 | 10; readonly exponent: number };
  readonly offsetSeconds: bigint;
}

const OPTIONS_AT = 16;
const IF = { name: 2, speed: 8, resolution: 9, offset: 14, transmitSpeed: 16, receiveSpeed: 17 } as const;
const FASTEST = 1e14; // bits per second: what claims more does not know (Windows gives 2^64 - 1 for a link that is down)
const LONGEST_NAME = 255; // octets; no system has longer ones, and a cut name could be that of another port

/** @param view the whole block, from its type to its trailing length */
export function readInterfaceDescription(view: DataView, swapped: boolean): InterfaceDescription | null {
  const little = !swapped;
  if (view.byteLength < 20) return null;
  let name: string | null = null;
  const speeds = new Map<number, number>();
  let resolution: InterfaceDescription['resolution'] = { base: 10, exponent: 6 };
  let offsetSeconds = 0n;
  for (const { code, at, length } of options(view, OPTIONS_AT, little)) {
    if (code === IF.name && length <= LONGEST_NAME) name = text(view, at, length);
    if ((code === IF.speed || code === IF.transmitSpeed || code === IF.receiveSpeed) && length === 8) {
      const speed = Number(view.getBigUint64(at, little));
      if (speed > 0 && speed <= FASTEST) speeds.set(code, speed);
    }
    if (code === IF.resolution && length >= 1) {
      const value = view.getUint8(at);
      resolution = value & 0x80 ? { base: 2, exponent: value & 0x7f } : { base: 10, exponent: value };
    }
    if (code === IF.offset && length === 8) offsetSeconds = view.getBigInt64(at, little);
  }
  return {
    linkType: view.getUint16(8, little),
    snapLength: view.getUint32(12, little),
    name: name === null || name.trim() === '' ? null : name,
    speed: speedOf(speeds),
    resolution,
    offsetSeconds,
  };
}

/** Of a link that is faster one way than the other there is no one speed. */
function speedOf(speeds: ReadonlyMap<number, number>): number | null {
  const transmit = speeds.get(IF.transmitSpeed);
  const receive = speeds.get(IF.receiveSpeed) ?? transmit;
  return speeds.get(IF.speed) ?? (transmit === undefined || transmit === receive ? (receive ?? null) : null);
}

export interface InterfaceStatistics {
  readonly interface: number;
  readonly received: number | null;
  readonly droppedByInterface: number | null;
  readonly droppedByKernel: number | null;
}

const ISB = { received: 4, droppedByInterface: 5, droppedByKernel: 7 } as const;
const UNKNOWN = 2n ** 64n - 1n; // what Windows gives for a counter it does not keep

export function readInterfaceStatistics(view: DataView, swapped: boolean): InterfaceStatistics | null {
  const little = !swapped;
  if (view.byteLength < 24) return null;
  const counters = new Map<number, number>();
  for (const { code, at, length } of options(view, 20, little)) {
    const value = length === 8 ? view.getBigUint64(at, little) : UNKNOWN;
    if (value !== UNKNOWN) counters.set(code, Number(value));
  }
  return {
    interface: view.getUint32(8, little),
    received: counters.get(ISB.received) ?? null,
    droppedByInterface: counters.get(ISB.droppedByInterface) ?? null,
    droppedByKernel: counters.get(ISB.droppedByKernel) ?? null,
  };
}

/** The options of a block, up to the first that does not fit: a bad one ends the list, not the file. */
function* options(view: DataView, from: number, little: boolean) {
  const end = view.byteLength - 4;
  for (let at = from; at + 4 <= end; ) {
    const code = view.getUint16(at, little);
    const length = view.getUint16(at + 2, little);
    if (code === 0 || at + 4 + length > end) return;
    yield { code, at: at + 4, length };
    at += 4 + ((length + 3) & ~3);
  }
}

/** UTF-8 up to a zero byte. What is none stays told apart: as Latin-1 two names differ where their bytes do. */
function text(view: DataView, at: number, length: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, length);
  const zero = bytes.indexOf(0);
  const name = zero < 0 ? bytes : bytes.subarray(0, zero);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(name);
  } catch {
    return Array.from(name, (byte) => String.fromCharCode(byte)).join('');
  }
}
