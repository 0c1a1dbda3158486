import type { Calibration, Names, Score, Verdicts } from './calibration.js';
import { rateBelow } from './scores.js';

const digits = (value: number) => value.toFixed(3);
const percent = (share: number) => `${(100 * share).toFixed(share < 0.1 ? 2 : 0)} %`;
const scoreText = ({ value, interval: [low, high] }: Score) => `${digits(value)} (${digits(low)} to ${digits(high)})`;

function verdictText({ right, wrong, withoutEffect }: Verdicts): string {
  const harmless = withoutEffect > 0 ? `, ${withoutEffect} of them without effect between the values seen` : '';
  return `${right} right, ${wrong} wrong${harmless} (rate of error below ${percent(rateBelow(wrong, right + wrong))})`;
}

/** For the terminal, one set of scenarios. */
export function calibrationText(title: string, c: Calibration): string {
  const { used, unused, open } = c.verdicts;
  const decided = used.right + used.wrong + unused.right + unused.wrong;
  const [least, most] = [c.bins[0], c.bins[c.bins.length - 1]];
  const sure = (hits: number, count: number) =>
    `${hits} of ${count} (rate below ${count > 0 ? percent(rateBelow(hits, count)) : '-'})`;
  const total = [...c.names.values()].reduce((a, b) => added(a, b), NO_NAMES);
  return [
    `${title}: ${c.scenarios} scenarios (${c.singlePort} on one port, not scored), ${c.statements} judgements`,
    `  Brier        ${scoreText(c.brier)}; ${digits(c.expectedBrier)} if what was said were exactly right`,
    `  log loss     ${scoreText(c.logLoss)}`,
    `  said < .01   was: ${sure(least.hits, least.count)}`,
    `  said >= .99  was not: ${sure(most.count - most.hits, most.count)}`,
    `  said -> was  ${c.bins
      .filter(({ count }) => count > 0)
      .map(({ said, was, count }) => `${digits(said)} -> ${digits(was)} (${count})`)
      .join(', ')}`,
    `  used         ${verdictText(used)}`,
    `  unused       ${verdictText(unused)}`,
    `  open         ${open} of ${open + decided} (${percent(open / (open + decided))})`,
    `  CPU          ${c.cpuMs.mean.toFixed(0)} ms a scenario, ${c.cpuMs.most.toFixed(0)} at most`,
    `  functions named: right, right among others, right of the bits that varied, wrong, none`,
    ...[...c.names, ['all', total] as const].map(
      ([name, n]) =>
        `    ${name.padEnd(30)}${[n.right, n.among, n.here, n.wrong, n.none].map((x) => `${x}`.padStart(6)).join('')}`,
    ),
  ].join('\n');
}

const NO_NAMES: Names = { right: 0, among: 0, here: 0, wrong: 0, none: 0 };
const added = (a: Names, b: Names): Names => ({
  right: a.right + b.right,
  among: a.among + b.among,
  here: a.here + b.here,
  wrong: a.wrong + b.wrong,
  none: a.none + b.none,
});
