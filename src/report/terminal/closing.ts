/** What to do next, and how far the capture can be trusted. */

import type { Analysis } from '../../document/schema.js';
import { wrap } from '../columns.js';
import { count, number } from '../words.js';
import type { Screen } from './screen.js';

const ADVICES = 3;

/** Advice of the findings, then the experiment that tells most; all of both with --verbose. */
export function next(screen: Screen): string[] {
  const { experiments, findings } = screen.analysis;
  const isSaidBelow = (id: string) => experiments.length > 0 && id.startsWith('hash-fields');
  const advice = findings
    .filter(({ severity, advice: text, id }) => text !== null && severity !== 'ok' && !isSaidBelow(id))
    .map(({ advice: text }) => text ?? '');
  const most = screen.verbose ? advice.length : ADVICES - Math.min(1, experiments.length);
  const steps = [
    ...[...new Set(advice)].slice(0, most).map((step) => wrap(step, screen.width - 5)),
    ...experiments.slice(0, screen.verbose ? undefined : 1).map((each, i) => experimentLines(screen, each, i + 1)),
  ];
  if (steps.length === 0) return [];
  return [
    screen.dim('NEXT'),
    ...steps.flatMap((lines, i) => lines.map((line, k) => `  ${k === 0 ? `${i + 1}  ` : '   '}${line}`)),
  ];
}

/** A command stands on lines of its own, as it is: wrapped it could not be pasted. */
function experimentLines(screen: Screen, experiment: Analysis['experiments'][number], index: number): string[] {
  const { where, lines, outcomes, direction, flows } = experiment;
  const width = screen.width - 5;
  const of = screen.analysis.experiments.length;
  return [
    ...wrap(
      `Experiment ${index} of ${of}, on what decides ${screen.sides[direction]}: capture again, and on ${where} (${count(flows, 'flow')})`,
      width,
    ),
    ...lines.map((line) => `  ${line}`),
    ...wrap(`${outcomes.map(({ seen, means }) => `${seen}: ${means}`).join('; ')}.`, width),
  ];
}

export function footer(screen: Screen): string[] {
  const { quality, interrupted } = screen.analysis;
  const said = [
    `capture quality: ${quality.verdict}`,
    quality.droppedFrames === null ? 'drops not recorded' : `${number(quality.droppedFrames)} frames dropped`,
    quality.skew.bound === null ? '' : `clocks within ${micro(quality.skew.bound)} (${quality.skew.basis})`,
  ].filter((part) => part !== '');
  const gaveUp = interrupted.length > 0 ? ['The analysis was interrupted.'] : [];
  return wrap([`${said.join('; ')}.`, ...gaveUp, ...quality.limits].join(' '), screen.width).concat(
    screen.dim('details: --verbose   report: --report lag.html   document: --json'),
  );
}

const micro = (seconds: number) =>
  seconds < 0.001 ? `${Math.round(seconds * 1e6)} µs` : `${(seconds * 1e3).toFixed(0)} ms`;
