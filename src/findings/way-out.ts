/** What an uneven direction could do about it, as far as the analysis knows: another policy, other addresses, an experiment. */

import type { Direction, DirectionName, HeaderField, WhatIf } from '../document/schema.js';
import type { Draft } from './rule.js';
import { sideOf } from './words.js';

/** A change of policy is worth a word from here on. inference.md D. */
const LOWER = 0.8; // of the busiest link's load now
const FLOWS = 8;

interface Usual {
  readonly id: string;
  readonly words: string;
  readonly reads: readonly HeaderField[];
}

/** The finest first: what reads less than the sender does tells fewer flows apart. */
const USUAL: readonly Usual[] = [
  { id: 'l3+l4', words: 'IP addresses and ports', reads: ['l4.srcport', 'l4.dstport', 'ip.src', 'ip.dst'] },
  { id: 'l3', words: 'IP addresses', reads: ['ip.src', 'ip.dst'] },
  { id: 'l2', words: 'MAC addresses', reads: ['eth.src', 'eth.dst'] },
];

/**
 * Whether the sender's hash reads these fields as it is, as far as they varied: then its spread is the luck of these flows, and
 * another hash of them has its own.
 */
function isHashed({ hash }: Direction, reads: readonly HeaderField[]): boolean {
  const verdicts = reads.map((field) => hash?.fields.find((each) => each.field === field)?.verdict);
  return verdicts.includes('used') && verdicts.every((verdict) => verdict === 'used' || verdict === 'untested');
}

/** Sentences with a space in front of each; '' where nothing is known to help. */
export function wayOut(name: DirectionName, draft: Draft): string {
  const { directions, whatIf, plan, experiments } = draft;
  const sentences: string[] = [];
  const now = whatIf[name].find(({ kind }) => kind === 'captured');
  const hashed = USUAL.findIndex(({ reads }) => isHashed(directions[name], reads));
  const better = USUAL.slice(0, hashed < 0 ? USUAL.length : hashed).flatMap(({ id, words }) => {
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
