/** What a terminal sends for keys, as names: ECMA-48 sequences as xterm, the Linux console, screen and tmux send them. */

const ESC = '\u001b';

const SINGLE: Readonly<Record<string, string>> = {
  '\u0003': 'ctrl-c',
  '\u000c': 'ctrl-l',
  '\u001a': 'ctrl-z',
  '\t': 'tab',
  '\r': 'enter',
  '\n': 'enter',
};

const FINAL: Readonly<Record<string, string>> = {
  ...{ A: 'up', B: 'down', C: 'right', D: 'left', H: 'home', F: 'end', Z: 'shift-tab' },
};
/** The parameter of CSI n ~ */
const NUMBERED: Readonly<Record<string, string>> = {
  ...{ 1: 'home', 4: 'end', 5: 'page-up', 6: 'page-down', 7: 'home', 8: 'end' },
};

// ESC [ [ final (function keys of the Linux console), ESC [ parameters intermediates final, ESC O final, ESC and a
// character (Alt). Only the second and the third are keys of ours.
const SEQUENCE = /^\u001b(?:\[\[[@-~]|\[([0-?]*)[ -/]*([@-Z\\-~])|O([ -~])|[^[O\u001b])/;
const LONGEST_SEQUENCE = 32;

export class KeyDecoder {
  #rest = '';

  /** Names of the keys in it; a character that is none of them is its own name. What may go on in the next piece is kept. */
  push(text: string): string[] {
    const keys: string[] = [];
    this.#rest += text;
    while (this.#rest !== '') {
      if (!this.#rest.startsWith(ESC)) {
        const char = String.fromCodePoint(this.#rest.codePointAt(0)!);
        this.#rest = this.#rest.slice(char.length);
        keys.push(SINGLE[char] ?? char);
        continue;
      }
      if (this.#rest.startsWith(ESC + ESC)) {
        this.#rest = this.#rest.slice(1);
        keys.push('escape');
        continue;
      }
      const match = SEQUENCE.exec(this.#rest);
      if (match === null && this.#rest.length < LONGEST_SEQUENCE) break;
      this.#rest = this.#rest.slice(match?.[0].length ?? 1);
      const key = match === null ? undefined : keyOf(match);
      if (key !== undefined) keys.push(key);
    }
    return keys;
  }

  /** Nothing came for a while: a lone escape is the key, the beginning of a sequence is not. */
  settle(): string[] {
    const isEscape = this.#rest === ESC;
    this.#rest = '';
    return isEscape ? ['escape'] : [];
  }

  /** Is there something that the next piece, or silence, decides? */
  get isOpen(): boolean {
    return this.#rest !== '';
  }
}

function keyOf([, parameters, final, single]: RegExpExecArray): string | undefined {
  return final === '~' ? NUMBERED[(parameters ?? '').split(';')[0] ?? ''] : FINAL[final ?? single ?? ''];
}
