/** Where frames are written: one file, or a ring of files of which the oldest is deleted. */
import { rmSync } from 'node:fs';
import type { WrittenInterface, WrittenStatistics } from '../capture-file/pcapng-writer.js';
import { CaptureFile } from './capture-file.js';
import type { Run } from './in-order.js';

export interface Ring {
  readonly seconds: number | null; // of one file
  readonly octets: number | null;
  readonly files: number | null; // kept; null: all
}

export class Output {
  frames = 0;
  octets = 0;
  /** Those that are there, the oldest first. */
  readonly paths: string[] = [];
  readonly #path: string;
  readonly #ring: Ring | null;
  readonly #ports = new Map<number, WrittenInterface>();
  readonly #statisticsOf: (port: number) => WrittenStatistics;
  /** Until the end of the file before: each says what was lost in its own time. */
  #counted: ReadonlyMap<number, WrittenStatistics> = new Map();
  #file: CaptureFile;
  #number = 1;
  #began = Date.now();

  constructor(path: string, ring: Ring | null, statisticsOf: (port: number) => WrittenStatistics) {
    this.#path = path;
    this.#ring = ring;
    this.#statisticsOf = statisticsOf;
    this.#file = this.#open();
  }

  describe(port: number, description: WrittenInterface): void {
    this.#ports.set(port, description);
    this.#file.describe(port, description);
  }

  add(run: Run): void {
    if (this.#isFull()) this.#next();
    this.#file.add(run);
    this.octets += run.end - run.from;
    this.frames += run.frames;
  }

  flush(): void {
    this.#file.flush();
  }

  close(): void {
    const counted = new Map<number, WrittenStatistics>();
    this.#file.close((port) => {
      const now = this.#statisticsOf(port);
      counted.set(port, now);
      return difference(now, this.#counted.get(port));
    });
    this.#counted = counted;
  }

  #isFull(): boolean {
    if (this.#ring === null || this.#file.frames === 0) return false;
    const { seconds, octets } = this.#ring;
    if (octets !== null && this.#file.octets >= octets) return true;
    return seconds !== null && Date.now() - this.#began >= seconds * 1000;
  }

  #next(): void {
    this.close();
    this.#number++;
    this.#file = this.#open();
    for (const [port, description] of this.#ports) this.#file.describe(port, description);
    const { files } = this.#ring!;
    while (files !== null && this.paths.length > files) rmSync(this.paths.shift()!, { force: true });
  }

  #open(): CaptureFile {
    this.#began = Date.now();
    const file = new CaptureFile(this.#ring === null ? this.#path : numbered(this.#path, this.#number, new Date()));
    this.paths.push(file.path);
    return file;
  }
}

function difference(now: WrittenStatistics, before: WrittenStatistics | undefined): WrittenStatistics {
  const since = (name: keyof WrittenStatistics) => (now[name] === null ? null : now[name] - (before?.[name] ?? 0));
  return {
    received: since('received'),
    droppedByInterface: since('droppedByInterface'),
    droppedByKernel: since('droppedByKernel'),
  };
}

/** As dumpcap names them: lag_00001_20140811184002.pcapng. */
export function numbered(path: string, number: number, time: Date): string {
  const [, before, suffix] = /^(.*?)(\.[^./]*)?$/s.exec(path)!;
  const pad = (value: number, digits = 2) => String(value).padStart(digits, '0');
  const day = `${pad(time.getFullYear(), 4)}${pad(time.getMonth() + 1)}${pad(time.getDate())}`;
  const clock = `${pad(time.getHours())}${pad(time.getMinutes())}${pad(time.getSeconds())}`;
  return `${before}_${pad(number, 5)}_${day}${clock}${suffix ?? ''}`;
}
