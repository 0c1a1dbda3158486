import { finding, type Rule } from '../rule.js';
import { count, list, percent } from '../words.js';

/** Frames of one port that another one shows as well: no load of that link, and no split. */
export const mirrors: Rule = {
  asks: 'Does a port show frames of others?',
  judge: ({ draft: { quality } }) =>
    quality.mirrors
      // Of two that show each other's, one finding.
      .filter(({ port, of, isMutual }) => !isMutual || of.every((other) => port < other))
      .map(({ port, of, share, frames, hasOwn, mayBeAggregate, isMutual }) =>
        finding({
          id: 'capture-mirrored',
          severity: 'warning',
          title: isMutual
            ? `${list([port, ...of])} show some frames twice`
            : `${port} shows ${percent(share)} of the frames of ${list(of)} once more`,
          explanation: isMutual
            ? `${count(frames, 'frame')} of one came again on another within 50 ms, and which was the first is a matter of their clocks. A mirror session (SPAN) towards one of them does this. They are counted on both, so their loads are too high; how full these links were can’t be told.`
            : `${count(frames, 'frame')} came there within 50 ms of the original. A mirror session (SPAN) towards that port does this. ${hasOwn ? `They are left out of its load; how full it was, these copies included, can’t be told.` : `It has no others, so it is left out as a link.`} Not a split: their flows count where the originals were.${mayBeAggregate ? ` Or ${port} is the aggregate itself, and its other frames are of a member that was not captured, or that the captures of ${list(of)} lack: which of the two can’t be told. They count as those of a link, and no function is named.` : ''}`,
          advice: mayBeAggregate
            ? `If ${port} is the aggregate, capture every member port in its place; if not, capture without the mirror session.`
            : `Capture without the mirror session, or leave ${isMutual ? 'the mirror port' : port} out if it is no member.`,
          ports: [port, ...of],
        }),
      ),
};
