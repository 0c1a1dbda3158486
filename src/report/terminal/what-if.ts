/** The same flows under other policies: how many links they would use, and how much the busiest would carry. */
import { clip, padEnd, wrap } from '../columns.js';
import { namesOf } from '../names.js';
import { figure, unevenDirection, weighedPolicies } from '../weighed.js';
import { bitRate, bytes, count, duration, share } from '../words.js';
import type { Screen } from './screen.js';

const NAME = 32;
const LINKS = 16;
const SHOWN = 5;
const RARELY_ASKED = ['l2', 'round-robin', 'one-faster-link'];

export function whatIf(screen: Screen): string[] {
  const { analysis, verbose } = screen;
  const uneven = unevenDirection(analysis);
  const directions = verbose ? (['ingress', 'egress'] as const) : [uneven];
  return directions.flatMap((name) => {
    const all = weighedPolicies(analysis, name);
    const rows = verbose ? all : all.filter(({ row }) => !RARELY_ASKED.includes(row.policy)).slice(0, SHOWN);
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

/** How long the job that was asked about takes. Who asks sees all of it. */
export function job(screen: Screen): string[] {
  const { job: asked } = screen.analysis;
  if (asked === null) return [];
  const { octets, clients, linkBitsPerSecond, linkRateBasis, payloadShare, rows } = asked;
  const names = namesOf(screen.analysis);
  const rate = `${bitRate(linkBitsPerSecond)} a link${linkRateBasis === 'assumed' ? ' (assumed: --rate says it)' : ''}`;
  const name = ({ policy, knownAs }: (typeof rows)[number]) =>
    knownAs.length === 0 ? policy : `${policy} and ${count(knownAs.length, 'other')}`;
  const wide = Math.max(...rows.map((row) => name(row).length)) + 2;
  const head = `JOB  ${bytes(octets)} in equal parts with ${count(clients, 'client')}; ${rate}, ${share(payloadShare)} of it payload`;
  return [
    ...wrap(head, screen.width).map((line) => screen.dim(line)),
    ...rows.map((row) => {
      const { seconds, range, description, direction } = row;
      const luck = range === null ? '' : `${duration(range[0])} to ${duration(range[1])}, 9 times in 10`;
      // What fits the line: the whole sentence is in the report.
      const exact = direction === null ? '' : `${names[direction].short}: ${description.split(': ').at(-1)}`;
      const words = `  ${padEnd(name(row), wide)}${padEnd(duration(seconds), 11)}${luck}${exact}`;
      return clip(words.trimEnd(), screen.width);
    }),
  ];
}
