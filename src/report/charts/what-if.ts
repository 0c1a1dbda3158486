/** What would another policy give? A dot on 1..links for each, with the range of nine of ten tables where one is secret. */
import { scaleLinear } from 'd3';
import type { Weighed } from '../weighed.js';
import { short } from './marks.js';
import { drawSvg } from './svg.js';

const ROW = 26;
const HEAD = 34;

/** @param links ports to choose from */
export function whatIfChart(title: string, rows: readonly Weighed[], links: number, width: number, className: string) {
  const narrow = width < 500;
  const left = narrow ? 150 : 250;
  const right = width - 52;
  const x = scaleLinear([1, Math.max(2, links)], [left, right]);
  const height = HEAD + rows.length * ROW + 26;
  const figures = rows.map(({ name, row }) => `${name}: ${row.effectiveLinks.toFixed(1)}`).join(', ');
  return drawSvg({ width, height }, className, `${title}: effective links under each policy`, figures, (pen) => {
    pen.text(0, 16, title, { class: 'h' });
    const bottom = HEAD + rows.length * ROW;
    for (let link = 1; link <= links; link++) {
      if (links > 8 && link !== 1 && link !== links && link % 4 !== 0) continue;
      pen.line(x(link), HEAD - 4, x(link), bottom, 'gr');
      pen.text(x(link), bottom + 16, `${link}`, { class: 'q xs', 'text-anchor': 'middle' });
    }
    pen.text(right, 16, 'effective links', { class: 'q xs', 'text-anchor': 'end' });
    rows.forEach(({ name, row }, i) => {
      const y = HEAD + (i + 0.5) * ROW;
      const seen = row.kind === 'captured' || row.inUse;
      pen.text(0, y + 4.5, short(name, narrow ? 25 : 40), { class: `${seen ? 'b' : 'k'}${narrow ? ' xs' : ''}` });
      if (row.policy === 'one-faster-link') {
        pen.text(left, y + 4.5, 'nothing to distribute', { class: 'q xs' });
        return;
      }
      const range = row.range?.effectiveLinks;
      if (range !== undefined) pen.rect(x(range[0]), y - 3, Math.max(1, x(range[1]) - x(range[0])), 6, 'mid');
      pen.add('circle', { cx: x(row.effectiveLinks), cy: y, r: 5.5, class: seen ? 'ink' : 'open' });
      pen.text(width, y + 4.5, row.effectiveLinks.toFixed(1), { class: seen ? 'b' : '', 'text-anchor': 'end' });
    });
  });
}
