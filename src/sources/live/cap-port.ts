/**
 * A member port, captured by the npm package cap: for where native/capture cannot be compiled and that one could. It hands over
 * frames without their time and counts no drops, so less may be concluded, and the document says so.
 */
import { CaptureError, UsageError } from '../../errors.js';
import type { Stream } from '../spool.js';
import { permissionRemedy } from './remedies.js';

type Cap = import('cap').Cap;
type CapClass = typeof import('cap').Cap;

export const CAP_LIMITS = [
  'Captured by the npm package cap: times are those at which frames arrived in this process, port after port, so the order of frames of different ports within a second says nothing.',
  'The npm package cap counts no lost frames: loads may be too low, and what looks like loss may be loss of the capture.',
];
/** It hands over what one port has, then what the next one has: whole bursts change their order. */
export const CAP_SKEW_SECONDS = 1;

const LINK_TYPES: Readonly<Record<string, number>> = { ETHERNET: 1, NULL: 0, RAW: 101 };
const LARGEST_FRAME = 65_535;
const QUEUE_OCTETS = 16 * 1024 * 1024;
const RECORD_HEADER = 16;

/** @throws CaptureError where it is not there, or not compiled */
export async function loadCap(): Promise<CapClass> {
  try {
    const loaded = (await import('cap')) as { default?: { Cap: CapClass }; Cap?: CapClass };
    return (loaded.default ?? (loaded as { Cap: CapClass })).Cap;
  } catch (error) {
    throw new CaptureError(
      'capture-no-cap',
      { source: 'cap' },
      `the npm package cannot be loaded: ${(error as Error).message.split('\n')[0]}`,
      'It is compiled when it is installed, for which libpcap-dev has to be there: npm rebuild cap. Or leave out --backend cap.',
    );
  }
}

export interface CapOptions {
  readonly filter: string;
  readonly snapLength: number;
  readonly bufferOctets: number;
}

export class CapPort implements Stream {
  readonly size = null;
  stopped = false;
  readonly #cap: Cap;
  readonly #frame = Buffer.alloc(LARGEST_FRAME);
  readonly #snapLength: number;
  readonly #records: Buffer[]; // taken up to #next
  #next = 0;
  #waiting = 0;
  #dropped = 0;
  #wake: () => void = () => undefined;

  constructor(
    Class: CapClass,
    readonly name: string,
    { filter, snapLength, bufferOctets }: CapOptions,
  ) {
    this.#snapLength = snapLength;
    this.#cap = new Class();
    let linkType: string;
    try {
      linkType = this.#cap.open(name, filter, bufferOctets, this.#frame);
    } catch (error) {
      throw refused(name, (error as Error).message);
    }
    this.#records = [fileHeader(LINK_TYPES[linkType] ?? 1, snapLength)];
    this.#cap.on('packet', (octets) => this.#keep(octets));
  }

  get failure(): string | null {
    return this.#dropped === 0 ? null : `${this.#dropped} frames found no room in this process`;
  }

  async read(into: Uint8Array): Promise<number> {
    while (this.#next === this.#records.length) {
      if (this.stopped) return 0;
      this.#records.length = 0;
      this.#next = 0;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    let filled = 0;
    for (; this.#next < this.#records.length; this.#next++) {
      const record = this.#records[this.#next]!;
      if (filled + record.length > into.length) break;
      into.set(record, filled);
      filled += record.length;
    }
    this.#waiting -= filled;
    return filled;
  }

  /** It has no end of its own: what it has read until now is what there is. */
  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.#cap.close();
    this.#wake();
  }

  close(): void {
    this.stop();
  }

  #keep(octets: number): void {
    const captured = Math.min(octets, this.#snapLength);
    if (this.#waiting + RECORD_HEADER + captured > QUEUE_OCTETS) {
      this.#dropped++;
      return;
    }
    const time = performance.timeOrigin + performance.now(); // milliseconds; never goes back, as Date.now() may
    const record = Buffer.allocUnsafe(RECORD_HEADER + captured);
    record.writeUInt32LE(Math.floor(time / 1000), 0);
    record.writeUInt32LE(Math.floor((time % 1000) * 1000), 4);
    record.writeUInt32LE(captured, 8);
    record.writeUInt32LE(octets, 12);
    this.#frame.copy(record, RECORD_HEADER, 0, captured);
    this.#records.push(record);
    this.#waiting += record.length;
    this.#wake();
  }
}

function fileHeader(linkType: number, snapLength: number): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(snapLength, 16);
  header.writeUInt32LE(linkType, 20);
  return header;
}

function refused(name: string, detail: string): Error {
  if (/filter|syntax/i.test(detail)) return new UsageError(`-f: not a filter: ${detail}`);
  if (/permission|not permitted/i.test(detail)) {
    return new CaptureError(
      'capture-permission',
      { source: name },
      `may not be captured by this user (${detail})`,
      permissionRemedy(),
    );
  }
  return new CaptureError(
    'capture-other',
    { source: name },
    `cannot be captured: ${detail}`,
    'lacpscope interfaces says what can be.',
  );
}
