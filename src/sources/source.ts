import type { Compression } from './compression.js';

/** '|' and a line for the shell, in the place of a path. */
export const isCommand = (path: string) => path.startsWith('|');

/** Frames that a capture lost, where it says so. */
export interface Drops {
  readonly kernel: number | null;
  readonly interface: number | null;
}

/** Where the bytes of a capture come from. Downstream cannot tell a file from a pipe. */
export interface Source {
  /** As errors and the report show it: what the user typed. */
  readonly name: string;
  /** Octets in all, null where that is not known (pipes). */
  readonly size: number | null;
  /** What the bytes were packed with; they come unpacked. */
  readonly compression?: Compression | null;
  /** Why the bytes ended early, where the source knows: a packed file that is cut or damaged. */
  readonly failure?: string | null;
  /** What the program that captured says it lost, beside what the bytes themselves say. */
  readonly drops?: Drops | null;
  /** Ended because we asked it to: the last record may be cut, and that is no damage. */
  readonly stopped?: boolean;
  /** Of what is captured now: milliseconds since the epoch, before which nothing will come any more; null where that is not known. */
  readonly quietUntil?: (() => number | null) | undefined;
  /**
   * Fills `into` (memory of the engine) as far as bytes are there, and says how many; 0 at the end. A file answers at
   * once: positional reads into that memory measured best, and a promise per block costs two wake-ups.
   */
  read(into: Uint8Array): number | Promise<number>;
  /** Safe twice, and while a read is awaited. */
  close(): void;
}
