/** Scores by one property of the scenarios. */

import type { Judgement } from './judge.js';
import { brier, interval, logLoss } from './scores.js';

const PROPERTIES: Readonly<Record<string, (judgement: Judgement) => string>> = {
  family: ({ scenario }) => scenario.family,
  traffic: ({ scenario }) => scenario.traffic,
  ports: ({ scenario }) => `${scenario.ports} ports`,
  flows: ({ scenario }) => `from ${2 ** Math.floor(Math.log2(scenario.headers.length))} flows`,
};

export function breakdown(judgements: readonly Judgement[], by: string): string {
  const of = PROPERTIES[by];
  if (of === undefined) throw new Error(`--by ${by}: known are ${Object.keys(PROPERTIES).join(', ')}`);
  const scored = judgements.filter(({ singlePort }) => !singlePort);
  const names = [...new Set(scored.map(of))].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const lines = names.map((name) => {
    const groups = scored.filter((judgement) => of(judgement) === name).map(({ fields }) => fields);
    const all = groups.flat();
    const [low, high] = interval(groups, brier);
    const wrong = all.filter(({ verdict, was }) => verdict !== 'open' && (verdict === 'used') !== was).length;
    const open = all.filter(({ verdict }) => verdict === 'open').length;
    const scores = `Brier ${brier(all).toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)}), log loss ${logLoss(all).toFixed(3)}`;
    return `    ${name.padEnd(22)} ${scores}, ${wrong} wrong, ${open} open of ${all.length}`;
  });
  return [`  by ${by}`, ...lines].join('\n');
}
