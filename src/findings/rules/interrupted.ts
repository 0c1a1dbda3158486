import type { LeftOut } from '../../document/schema.js';
import { DIRECTIONS, type Draft, finding, type Rule } from '../rule.js';
import { list, sideOf } from '../words.js';

/** What the user gave up waiting for: what is not there must not look as if there were nothing. */
export const interrupted: Rule = {
  asks: 'Was the analysis interrupted, and what does it lack?',
  judge: ({ draft }) => {
    if (draft.interrupted.length === 0) return [];
    const lacking = lackingIn(draft);
    return [
      finding({
        id: 'hash-interrupted',
        severity: 'notice',
        title: `Interrupted: ${lacking[0]} was not worked out`,
        explanation: `Not worked out: ${list(lacking, lacking.length)}. What is counted, and said of single flows, is of all that was read.`,
        advice: 'Run it again and let it finish.',
      }),
    ];
  },
};

/** In words, the most important first. */
function lackingIn(draft: Draft): string[] {
  const isLacking = (place: LeftOut) => draft.interrupted.includes(place);
  const decidersOf = (what: '' | '.function') =>
    list(DIRECTIONS.filter((name) => isLacking(`directions.${name}.hash${what}`)).map((n) => sideOf(n, draft).decider));
  const [hash, exact] = [decidersOf(''), decidersOf('.function')];
  return [
    ...(hash === '' ? [] : [`what ${hash} ${hash.includes(' and ') ? 'hash' : 'hashes'} on`]),
    ...(exact === '' ? [] : [`the function of ${exact}`]),
    ...(isLacking('whatIf.ingress') || isLacking('whatIf.egress') ? ['what other policies would give'] : []),
    ...(isLacking('experiments') ? ['what to send next'] : []),
    ...(isLacking('plan') ? ['which addresses spread'] : []),
  ];
}
