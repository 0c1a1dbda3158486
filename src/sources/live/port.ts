/**
 * A member port of this machine as a stream, for as long as it is captured: a classic pcap, as tcpdump would write it, or a
 * pcapng of one interface.
 */
import { CaptureError, UsageError } from '../../errors.js';
import type { Drops } from '../source.js';
import type { Stream } from '../spool.js';
import {
  type Counters,
  captureAddon,
  type NativePort,
  type PortEvent,
  type PortOptions,
  type Refusal,
} from './addon.js';
import { permissionRemedy } from './remedies.js';

const MAGIC = { nanoseconds: 0xa1b23c4d, microseconds: 0xa1b2c3d4 } as const;
const DLT_RAW = [12, 14];
const LINKTYPE_RAW = 101;
/** Node.js runs on big-endian machines too: s390x, AIX. */
const IS_LITTLE = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

export class LivePort implements Stream {
  readonly size = null;
  readonly #port: NativePort;
  #header: Uint8Array | null;
  #wake: () => void = () => undefined;
  #woken = false;
  #counted: Counters | null = null; // in the end
  stopped = false;

  /** @throws CaptureError, UsageError for a filter that is none */
  constructor(
    readonly name: string,
    options: PortOptions,
    onBuild?: () => void,
  ) {
    const blocks = options.blocks === true && IS_LITTLE; // files are written little-endian everywhere
    const opened = captureAddon(onBuild).openPort({ ...options, blocks }, () => this.#ready());
    if ('code' in opened) throw refused(name, opened);
    this.#port = opened;
    this.#header = blocks ? sectionHeader(opened) : fileHeader(opened);
  }

  async read(into: Uint8Array): Promise<number> {
    if (this.#header !== null) {
      into.set(this.#header);
      const { length } = this.#header;
      this.#header = null;
      return length;
    }
    for (;;) {
      this.#woken = false;
      const octets = this.#isClosed ? 0 : this.#port.read(into);
      if (octets > 0 || this.#isClosed || this.#port.ended()) return octets;
      await this.#news();
    }
  }

  get #isClosed(): boolean {
    return this.#counted !== null;
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#woken) resolve();
      else this.#wake = resolve;
    });
  }

  #ready(): void {
    this.#woken = true;
    this.#wake();
  }

  quietUntil(): number | null {
    const until = this.#header === null ? this.#port.quietUntil() : 0;
    return until === 0 ? null : until;
  }

  get counters(): Counters {
    return this.#counted ?? this.#port.counters();
  }

  get drops(): Drops {
    const { droppedByKernel, droppedByQueue, droppedByInterface } = this.counters;
    return { kernel: droppedByKernel + droppedByQueue, interface: droppedByInterface };
  }

  /** What has happened to the port since the last time. */
  events(): PortEvent[] {
    return this.#port.events();
  }

  stop(): void {
    this.stopped = true;
    this.#port.stop();
  }

  close(): void {
    this.#counted ??= this.#port.counters(); // a port that is closed counts nothing any more
    this.#port.close();
    this.#ready();
  }
}

const linkTypeOf = ({ linkType }: NativePort) => (DLT_RAW.includes(linkType) ? LINKTYPE_RAW : linkType);

function fileHeader(port: NativePort): Uint8Array {
  const header = new Uint8Array(24);
  const view = new DataView(header.buffer);
  // In the byte order of this machine, as its records are.
  view.setUint32(0, port.nanoseconds() ? MAGIC.nanoseconds : MAGIC.microseconds, IS_LITTLE);
  view.setUint16(4, 2, IS_LITTLE);
  view.setUint16(6, 4, IS_LITTLE);
  view.setUint32(16, port.snapLength, IS_LITTLE);
  view.setUint32(20, linkTypeOf(port), IS_LITTLE);
  return header;
}

/** Section and interface: draft-ietf-opsawg-pcapng, sections 4.1 and 4.2. */
function sectionHeader(port: NativePort): Uint8Array {
  const tsresol = port.nanoseconds() ? 9 : 6;
  const section = [0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28];
  const description = [1, 32, linkTypeOf(port), port.snapLength, (1 << 16) | 9, tsresol, 0, 32];
  return new Uint8Array(Uint32Array.from([...section, ...description]).buffer);
}

function refused(name: string, { code, detail }: Refusal): Error {
  if (code === 'filter') return new UsageError(`-f: not a filter: ${detail.replace(/^filter: /, '')}`);
  const [problem, remedy] = {
    permission: [`may not be captured by this user (${detail})`, permissionRemedy()],
    'no-device': ['there is no such interface', 'lacpscope interfaces lists them.'],
    'no-library': [
      detail,
      'Install it: apt-get install libpcap0.8 (Debian, Ubuntu), dnf install libpcap, apk add libpcap.',
    ],
    other: [`cannot be captured: ${detail}`, 'lacpscope interfaces says what can be.'],
  }[code];
  return new CaptureError(`capture-${code}`, { source: name }, problem!, remedy!);
}
