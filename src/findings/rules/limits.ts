import type { Direction } from '../../document/schema.js';
import { DIRECTIONS, finding, type Rule } from '../rule.js';
import { atMost, bitRate, capital, count, percent, seconds, sideOf } from '../words.js';
import { nameOf } from './ping-pong.js';

const PAUSES = 0.5; // of a life: what fills it is waiting
const LOSSY = 0.01;
const CLOSED = 0.1; // of a life: the receiver had no room at all

const MOST = 0.5; // of the octets of large flows: else what is known is of a few, and the table has it

type Limit = Direction['limits'][number];
const octetsOf = (flows: readonly Limit[]) => flows.reduce((sum, { share }) => sum + share, 0);

const FREE: ReadonlySet<Limit['verdict']> = new Set(['not-link-limited', 'receiver-limited', 'sender-limited']);

/** Large flows whose link had room all their lives, or whose ends are what holds them back: a faster link would not make them faster. */
export const limits: Rule = {
  asks: 'Does the LAG hold the large flows back?',
  judge: ({ draft }) =>
    DIRECTIONS.flatMap((name) => {
      const direction = draft.directions[name];
      if (draft.quality.verdict === 'unusable') return [];
      const free = direction.limits.filter(({ verdict }) => FREE.has(verdict));
      if (octetsOf(free) <= octetsOf(direction.limits) * MOST) return [];
      const side = sideOf(name, draft);
      const of = direction.limits.length;
      const said = free.slice(0, 3).map((each) => sentence(each, direction));
      return [
        finding({
          id: 'load-not-link-limited',
          severity: 'notice',
          title: `${capital(side.arrow)}: the rate of its link does not limit ${of === 1 ? 'the one large flow' : free.length === of ? `any of the ${of} large flows` : `${free.length} of the ${of} large flows`}`,
          explanation: `${said.join(' ')}${free.length > 3 ? ` And ${count(free.length - 3, 'more')}.` : ''} A faster link would not make ${free.length === 1 ? 'it' : 'them'} faster.`,
          evidence: free.slice(0, 3).map(({ evidence }) => evidence),
          // Where a link is full, that is what to look at first.
          advice: direction.saturation.verdict === 'full' ? null : adviceOn(free),
          ports: [...new Set(free.map(({ port }) => port))],
          flows: free.map(({ flow }) => flow),
        }),
      ];
    }),
};

function adviceOn(free: readonly Limit[]): string {
  if (free.every(({ verdict }) => verdict === 'sender-limited')) {
    return 'Look at the sender: its application has nothing to send most of the time.';
  }
  if (!free.every(({ verdict }) => verdict === 'receiver-limited')) {
    return 'Look at the ends: disk, application, TCP window against round-trip time; and for loss on the way.';
  }
  return free.some(isClosed)
    ? 'Look at the receiver: its application reads too slowly, because of its disk or its processor.'
    : 'Look at the receiver: let its window grow (receive buffer of the system and of the application, window scaling), or shorten the round trip.';
}

const isClosed = ({ closedWindow }: Limit) => (closedWindow?.share ?? 0) >= CLOSED;

function sentence(each: Limit, direction: Direction): string {
  const { port, bitsPerSecond, seconds: life, busiestInterval, pauseShare, repeatShare, closedWindow } = each;
  const waits =
    pauseShare >= PAUSES
      ? ` It waited in pauses of 0.1 s and more for at least ${percent(pauseShare)} of its life.`
      : '';
  const repeats =
    repeatShare !== null && repeatShare >= LOSSY ? ` ${percent(repeatShare)} of its segments came again or late.` : '';
  const closed =
    closedWindow === null || closedWindow.times === 0
      ? ''
      : ` Its receiver closed the window at least ${count(closedWindow.times, 'time')}, for at least ${percent(closedWindow.share)} of its life.`;
  const room =
    each.verdict === 'not-link-limited'
      ? `, while ${port} was never more than ${atMost(busiestInterval ?? 0)} full`
      : '';
  const ends =
    each.verdict === 'receiver-limited' && !isClosed(each)
      ? windowSentence(each, direction)
      : each.verdict === 'sender-limited'
        ? ` For ${percent(each.window?.idleShare ?? 0)} of the time looked at, all it had sent was acknowledged, and there was room for more.`
        : '';
  return `${nameOf(each)}: ${bitRate(bitsPerSecond)} for ${seconds(life)}${room}.${closed}${ends}${waits}${repeats}`;
}

/** A rate is never more than window / round trip: what there is, and what the link would need. */
function windowSentence({ window, port }: Limit, direction: Direction): string {
  if (window === null) return '';
  const { octets, roundTrip, fullShare, usedShare, excerpts } = window;
  const use = ` Its receive window of ${binary(octets)} was full for ${percent(fullShare)} of the time in ${count(excerpts, 'excerpt')}, and in use to ${percent(usedShare)} on average`;
  if (roundTrip === null || roundTrip === 0) return `${use}.`;
  const link = direction.ports.find((each) => each.port === port);
  const needed =
    link?.linkBitsPerSecond == null
      ? ''
      : ` For the ${bitRate(link.linkBitsPerSecond)} of ${port} it would have to be ${binary((link.linkBitsPerSecond * roundTrip) / 8)}, unless it is a queue that makes the round trip so long.`;
  return `${use}: at a round trip of ${milliseconds(roundTrip)} it allows ${bitRate((octets * 8) / roundTrip)}.${needed}`;
}

const milliseconds = (time: number) => `${Number((time * 1000).toPrecision(3))} ms`;

function binary(octets: number): string {
  const [value, unit] = octets < 2 ** 20 ? [octets / 2 ** 10, 'KiB'] : [octets / 2 ** 20, 'MiB'];
  return `${Number(value.toPrecision(3))} ${unit}`;
}
