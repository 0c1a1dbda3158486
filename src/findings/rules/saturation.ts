import type { Direction } from '../../document/schema.js';
import { DIRECTIONS, type Draft, finding, type Rule } from '../rule.js';
import { atMost, bitRate, capital, count, list, percent, type Side, seconds, sideOf } from '../words.js';
import { nameOf } from './ping-pong.js';

/** Which link is full and who shares it; or that the sum is limited elsewhere. Silent where rates are not known. */
export const saturation: Rule = {
  asks: 'Is a link full?',
  judge: ({ draft }) =>
    DIRECTIONS.flatMap((name) => {
      const direction = draft.directions[name];
      if (draft.quality.verdict === 'unusable' || direction.flows === 0) return [];
      const side = sideOf(name, draft);
      const wrong = exceeded(direction);
      if (wrong.length > 0) return [tooMuch(wrong, side)];
      const { verdict, sumAtOneLink } = direction.saturation;
      if (verdict === 'full') return [full(direction, side, draft)];
      return sumAtOneLink === null ? [] : [shared(direction, side, sumAtOneLink)];
    }),
};

/** That no link is full, so that the limit of a transfer is elsewhere. */
export const noFullLink: Rule = {
  asks: 'Had every link room?',
  judge: ({ draft }) =>
    DIRECTIONS.flatMap((name) => {
      const direction = draft.directions[name];
      const { verdict, sumAtOneLink } = direction.saturation;
      if (draft.quality.verdict === 'unusable' || direction.flows === 0) return [];
      if (verdict !== 'none-full' || sumAtOneLink !== null) return [];
      return [room(direction, draft.directions[name === 'ingress' ? 'egress' : 'ingress'], sideOf(name, draft), draft)];
    }),
};

const BEYOND = 1.1; // more than time stamps in bursts explain

/** Ports that carried more than the rate they were given. */
const exceeded = ({ ports }: Direction) =>
  ports.filter(
    ({ linkRateBasis, linkBitsPerSecond, peakBitsPerSecond }) =>
      linkRateBasis === 'given' && peakBitsPerSecond > BEYOND * (linkBitsPerSecond ?? 0),
  );

function tooMuch(ports: Direction['ports'], side: Side) {
  const carried = ports.map(
    ({ port, peakBitsPerSecond, linkBitsPerSecond }) =>
      `${port} carried up to ${bitRate(peakBitsPerSecond)}, ${bitRate(linkBitsPerSecond ?? 0)} were given`,
  );
  return finding({
    id: 'load-rate-exceeded',
    severity: 'warning',
    title: `The rate given for ${list(ports.map(({ port }) => port))} can’t be right`,
    explanation: `${side.arrow}: ${list(carried)}. How full these links were can’t be told.`,
    advice: 'Give the rate of one link: --rate 1G, or --rate igb0=10G.',
    ports: ports.map(({ port }) => port),
  });
}

type Ports = Direction['saturation']['ports'];

function full(direction: Direction, side: Side, draft: Draft) {
  const { ports, window } = direction.saturation;
  const [busy, others] = [ports.filter((p) => p.fullSeconds > 0), ports.filter((p) => p.fullSeconds === 0)];
  const members = direction.ports.filter(({ port }) => draft.lag.ports.includes(port));
  const all = busy.length === members.length && busy.length > 1;
  const names = list(busy.map(({ port }) => port));
  return finding({
    id: all ? 'load-all-links-full' : 'load-link-full',
    severity: all ? 'notice' : 'warning',
    title: `${capital(side.arrow)}: ${names} ${busy.length === 1 ? 'was' : 'were'} full for ${list(busy.map((p) => `${seconds(p.fullSeconds)}`))} of ${seconds(draft.capture.duration)}`,
    explanation: `${busy.map((port) => who(port, direction)).join(' ')} ${elsewhere(others, members.length, busy.length)} Full: 95 % of the rate on the wire or more, over ${seconds(window)} or longer.`,
    evidence: busy.flatMap(({ flows }) => flows.slice(0, 2).map(({ evidence }) => evidence)),
    advice: all
      ? 'More links, or faster ones: the LAG carries what it can.'
      : `Put some of these flows on another link: ${side.decider} chooses it in this direction.`,
    ports: busy.map(({ port }) => port),
    flows: busy.flatMap(({ flows }) => flows.map(({ flow }) => flow)),
  });
}

