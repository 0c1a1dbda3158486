import { DIRECTIONS, finding, type Rule } from '../rule.js';
import { count, percent } from '../words.js';

/** The usual misreading: data in on one port, answers out on another. */
export const noPingPong: Rule = {
  asks: 'What else made it look like ping-pong?',
  judge: ({ draft }) => {
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
        ? 'No connection was seen in both directions.'
        : `${split.biflows} of ${count(split.of, 'connection')} ${split.biflows === 1 ? 'comes' : 'come'} in on one link and ${split.biflows === 1 ? 'goes' : 'go'} out on another.${split.biflows > 0 ? expected : ''}`;
    const several =
      severalConnections.hostPairs === 0
        ? ''
        : ` ${count(severalConnections.hostPairs, 'pair')} of hosts ${severalConnections.hostPairs === 1 ? 'has' : 'have'} several connections on several links: each connection is a flow of its own.`;
    return [
      finding({ id: 'pingpong-none', severity: 'ok', title: 'No flow ping-pongs', explanation: answered + several }),
    ];
  },
};
