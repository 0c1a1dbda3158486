/** When was each port captured? First to last frame of each input. */
import { scaleLinear } from 'd3';
import type { Analysis } from '../../document/schema.js';
import { portsOf, shortName } from '../names.js';
import { count, seconds } from '../words.js';
import { drawSvg } from './svg.js';

const MOST = 32;

export function coverageChart(analysis: Analysis, width: number, className: string): string {
  const { capture } = analysis;
  const inputs = analysis.inputs.slice(0, MOST);
  const narrow = width < 500;
  const left = narrow ? 70 : 84;
  const right = width - (narrow ? 8 : 110);
  const row = 24;
  const height = inputs.length * row + 30;
  const x = scaleLinear([0, capture.duration || 1], [left, right]);
  const at = (time: string) =>
    Number(BigInt(time.replace('.', '')) - BigInt((capture.firstTime ?? time).replace('.', ''))) / 1e9;
  const figures = inputs
    .map(({ port, firstTime, lastTime }) =>
      firstTime === null || lastTime === null
        ? `${port}: no frame`
        : `${port}: ${seconds(at(firstTime))} to ${seconds(at(lastTime))}`,
    )
    .join('; ');
  return drawSvg({ width, height }, className, 'When each port was captured', figures, (pen) => {
    inputs.forEach(({ port, firstTime, lastTime, frames }, i) => {
      const y = i * row + row / 2;
      pen.text(0, y + 4, shortName(port, portsOf(analysis), 9), { class: 'pn' });
      pen.line(left, y, right, y, 'gr');
      if (firstTime !== null && lastTime !== null)
        pen.rect(x(at(firstTime)), y - 4, Math.max(2, x(at(lastTime)) - x(at(firstTime))), 8, 'mid');
      if (!narrow)
        pen.text(width, y + 4, count(frames, 'frame'), { class: frames === 0 ? 'q xs' : 'xs', 'text-anchor': 'end' });
    });
    for (const tick of x.ticks(narrow ? 4 : 8))
      pen.text(x(tick), height - 6, seconds(tick), { class: 'q xs', 'text-anchor': 'middle' });
  });
}
