/** A file for node_exporter's textfile collector: whole at any time, and gone when nothing is measured any more. */

import { rmSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../../errors.js';
import type { LiveState } from '../state.js';
import { prometheusText } from './exposition.js';
import { familiesOf } from './families.js';

/** A scrape interval of Prometheus, by its default; finer ones see no more. */
const EVERY_SECONDS = 15;

/** The collector reads *.prom alone. */
export function checkTextfile(path: string): string {
  if (path.endsWith('.prom') && basename(path) !== '.prom') return path;
  throw new UsageError(`--textfile ${path}: node_exporter reads files that end in .prom only.`);
}

export class MetricsTextfile {
  readonly #path: string;
  readonly #aside: string;
  #writing: Promise<void> | null = null;
  #lastMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;
  #isThere = false;

  constructor(path: string) {
    this.#path = path;
    // In the same folder, for a file is renamed within one file system only; with a name that the collector does not read.
    this.#aside = join(dirname(path), `.${basename(path)}.${process.pid}`);
  }

  /** Writes if it is time to. @returns why it could not, or null; the next time it is tried again */
  async take(state: LiveState): Promise<Error | null> {
    const isEarly = state.timeMs - this.#lastMs < EVERY_SECONDS * 1000;
    if (this.#isClosed || this.#writing !== null || isEarly) return null;
    this.#lastMs = state.timeMs;
    this.#writing = this.#write(prometheusText(familiesOf(state)));
    try {
      await this.#writing;
      return null;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      this.#writing = null;
    }
  }

  async #write(text: string): Promise<void> {
    try {
      await rm(this.#aside, { force: true }); // of a process with our number that was killed
      await writeFile(this.#aside, text, { flag: 'wx', mode: 0o644 });
      if (this.#isClosed) return;
      await rename(this.#aside, this.#path);
      this.#isThere = true;
    } finally {
      await rm(this.#aside, { force: true });
    }
  }

  /** Figures of a capture that ended are not today's: the file goes. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#writing?.catch(() => undefined);
    if (this.#isThere) rmSync(this.#path, { force: true });
  }
}
