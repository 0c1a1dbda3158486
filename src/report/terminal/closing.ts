/** What to do next, and how far the capture can be trusted. */
import { wrap } from '../columns.js';
import { number } from '../words.js';
import type { Screen } from './screen.js';

export function next(screen: Screen): string[] {
  const { experiments, findings } = screen.analysis;
  const advice = findings
    .filter(({ severity, advice: text }) => text !== null && severity !== 'ok')
    .map(({ advice: text }) => text ?? '');
  const steps =
    experiments.length > 0 ? experiments.map(({ command, reason }) => `${command}  (${reason})`) : [...new Set(advice)];
  const most = screen.verbose ? steps.length : 3;
  if (steps.length === 0) return [];
  return [
    screen.dim('NEXT'),
    ...steps
      .slice(0, most)
      .flatMap((step, i) =>
        wrap(step, screen.width - 5).map((line, k) => `  ${k === 0 ? `${i + 1}  ` : '   '}${line}`),
      ),
  ];
}

export function footer(screen: Screen): string[] {
  const { quality } = screen.analysis;
  const said = [
    `capture quality: ${quality.verdict}`,
    quality.droppedFrames === null ? 'drops not recorded' : `${number(quality.droppedFrames)} frames dropped`,
    quality.skew.bound === null ? '' : `clocks within ${micro(quality.skew.bound)} (${quality.skew.basis})`,
    ...quality.limits,
  ].filter((part) => part !== '');
  return wrap(`${said.join('; ')}.`, screen.width).concat(
    screen.dim('details: --verbose   report: --report lag.html   document: --json'),
  );
}

const micro = (seconds: number) =>
  seconds < 0.001 ? `${Math.round(seconds * 1e6)} µs` : `${(seconds * 1e3).toFixed(0)} ms`;
