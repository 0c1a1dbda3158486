/** One pcapng file that is being written: frames go to it in blocks, and it is whole after each. */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import {
  interfaceDescription,
  interfaceStatistics,
  sectionHeader,
  type WrittenInterface,
  type WrittenStatistics,
} from '../capture-file/pcapng-writer.js';
import { VERSION } from '../version.js';
import type { Run } from './in-order.js';
import type { Memory } from './packets.js';

const BUFFER = 256 * 1024;
const AT_ONCE = 64 * 1024; // octets of a run that are written from where they are
const FEW_WORDS = 128; // copied one by one: a call for so few takes longer
const INTERFACE_AT = 8; // in an enhanced packet block

export class CaptureFile {
  octets = 0;
  frames = 0;
  readonly #fd: number;
  readonly #indexOf = new Map<number, number>(); // of a port, in this file
  readonly #interfaces: WrittenInterface[] = [];
  readonly #buffer = new Uint8Array(BUFFER);
  readonly #words = new Int32Array(this.#buffer.buffer);
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

  add({ port, memory, from, end, frames }: Run): void {
    const { view } = memory;
    const index = this.#indexOf.get(port)!;
    // Ports give blocks of interface 0.
    if (index > 0) {
      for (let at = from; at < end; at += view.getUint32(at + 4, true)) view.setUint32(at + INTERFACE_AT, index, true);
    }
    this.frames += frames;
    if (end - from < AT_ONCE) this.#copy(memory, from, end);
    else {
      this.flush();
      this.octets += end - from;
      this.#write(memory.bytes, from, end);
    }
  }

  #copy({ bytes, words }: Memory, from: number, end: number): void {
    const octets = end - from;
    if (this.#used + octets > BUFFER) this.flush();
    const [first, last] = [from >> 2, end >> 2];
    if (last - first > FEW_WORDS) this.#buffer.set(bytes.subarray(from, end), this.#used);
    else for (let at = first, to = this.#used >> 2; at < last; at++, to++) this.#words[to] = words[at]!;
    this.#used += octets;
    this.octets += octets;
  }

  /** @throws the system's error; what was written before stays whole. */
  flush(): void {
    const end = this.#used;
    this.#used = 0;
    if (end > 0) this.#write(this.#buffer, 0, end);
  }

  #write(bytes: Uint8Array, from: number, end: number): void {
    try {
      for (let at = from; at < end; ) at += writeSync(this.#fd, bytes, at, end - at);
    } catch (error) {
      this.octets -= end - from;
      ftruncateSync(this.#fd, this.octets);
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
    if (this.#used + bytes.length > BUFFER) this.flush();
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
    this.octets += bytes.length;
  }
}
