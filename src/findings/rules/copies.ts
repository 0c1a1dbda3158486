import type { Quality } from '../../document/schema.js';
import { finding, type Rule } from '../rule.js';
import { count, list, percent } from '../words.js';

export const copies: Rule = {
  asks: 'Do two inputs show the same frames?',
  judge: ({ draft: { quality } }) =>
    quality.copies.map(({ ports, share, aggregate, alone }) =>
      aggregate === null ? twins(ports, share) : itself(aggregate, ports, share, alone),
    ),
};

type Alone = Quality['copies'][number]['alone'];

const itself = (aggregate: string, ports: readonly string[], share: number, alone: Alone) => {
  const members = list(ports.filter((port) => port !== aggregate));
  return finding({
    id: 'capture-aggregate',
    severity: alone?.areOwn ? 'warning' : 'notice',
    title: `${aggregate} is the aggregate itself${alone?.areOwn ? ', and a member was not captured' : ''}`,
    explanation: `It shows the frames of ${members} once more (${percent(share)} of them within 50 ms). It is counted, and left out of everything else: which link a frame took, only the members show.${restOf(alone)}`,
    advice: isMissed(alone)
      ? `Capture every member of ${aggregate}, all at the same time.`
      : `Nothing need be done. The capture is half as large without ${aggregate}.`,
    ports: [aggregate],
  });
};

const isMissed = (alone: Alone) => alone !== null && alone.frames + alone.more + alone.outside > 0;

/** Frames that none of the members shows. */
function restOf(alone: Alone): string {
  if (alone === null) return '';
  const { flows, frames, more, outside } = alone;
  if (alone.areOwn) {
    return ` ${count(flows, 'flow')} (${count(frames, 'frame')}) are on it alone: of a member that is not here. They are in no figure, and how many ports the senders choose from is not known.`;
  }
  const lost =
    frames + more === 0
      ? ''
      : ` ${count(frames + more, 'frame')} more than theirs are on it alone: their captures lost those, left them out, or are of fewer ports than it has.`;
  return outside === 0
    ? lost
    : `${lost} ${count(outside, 'frame')} of flows on it alone are from before or after their captures, at least in part: of which member, or whether it is a member itself with flows of its own, can’t be told.`;
}

const twins = (ports: string[], share: number) =>
  finding({
    id: 'capture-copies',
    severity: 'fault',
    title: `${list(ports)} show the same frames`,
    explanation:
      `${share > 0 ? `${percent(share)} of the frames of one are repeated on the other within 50 ms` : 'Their LACPDUs come from one and the same port, with clocks that differ'}. Not a split: one port was captured twice, ` +
      'so the real traffic of the second port is not in this capture.',
    advice: 'Check the interface that each capture was taken on, and capture again.',
    ports,
  });
