/** A member port of this machine as a stream: a classic pcap, as tcpdump would write it, for as long as it is captured. */
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

export class LivePort implements Stream {
  readonly size = null;
  readonly #port: NativePort;
  #header: Uint8Array | null;
  #wake: () => void = () => undefined;
  #woken = false;
  #closed = false;
  stopped = false;

  /** @throws CaptureError, UsageError for a filter that is none */
  constructor(
    readonly name: string,
    options: PortOptions,
    onBuild?: () => void,
  ) {
    const opened = captureAddon(onBuild).openPort(options, () => this.#ready());
    if ('code' in opened) throw refused(name, opened);
    this.#port = opened;
    this.#header = fileHeader(opened);
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
      const octets = this.#closed ? 0 : this.#port.read(into);
      if (octets > 0 || this.#closed || this.#port.ended()) return octets;
      await this.#news();
    }
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

  get counters(): Counters {
    return this.#port.counters();
  }

  get drops(): Drops {
    const { droppedByKernel, droppedByQueue, droppedByInterface } = this.#port.counters();
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
    this.#closed = true;
    this.#port.close();
    this.#ready();
  }
}

function fileHeader(port: NativePort): Uint8Array {
  const header = new Uint8Array(24);
  const view = new DataView(header.buffer);
  // In the byte order of this machine, as its records are: Node.js runs on little-endian ones but for s390x and AIX.
  const little = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
  view.setUint32(0, port.nanoseconds() ? MAGIC.nanoseconds : MAGIC.microseconds, little);
  view.setUint16(4, 2, little);
  view.setUint16(6, 4, little);
  view.setUint32(16, port.snapLength, little);
  view.setUint32(20, DLT_RAW.includes(port.linkType) ? LINKTYPE_RAW : port.linkType, little);
  return header;
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
