import { DIRECTIONS, finding, type Rule, type UnjudgedFlows, type Unordered } from '../rule.js';
import { count, list, percent } from '../words.js';

/** The usual misreading: data in on one port, answers out on another. */
export const noPingPong: Rule = {
  asks: 'What else made it look like ping-pong?',
  judge: ({ draft, unjudged }) => {
    const { directionSplit: split, severalConnections, capture, quality } = draft;
    const alternates = DIRECTIONS.some((name) =>
      draft.directions[name].pingPong.some((entry) => /^P[5-8]$/.test(entry.class)),
    );
    if (alternates || capture.flows === 0 || quality.verdict === 'unusable') return [];
    const expected =
      split.expectedShare === null
        ? ''
        : ` With ${count(draft.lag.ports.length, 'port')} about ${Math.round(split.expectedShare * split.of)} of ${split.of} (${percent(split.expectedShare)}) are expected if both ends choose for themselves: that is normal.`;
    const answered =
      split.of === 0
        ? `No connection was seen in both directions${DIRECTIONS.some((name) => draft.directions[name].topFlows.some(({ flow }) => flow.inner !== null)) ? ' (of tunnels, the outer addresses and ports count)' : ''}.`
        : `${split.biflows} of ${count(split.of, 'connection')} ${split.biflows === 1 ? 'comes' : 'come'} in on one link and ${split.biflows === 1 ? 'goes' : 'go'} out on another.${split.biflows > 0 ? expected : ''}`;
    const several =
      severalConnections.hostPairs === 0
        ? ''
        : ` ${count(severalConnections.hostPairs, 'pair')} of hosts ${severalConnections.hostPairs === 1 ? 'has' : 'have'} several connections on several links: each connection is a flow of its own.`;
    const open = openQuestions(unjudged);
    return [
      finding({
        id: 'pingpong-none',
        severity: open === '' ? 'ok' : 'notice',
        title: open === '' ? 'No flow ping-pongs' : `No flow is seen to ping-pong; ${open} can’t be told`,
        explanation: answered + several + whyUntold(unjudged),
        advice:
          unjudged.ambiguousClock > 0
            ? 'Capture all ports with one program (dumpcap -i igb0 -i igb1 …), so that one clock stamps them.'
            : null,
      }),
    ];
  },
};

const WHY: Readonly<Record<Unordered, string>> = {
  constant: 'all have one IP id',
  'no-counter': 'their IP ids are no counter (random, or of a host too busy)',
  none: 'IPv6 without a sequence number in front',
  few: 'too few frames where both ports have some',
  'not-sampled': 'beyond the 512 flows whose frames are kept',
  alike: 'their frames are alike, so they may be copies',
};

/** What would have ordered frames of different ports without clocks, and why it does not. */
function whyUntold({ ambiguousClock, unnumbered }: UnjudgedFlows): string {
  if (ambiguousClock === 0 || unnumbered.size === 0) return '';
  const reasons = [...unnumbered]
    .sort((a, b) => b[1] - a[1])
    .map(([why, flows]) => `${WHY[why]} (${count(flows, 'flow')})`);
  return ` Where clocks do not tell the order of frames, numbers in them could; here not: ${reasons.join('; ')}.`;
}

function openQuestions({ tooShort, ambiguousClock, notFollowed }: UnjudgedFlows): string {
  return list([
    ...(tooShort > 0 ? [`${count(tooShort, 'flow')} too short on several links`] : []),
    ...(ambiguousClock > 0 ? [`${count(ambiguousClock, 'flow')} whose ports have different clocks`] : []),
    ...(notFollowed > 0 ? [`${count(notFollowed, 'flow')} beyond what is followed`] : []),
  ]);
}