function who({ port, flows, spans }: Ports[number], direction: Direction): string {
  const link = direction.ports.find((each) => each.port === port);
  const rate = bitRate(link?.linkBitsPerSecond ?? 0);
  const highest = spans.reduce((most, { utilisation }) => Math.max(most, utilisation), 0);
  const load = `${port} (${rate}, ${RATE_WORDS[link?.linkRateBasis ?? 'assumed']}) carried ${percent(Math.min(1, highest))} of its rate`;
  if (flows.length === 0) return `${load}, in flows too small to name.`;
  const named = flows
    .slice(0, 3)
    .map((each) => `${nameOf(each)} (about ${percent(Math.round(each.share * 100) / 100)})`);
  const more = flows.length > 3 ? `, and ${count(flows.length - 3, 'more large flow')}` : '';
  return `${load}, most of it in ${count(flows.length, 'large flow')}: ${list(named)}${more}.`;
}

const RATE_WORDS = {
  given: 'as given',
  lldp: 'says LLDP',
  interface: 'says the capture',
  assumed: 'assumed',
} as const;

function elsewhere(others: Ports, members: number, busy: number): string {
  if (members - busy > others.length) return 'Of the other links the rate is not known.';
  if (others.length === 0) return 'No other link was left.';
  const shares = others.map(
    ({ port, busiestWindow, busiestInterval }) => `${port} ${percent(Math.min(1, busiestWindow ?? busiestInterval))}`,
  );
  return `The others had room; at their busiest: ${list(shares)}.`;
}

function shared(
  direction: Direction,
  side: Side,
  { seconds: held, bitsPerSecond, linkBitsPerSecond, ports }: NonNullable<Direction['saturation']['sumAtOneLink']>,
) {
  const shares = list(ports.map(({ port, share }) => `${port} ${percent(share)}`));
  const [first] = direction.topFlows;
  const far = (flow: (typeof direction.topFlows)[number]['flow']) => (side.verb === 'arrive' ? flow.ipSrc : flow.ipDst);
  const large = direction.topFlows.filter(({ share }) => share >= 0.05);
  const one = first !== undefined && large.every(({ flow }) => far(flow) === far(first.flow)) ? far(first.flow) : null;
  return finding({
    id: 'load-sum-at-one-link',
    severity: 'warning',
    title: `${capital(side.arrow)}: all links together stay at the rate of one, and none of them is full`,
    explanation:
      `For ${seconds(held)} the sum was ${bitRate(bitsPerSecond)} on the wire and never more, where one link carries ${bitRate(linkBitsPerSecond)}; it was spread: ${shares}. ` +
      `So the flows are not all on one link, and it is not a link of this LAG that limits them. ${one === null ? 'Something that they share, as fast as one link, would do this: an uplink between switches, one machine. What it is does not show here.' : `All large flows are with ${one}: its own link, if it is as fast as one of these, would do this.`}`,
    advice:
      'Look for what all these flows pass and that is as fast as one link: an uplink, or the other machine’s port.',
    ports: ports.map(({ port }) => port),
  });
}

function room(direction: Direction, back: Direction, side: Side, draft: Draft) {
  const { ports } = direction.saturation;
  const top = ports.reduce((a, b) => (b.busiestInterval > a.busiestInterval ? b : a));
  const link = direction.ports.find(({ port }) => port === top.port);
  // Acknowledgements travel the other way, and wait where a link is full there.
  const isFree = back.saturation.verdict === 'none-full' || back.flows === 0;
  const limit =
    isFree && direction.limits.length === 0
      ? ' It is not the rate of these links that limits the flows: look at the ends, at what lies between them, and for loss.'
      : '';
  const lossy = (draft.quality.droppedFrames ?? 0) > 0;
  return finding({
    id: 'load-none-full',
    severity: 'ok',
    title: `${capital(side.arrow)}: no link was full`,
    explanation: `In its busiest ${seconds(direction.saturation.interval ?? direction.series.interval)} ${top.port} carried at most ${atMost(top.busiestInterval)} of ${bitRate(link?.linkBitsPerSecond ?? 0)} (${RATE_WORDS[link?.linkRateBasis ?? 'assumed']}); shorter bursts do not show.${limit}${lossy ? ' Frames that the capture dropped are not in this figure.' : ''}`,
    ports: ports.map(({ port }) => port),
  });
}
