/** For terminals and logs without Unicode: nothing is lost, only drawn with fewer characters. */

const ASCII: Readonly<Record<string, string>> = {
  '✓': '+',
  '→': '->',
  '’': "'",
  '“': '"',
  '”': '"',
  '…': '...',
  '·': '.',
  '–': '-',
  '●': 'o',
  '■': '#',
  '▲': '^',
  '◆': '*',
  '▼': 'v',
  '✚': '+',
  '✖': 'x',
  '⬢': 'H',
  '○': 'O',
  '▏': '|',
  '\u00a0': ' ',
};

export function ascii(text: string): string {
  return text.replace(/[^\n -~]/gu, (char) => ASCII[char] ?? `\\u{${char.codePointAt(0)!.toString(16)}}`);
}
