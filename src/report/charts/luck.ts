/** Bad luck or bad hash? How many links a fair hash would use for so many draws, and what was seen. */
import type { LuckRow } from '../../document/schema.js';
import { busyBins } from '../../stats/balls-in-bins.js';
import { odds, share } from '../words.js';
import { drawSvg } from './svg.js';

const WORDS: Readonly<Record<LuckRow['unit'], readonly [string, string]>> = {
  peers: ['If addresses decided', 'addresses'],
  flows: ['If ports decided as well', 'flows'],
  cells: ['By the fields that fit best', 'keys'],
};

export function luckChart(row: LuckRow, width: number, className: string): string {
  const chances = [...busyBins(row.n, row.links)].slice(1);
  const [title, unit] = WORDS[row.unit];
  const height = 188;
  const base = 148;
  const left = 6;
  const step = (width - 2 * left) / row.links;
  const most = Math.max(...chances);
  const figures = chances.map((chance, i) => `${i + 1} ${i === 0 ? 'link' : 'links'} ${odds(chance)}`).join(', ');
  return drawSvg(
    { width, height },
    className,
    `${title}: ${row.n} ${unit}, ${row.busyLinks} links seen`,
    figures,
    (pen) => {
      pen.text(0, 14, title, { class: 'h' });
      pen.text(0, 32, `${row.n} ${unit} = ${row.n} draws`, { class: 'q' });
      pen.line(0, base, width, base, 'ax');
      chances.forEach((chance, i) => {
        const seen = i + 1 === row.busyLinks;
        const x = left + i * step;
        const high = (chance / most) * 84;
        pen.rect(
          x + step * 0.1,
          base - Math.max(chance > 0 ? 1 : 0, high),
          step * 0.8,
          Math.max(chance > 0 ? 1 : 0, high),
          seen ? 'ink' : 'mid',
        );
        const labelled = row.links <= 8 || seen || i === 0 || i === row.links - 1 || chance === most;
        if (!labelled) return;
        const middle = x + step / 2;
        // Tiny chances are long words: neighbours stand on two lines.
        const lift = chance < 0.001 && i % 2 === 1 ? 13 : 0;
        pen.text(middle, base - high - 6 - lift, chance < 0.001 && chance > 0 ? odds(chance) : share(chance), {
          class: seen ? 'b xs' : 'xs',
          'text-anchor': 'middle',
        });
        pen.text(middle, base + 16, `${i + 1}`, { class: seen ? 'b' : 'q', 'text-anchor': 'middle' });
        if (seen) pen.text(middle, base + 33, 'seen here', { class: 'b xs', 'text-anchor': 'middle' });
      });
    },
  );
}
