import type { Direction } from '../../document/schema.js';
import { DIRECTIONS, finding, type Rule } from '../rule.js';
import { bitRate, capital, count, percent, seconds, sideOf } from '../words.js';
import { nameOf } from './ping-pong.js';

const PAUSES = 0.5; // of a life: what fills it is waiting
const LOSSY = 0.01;

/** Large flows whose link had room all their lives, or whose receiver had none: a faster link would not make them faster. */
export const limits: Rule = {
  asks: 'Does the LAG hold the large flows back?',
  judge: ({ draft }) =>
    DIRECTIONS.flatMap((name) => {
      const direction = draft.directions[name];
      if (draft.quality.verdict === 'unusable') return [];
      const free = direction.limits.filter(
        ({ verdict }) => verdict === 'not-link-limited' || verdict === 'receiver-limited',
      );
      const closed = free.filter(({ verdict }) => verdict === 'receiver-limited');
      if (free.length === 0) return [];
      const side = sideOf(name, draft);
      const of = direction.limits.length;
      return [
        finding({
          id: 'load-not-link-limited',
          severity: 'notice',
          title: `${capital(side.arrow)}: the rate of its link does not limit ${of === 1 ? 'the one large flow' : free.length === of ? `any of the ${of} large flows` : `${free.length} of the ${of} large flows`}`,
          explanation: `${free.slice(0, 3).map(sentence).join(' ')}${free.length > 3 ? ` And ${count(free.length - 3, 'more')}.` : ''} A faster link would not make ${free.length === 1 ? 'it' : 'them'} faster.`,
          evidence: free.slice(0, 3).map(({ evidence }) => evidence),
          // Where a link is full, that is what to look at first.
          advice:
            direction.saturation.verdict === 'full'
              ? null
              : closed.length === free.length
                ? 'Look at the receiver: its application reads too slowly, because of its disk or its processor.'
                : 'Look at the ends: disk, application, TCP window against round-trip time; and for loss on the way.',
          ports: [...new Set(free.map(({ port }) => port))],
          flows: free.map(({ flow }) => flow),
        }),
      ];
    }),
};

function sentence(each: Direction['limits'][number]): string {
  const { port, bitsPerSecond, seconds: life, busiestInterval, pauseShare, repeatShare, closedWindow } = each;
  const waits =
    pauseShare >= PAUSES
      ? ` It waited in pauses of 0.1 s and more for at least ${percent(pauseShare)} of its life.`
      : '';
  const repeats =
    repeatShare !== null && repeatShare >= LOSSY ? ` ${percent(repeatShare)} of its segments came again or late.` : '';
  const full =
    closedWindow === null || closedWindow.times === 0
      ? ''
      : ` Its receiver closed the window at least ${count(closedWindow.times, 'time')}, for at least ${percent(closedWindow.share)} of its life.`;
  const room =
    each.verdict === 'not-link-limited'
      ? `, while ${port} was never more than ${percent(busiestInterval ?? 0)} full`
      : '';
  return `${nameOf(each)}: ${bitRate(bitsPerSecond)} for ${seconds(life)}${room}.${full}${waits}${repeats}`;
}
