/** Pairs of flows that differ in one field alone: a square each, filled where the two took different links. */
import { number } from '../words.js';

const SIDE = 5;
const STEP = 7;
const PER_ROW = 20;
const MOST = 100;

/** Many pairs share a square; squares of moved pairs are never rounded away, for one of them is proof. */
export function pairSquares(differing: number, moved: number): { readonly svg: string; readonly scale: string | null } {
  let each = 1;
  while (differing / each > MOST) each *= 10;
  const filled = Math.ceil(moved / each);
  const all = Math.max(filled, Math.ceil(differing / each));
  const squares = Array.from({ length: all }, (_, i) => {
    const [x, y] = [(i % PER_ROW) * STEP + 0.5, Math.floor(i / PER_ROW) * STEP + 0.5];
    return `<rect x="${x}" y="${y}" width="${SIDE}" height="${SIDE}" class="${i < filled ? 'moved' : 'kept'}"/>`;
  });
  const wide = Math.min(all, PER_ROW) * STEP;
  const high = Math.ceil(all / PER_ROW) * STEP;
  // The figures stand beside it in words, so that it is hidden from those who hear the page.
  const svg = `<svg class="pairs" width="${wide}" height="${high}" viewBox="0 0 ${wide} ${high}" aria-hidden="true">${squares.join('')}</svg>`;
  return { svg, scale: each === 1 ? null : `one square is ${number(each)} pairs` };
}
