/** One pcapng file that is being written: frames go to it in blocks, and it is whole after each. */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import {
  interfaceDescription,
  interfaceStatistics,
  packetOctets,
  putPacket,
  sectionHeader,
  type WrittenInterface,
  type WrittenStatistics,
} from '../capture-file/pcapng-writer.js';
import { VERSION } from '../version.js';
import type { Frame } from './in-order.js';

const BUFFER = 256 * 1024;

export class CaptureFile {
  octets = 0;
  frames = 0;
  readonly #fd: number;
  readonly #indexOf = new Map<number, number>(); // of a port, in this file
  readonly #interfaces: WrittenInterface[] = [];
  readonly #buffer = new Uint8Array(BUFFER + packetOctets(256 * 1024));
  readonly #view = new DataView(this.#buffer.buffer);
  #used = 0;

  /** @throws the system's error */
  constructor(readonly path: string) {
    this.#fd = openSync(path, 'w', 0o644);
    this.#put(sectionHeader(`lacpscope ${VERSION}`));
  }

  describe(port: number, description: WrittenInterface): void {
    this.#indexOf.set(port, this.#interfaces.length);
    this.#interfaces.push(description);
    this.#put(interfaceDescription(description));
  }

  add({ port, seconds, part, wire, data }: Frame): void {
    const index = this.#indexOf.get(port)!;
    const ticksPerSecond = this.#interfaces[index]!.nanoseconds ? 1e9 : 1e6;
    const packet = { index, seconds, part, ticksPerSecond, wire, data };
    const end = putPacket(this.#buffer, this.#view, this.#used, packet);
    this.octets += end - this.#used;
    this.#used = end;
    this.frames++;
    if (this.#used >= BUFFER) this.flush();
  }

  /** @throws the system's error; what was written before stays whole. */
  flush(): void {
    const written = this.octets - this.#used;
    try {
      for (let at = 0; at < this.#used; ) at += writeSync(this.#fd, this.#buffer, at, this.#used - at);
      this.#used = 0;
    } catch (error) {
      this.octets = written;
      this.#used = 0;
      ftruncateSync(this.#fd, written);
      throw error;
    }
  }

  /** With what each port counted, as far as that is known. */
  close(statisticsOf: (port: number) => WrittenStatistics): void {
    const now = Date.now();
    const seconds = Math.floor(now / 1000);
    try {
      for (const [port, index] of this.#indexOf) {
        const scale = this.#interfaces[index]!.nanoseconds ? 1e6 : 1e3;
        const time = { seconds, part: (now % 1000) * scale };
        this.#put(interfaceStatistics(index, time, 1000 * scale, statisticsOf(port)));
      }
      this.flush();
    } finally {
      closeSync(this.#fd);
    }
  }

  #put(bytes: Uint8Array): void {
    if (this.#used + bytes.length > this.#buffer.length) this.flush();
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
    this.octets += bytes.length;
  }
}
