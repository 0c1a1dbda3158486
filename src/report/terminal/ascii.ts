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
  return text.replace(/[^\n -~]/gu, plain);
}

/** The same for what this view drew itself: its colours are escapes that stay. */
export function asciiDrawing(text: string): string {
  return text.replace(/[^\n\u001b -~]/gu, plain);
}

const plain = (char: string) => ASCII[char] ?? `\\u{${char.codePointAt(0)!.toString(16)}}`;
