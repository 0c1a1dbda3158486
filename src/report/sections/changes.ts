/** In section 3: what happened to the mapping of flows to links, in words. */
import type { Analysis } from '../../document/schema.js';
import type { Names } from '../names.js';
import { type Html, html } from '../template.js';
import { offsetOf } from '../times.js';

const SHOWN = 12; // of a direction; the table has them all

export function changesInWords(analysis: Analysis, names: Names): Html {
  const lines = (['ingress', 'egress'] as const).flatMap((name) =>
    analysis.directions[name].distribution.epochs.slice(1, 1 + SHOWN).map(({ start, startsBetween, reason }) => ({
      when: offsetOf(start, analysis),
      text: begins(start, startsBetween, analysis),
      ...{ arrow: names[name].arrow, reason },
    })),
  );
  if (lines.length === 0) return html``;
  const rows = lines
    .sort((a, b) => a.when - b.when)
    .map(({ text, arrow, reason }) => html`<li><b>${text}</b> (${arrow}) ${reason}</li>`);
  return html`<ul>${rows}</ul>`;
}

function begins(start: string, startsBetween: readonly [string, string] | null, analysis: Analysis): string {
  const seconds = (time: string) => `${offsetOf(time, analysis).toFixed(1)} s`;
  if (startsBetween === null) return `At ${seconds(start)}`;
  return `Between ${seconds(startsBetween[0])} and ${seconds(startsBetween[1])}`;
}
