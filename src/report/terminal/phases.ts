/** One client, then two, then three: throughput of each phase, and who shares a link. */
import { clip, padEnd, padStart } from '../columns.js';
import { evenness, type Phase, spanOf } from '../phases.js';
import { bitRate, count } from '../words.js';
import type { Screen } from './screen.js';

const SHOWN = 6;
const WHEN = 18;
const WHO = 13;
const SUM = 13;

export function phases(screen: Screen): string[] {
  return (['ingress', 'egress'] as const).flatMap((name) => {
    const { list } = screen.analysis.directions[name].phases;
    if (list.length < 2) return [];
    const shown = screen.verbose ? list : list.slice(0, SHOWN);
    const more = list.length - shown.length;
    return [
      screen.dim(`${padEnd('PHASES', 2 + WHEN)}${padEnd(screen.sides[name], WHO + SUM + 2)}large flows on each link`),
      ...shown.map((phase) => row(screen, phase)),
      ...(more > 0 ? [screen.dim(`  ${count(more, 'more phase')}`)] : []),
    ];
  });
}

function row({ analysis, width }: Screen, phase: Phase): string {
  const { from, to } = spanOf(phase, analysis);
  const when = padEnd(`${from.toFixed(1)}–${to.toFixed(1)} s`, WHEN);
  const who = padEnd(count(phase.clients, 'client'), WHO);
  const links = phase.ports.map((link) => `${link.port} ${link.flows}${link.flows > 1 ? ` (${evenness(link)})` : ''}`);
  const start = `  ${when}${who}${padStart(bitRate(phase.bitsPerSecond), SUM)}  `;
  return `${start}${clip(links.join(', '), Math.max(8, width - start.length))}`;
}
