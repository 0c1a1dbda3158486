import { DIRECTIONS, finding, type Rule } from '../rule.js';
import { capital, count, sideOf } from '../words.js';
import { nameOf } from './ping-pong.js';

export const fragments: Rule = {
  asks: 'Do fragments take another link than the rest of their flow?',
  judge: ({ draft }) =>
    DIRECTIONS.flatMap((name) => {
      const flows = draft.directions[name].pingPong.filter((entry) => entry.kind === 'fragment-split');
      const [first] = flows;
      if (first === undefined) return [];
      const side = sideOf(name, draft);
      return [
        finding({
          id: 'flows-fragment-split',
          severity: 'notice',
          title: `${capital(side.arrow)}: fragments of ${count(flows.length, 'flow')} take another link`,
          explanation: `${nameOf(first)} and others: fragments carry no ports, so ${side.decider} hashes them by addresses. Frames of one flow can overtake each other.`,
          evidence: first.evidence,
          advice: 'Send smaller datagrams (below the MTU), or use a policy without ports at that end.',
          flows: flows.slice(0, 20).map(({ flow }) => flow),
          displayFilter: first.displayFilter,
        }),
      ];
    }),
};
