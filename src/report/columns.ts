/** Text in columns of a terminal: widths, padding, wrapping. */

/** Columns a text takes: wide (East Asian, emoji) characters take two, combining marks none. */
export function width(text: string): number {
  let columns = 0;
  for (const char of text) columns += WIDE.test(char) ? 2 : NONE.test(char) ? 0 : 1;
  return columns;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f000}-\u{1faff}]|[\u{20000}-\u{3fffd}]/u;
const NONE = /\p{Mn}|\p{Me}/u;

export const padEnd = (text: string, columns: number) => text + ' '.repeat(Math.max(0, columns - width(text)));
export const padStart = (text: string, columns: number) => ' '.repeat(Math.max(0, columns - width(text))) + text;

/** At most `columns`; what does not fit ends in a dot per lost piece. */
export function clip(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let out = '';
  for (const char of text) {
    if (width(out + char) > columns - 1) break;
    out += char;
  }
  return `${out}~`;
}

/** Lines of at most `columns`, broken at spaces, or inside a word that is longer than a line. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    let rest = word;
    if (line !== '' && width(line) + 1 + width(rest) > columns) {
      lines.push(line);
      line = '';
    }
    while (width(rest) > columns) {
      let head = '';
      for (const char of rest) {
        if (width(head + char) > columns) break;
        head += char;
      }
      lines.push(head);
      rest = rest.slice(head.length);
    }
    line = line === '' ? rest : `${line} ${rest}`;
  }
  if (line !== '') lines.push(line);
  return lines;
}
