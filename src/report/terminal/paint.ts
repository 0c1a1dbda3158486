/** The inks of a terminal, and what tells ports apart: a shape and a colour each, the same in all that is shown of them. */

export const INK = { bold: 1, dim: 2, inverse: 7, red: 31 } as const;

export const paint = (ink: number, text: string) => (text === '' ? '' : `\u001b[${ink}m${text}\u001b[0m`);

const SHAPES = ['●', '■', '▲', '◆', '▼', '✚', '✖', '⬢'];
// The 16 base colours only, and no red: they are readable on light and dark, whatever the terminal's background.
const COLORS = [34, 33, 32, 35, 36, 94, 93, 92];
const DEFAULT_COLOR = 39;

/** @param index of the port among all; -1 where it is none of them */
export const shapeOf = (index: number) => SHAPES[index % SHAPES.length] ?? '○';
export const colorOf = (index: number) => COLORS[index % COLORS.length] ?? DEFAULT_COLOR;
