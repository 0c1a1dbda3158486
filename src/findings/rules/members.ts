import { finding, type Rule } from '../rule.js';
import { list } from '../words.js';

/** Captured ports that are no members of this LAG. */
export const members: Rule = {
  asks: 'Does every capture belong to this LAG?',
  judge: ({ draft, portNames }) => {
    const outside = portNames.filter((port) => !draft.lag.ports.includes(port));
    if (outside.length === 0) return [];
    return [
      finding({
        id: 'lacp-not-a-member',
        severity: 'warning',
        title: `${list(outside)} ${outside.length === 1 ? 'is' : 'are'} not part of this LAG`,
        explanation: `LACP bundles ${list(draft.lag.ports)}. ${outside.length === 1 ? 'It is' : 'They are'} counted, and left out of what is said of the hash.`,
        advice: 'Check the cable and the trunk of the switch port, or leave that capture out.',
        ports: outside,
      }),
    ];
  },
};
