/**
 * The terminal while the live view has it: alternate screen, hidden cursor, raw keys; as it was before on every way out.
 * Sequences are those of ECMA-48 and xterm, which the Linux and BSD consoles, screen and tmux understand.
 */

import { width } from '../../report/columns.js';
import { KeyDecoder } from './keys.js';
import type { Size } from './picture.js';

/** What the driver needs of the process: given by the command, so that this file can be tried without a terminal. */
export interface TerminalDevice {
  size(): Size;
  /** Without waiting for a terminal that reads slowly. @returns octets that were taken; 0 where there is no room now */
  write(bytes: Uint8Array): number;
  /** null where standard input is no terminal: there are no keys then. */
  readonly keys: KeySource | null;
  onResize(listener: () => void): () => void;
  /** Stops the process as Ctrl-Z does. Returns when it goes on, or at once where nobody could make it go on. */
  suspend(): void;
}

export interface KeySource {
  setRaw(isRaw: boolean): void;
  /** Text as it was typed. @returns what ends the listening */
  listen(listener: (text: string) => void): () => void;
}

// Alternate screen, no cursor, and no wrapping: a character that is wider than we know must not push lines down.
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[0m\u001b[2J';
const LEAVE = '\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l';
const CLEAR = '\u001b[0m\u001b[2J';

const ESCAPE_MS = 50; // what follows an escape later than that is another key
const FULL_TERMINAL_MS = 20;
const LEAVE_TRIES = 25;

export class TerminalScreen {
  readonly #device: TerminalDevice;
  readonly #onKey: (key: string) => void;
  readonly #onResize: () => void;
  readonly #decoder = new KeyDecoder();
  #endings: (() => void)[] = [];
  /** What the terminal shows, as far as we know; lines that it may have lost are undefined. */
  #shown: (string | undefined)[] = [];
  #rest: Uint8Array = new Uint8Array();
  #retry: NodeJS.Timeout | undefined;
  #escape: NodeJS.Timeout | undefined;
  #next: readonly string[] | null = null;
  #isOpen = false;

  constructor(device: TerminalDevice, onKey: (key: string) => void, onResize: () => void) {
    this.#device = device;
    this.#onKey = onKey;
    this.#onResize = onResize;
  }

  get hasKeys(): boolean {
    return this.#device.keys !== null;
  }

  get size(): Size {
    return this.#device.size();
  }

  enter(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#shown = [];
    this.#send(ENTER);
    const { keys } = this.#device;
    if (keys !== null) {
      keys.setRaw(true);
      this.#endings.push(() => keys.setRaw(false));
      this.#endings.push(keys.listen((text) => this.#typed(text)));
    }
    this.#endings.push(
      this.#device.onResize(() => {
        this.redraw();
        this.#onResize();
      }),
    );
  }

  /** Safe at any time, and twice; nothing in it waits for long. */
  leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const end of this.#endings.splice(0)) end();
    clearTimeout(this.#retry);
    clearTimeout(this.#escape);
    this.#retry = undefined;
    this.#next = null;
    // A sequence of which the terminal has a part is ended first.
    this.#rest = joined(this.#rest, new TextEncoder().encode(LEAVE));
    for (let tries = 0; this.#rest.length > 0 && tries < LEAVE_TRIES; tries++) {
      this.#flush();
      if (this.#rest.length > 0) pause(FULL_TERMINAL_MS);
    }
    this.#rest = new Uint8Array();
  }

  /** Leaves the terminal to the shell until the process goes on. */
  suspend(): void {
    this.leave();
    this.#device.suspend();
    this.enter();
  }

  /** Draws what changed, in one write. While the terminal is still busy with the last picture, the newest one waits. */
  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return;
    if (this.#rest.length > 0) {
      this.#next = lines;
      return;
    }
    const { columns, rows } = this.size;
    let text = '';
    for (let row = 0; row < rows; row++) {
      const line = lines[row] ?? '';
      if (this.#shown[row] === line) continue;
      // Behind the last column the rest of the line is somewhere else in some terminals, and nothing is left to erase.
      const erase = width(line.replaceAll(COLORS, '')) < columns ? '\u001b[K' : '';
      text += `\u001b[${row + 1};1H${line}${erase}`;
      this.#shown[row] = line;
    }
    if (text !== '') this.#send(text);
  }

  /** The next picture is drawn whole: after a new size, or where something else wrote on the screen. */
  redraw(): void {
    this.#shown = [];
    if (this.#isOpen) this.#send(CLEAR);
  }

  #typed(text: string): void {
    clearTimeout(this.#escape);
    const keys = this.#decoder.push(text);
    if (this.#decoder.isOpen) {
      this.#escape = setTimeout(() => this.#pass(this.#decoder.settle()), ESCAPE_MS);
      this.#escape.unref();
    }
    this.#pass(keys);
  }

  #pass(keys: readonly string[]): void {
    for (const key of keys) if (this.#isOpen) this.#onKey(key);
  }

  #send(text: string): void {
    this.#rest = joined(this.#rest, new TextEncoder().encode(text));
    this.#flush();
    this.#later();
  }

  #flush(): void {
    while (this.#rest.length > 0) {
      const taken = this.#device.write(this.#rest);
      if (taken <= 0) return;
      this.#rest = this.#rest.subarray(taken);
    }
  }

  #later(): void {
    if (this.#rest.length === 0 || this.#retry !== undefined) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#flush();
      this.#later();
      if (this.#rest.length > 0 || this.#next === null) return;
      const lines = this.#next;
      this.#next = null;
      this.draw(lines);
    }, FULL_TERMINAL_MS);
    this.#retry.unref();
  }
}

const COLORS = /\u001b\[\d+m/g;

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Of the whole process: there is nothing else to do at its end. */
function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
