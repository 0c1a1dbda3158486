/** What an uneven direction could do about it, as far as the analysis knows: another policy, other addresses, an experiment. */

import type { DirectionName, WhatIf } from '../document/schema.js';
import type { Draft } from './rule.js';
import { sideOf } from './words.js';

/** A change of policy is worth a word from here on. inference.md D. */
const LOWER = 0.8; // of the busiest link's load now
const FLOWS = 8;

const USUAL: readonly (readonly [string, string])[] = [
  ['l3+l4', 'IP addresses and ports'],
  ['l3', 'IP addresses'],
  ['l2', 'MAC addresses'],
];

/** Sentences with a space in front of each; '' where nothing is known to help. */
export function wayOut(name: DirectionName, draft: Draft): string {
  const { directions, whatIf, plan, experiments } = draft;
  const sentences: string[] = [];
  const now = whatIf[name].find(({ kind }) => kind === 'captured');
  const better = USUAL.flatMap(([id, words]) => {
    const row = whatIf[name].find(({ policy, knownAs }) => policy === id || knownAs.includes(id));
    return row === undefined || now === undefined || row.maxOverMean > LOWER * now.maxOverMean ? [] : [{ row, words }];
  });
  const [best] = better.sort((a, b) => a.row.maxOverMean - b.row.maxOverMean);
  if (best !== undefined && now !== undefined && directions[name].flows >= FLOWS)
    sentences.push(wouldGive(best, now, sideOf(name, draft).decider));
  if (plan?.direction === name) {
    sentences.push(`With the policy as it is, other client ${plan.kind} spread: "lacpscope plan" has them.`);
  }
  const telling = experiments.findIndex(({ direction }) => direction === name);
  if (telling >= 0) sentences.push(`Experiment ${telling + 1} tells more.`);
  return sentences.map((sentence) => ` ${sentence}`).join('');
}

/** @param decider whose policy it is: that of the other side would change nothing here */
function wouldGive(
  { row, words }: { readonly row: WhatIf; readonly words: string },
  now: WhatIf,
  decider: string,
): string {
  const times = (value: number) => value.toFixed(1);
  return `At ${decider}, a hash of ${words} would use ${times(row.busyLinks)} links on average, the busiest ${times(row.maxOverMean)} times its share (now ${times(now.maxOverMean)}).`;
}
