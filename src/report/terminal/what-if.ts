/** The same flows under other policies: how many links they would use, and how much the busiest would carry. */
import { clip, padEnd } from '../columns.js';
import { figure, unevenDirection, weighedPolicies } from '../weighed.js';
import { bitRate } from '../words.js';
import type { Screen } from './screen.js';

const NAME = 32;
const LINKS = 16;
const SHOWN = 8;

export function whatIf(screen: Screen): string[] {
  const { analysis, verbose } = screen;
  const uneven = unevenDirection(analysis);
  const directions = verbose ? (['ingress', 'egress'] as const) : [uneven];
  return directions.flatMap((name) => {
    const rows = weighedPolicies(analysis, name).slice(0, verbose ? undefined : SHOWN);
    if (rows.length === 0) return [];
    const head = `${padEnd(clip(`WHAT IF  ${screen.sides[name]}`, NAME + 1), NAME + 2)}${padEnd('links busy', LINKS)}busiest link, times its share`;
    return [
      screen.dim(head),
      ...rows.map(({ name: policy, row }) => {
        const busy =
          row.policy === 'one-faster-link' ? rateOf(row.bitsPerSecond) : figure(row.busyLinks, row.range?.busyLinks, 0);
        const busiest = row.policy === 'one-faster-link' ? '' : figure(row.maxOverMean, row.range?.maxOverMean, 1);
        return `  ${padEnd(clip(policy, NAME - 1), NAME)}${padEnd(busy, LINKS)}${busiest}`.trimEnd();
      }),
    ];
  });
}

const rateOf = (bitsPerSecond: number | null) => (bitsPerSecond === null ? '-' : bitRate(bitsPerSecond));
