/** A terminal as ECMA-48 and xterm describe it, as far as the live view uses one. What it does not know is an error. */
import type { KeySource, TerminalDevice } from '../../src/live/view/screen.js';

const TOKEN = /^(?:\u001b\[(\?)?([\d;]*)([A-Za-z])|([^\u001b]))/u;

export class Terminal implements TerminalDevice {
  columns = 80;
  rows = 24;
  /** Octets that it takes until it is read on; Infinity: it is never busy. */
  room = Number.POSITIVE_INFINITY;
  isRaw = false;
  isCursorShown = true;
  isAlternate = false;
  wraps = true;
  suspensions = 0;
  readonly writes: string[] = [];
  readonly keys: KeySource | null;
  readonly #pages: [string[][], string[][]] = [[], []];
  readonly #listeners = new Set<(text: string) => void>();
  readonly #resizes = new Set<() => void>();
  #at = { row: 0, column: 0 };
  #decoder = new TextDecoder();
  #pending = '';

  constructor({ hasKeys = true } = {}) {
    this.keys = hasKeys
      ? {
          setRaw: (isRaw) => {
            this.isRaw = isRaw;
          },
          listen: (listener) => {
            this.#listeners.add(listener);
            return () => this.#listeners.delete(listener);
          },
        }
      : null;
  }

  size() {
    return { columns: this.columns, rows: this.rows };
  }

  write(bytes: Uint8Array): number {
    const taken = Math.min(bytes.length, this.room);
    this.room -= taken;
    const text = this.#decoder.decode(bytes.subarray(0, taken), { stream: true });
    if (taken > 0) this.writes.push(text);
    this.#pending += text;
    this.#obey();
    return taken;
  }

  onResize(listener: () => void) {
    this.#resizes.add(listener);
    return () => this.#resizes.delete(listener);
  }

  suspend() {
    this.suspensions++;
  }

  type(text: string) {
    for (const listener of [...this.#listeners]) listener(text);
  }

  resize(columns: number, rows: number) {
    Object.assign(this, { columns, rows });
    for (const listener of [...this.#resizes]) listener();
  }

  get isListenedTo() {
    return this.#listeners.size + this.#resizes.size > 0;
  }

  /** What a person sees. */
  get lines(): string[] {
    return Array.from({ length: this.rows }, (_, row) => (this.#page[row] ?? []).join('').trimEnd());
  }

  get #page() {
    return this.#pages[this.isAlternate ? 1 : 0];
  }

  #obey() {
    for (let match = TOKEN.exec(this.#pending); match !== null; match = TOKEN.exec(this.#pending)) {
      this.#pending = this.#pending.slice(match[0].length);
      const [, isPrivate, parameters = '', final, char] = match;
      if (char !== undefined) this.#put(char);
      else if (isPrivate !== undefined) this.#mode(parameters, final!);
      else this.#control(parameters, final!);
    }
    if (this.#pending.length > 16) throw new Error(`not known: ${JSON.stringify(this.#pending.slice(0, 16))}`);
  }

  #mode(mode: string, final: string) {
    const isSet = final === 'h';
    if (mode === '1049') this.isAlternate = isSet;
    else if (mode === '25') this.isCursorShown = isSet;
    else if (mode === '7') this.wraps = isSet;
    else throw new Error(`mode ${mode}`);
  }

  #control(parameters: string, final: string) {
    const line = this.#page[this.#at.row] ?? [];
    if (final === 'H') {
      const [row = 1, column = 1] = parameters.split(';').map(Number);
      this.#at = { row: row - 1, column: column - 1 };
    } else if (final === 'J' && parameters === '2') this.#page.length = 0;
    else if (final === 'K' && parameters === '') line.length = Math.min(line.length, this.#at.column);
    else if (final !== 'm') throw new Error(`control ${parameters}${final}`);
  }

  #put(char: string) {
    if (this.#at.column >= this.columns || this.#at.row >= this.rows) throw new Error(`written beyond: ${char}`);
    this.#page[this.#at.row] ??= [];
    const line = this.#page[this.#at.row]!;
    while (line.length < this.#at.column) line.push(' ');
    line[this.#at.column++] = char;
  }
}
