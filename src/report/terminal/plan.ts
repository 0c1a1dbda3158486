/** Which addresses or ports spread: one line a client. */
import type { Plan } from '../../document/schema.js';
import { clip, padEnd, wrap } from '../columns.js';
import { count } from '../words.js';
import type { Screen } from './screen.js';

const SHOWN = 4;
const WIDTH = 78;

export function plan(screen: Screen): string[] {
  const { plan: found } = screen.analysis;
  if (found === null) return [];
  const { head, rows } = planText(found, screen.sides[found.direction]);
  const shown = screen.verbose ? rows : rows.slice(0, SHOWN);
  const more = rows.length - shown.length;
  return [
    ...head.map((line) => screen.dim(line)),
    ...shown,
    ...(more > 0 ? [screen.dim(`  ${count(more, 'more client')}: lacpscope plan --rules analysis.json`)] : []),
  ];
}

/** @param way its direction in words */
export function planLines(found: Plan, way: string): string[] {
  const { head, rows } = planText(found, way);
  return [...head, ...rows];
}

function planText({ kind, server, rule, assignments, before, maxOverMean }: Plan, way: string) {
  const what = kind === 'addresses' ? 'client addresses' : `client ports, one connection each with ${server}`;
  const compared = kind === 'addresses' ? 'now' : 'by chance';
  const name = Math.max(...assignments.map(({ peer }) => peer.length)) + 2;
  const change = Math.max(...assignments.map((each) => each.change.length)) + 2;
  const figures = `Busiest link ${maxOverMean.toFixed(2)} times its share, ${before.toFixed(2)} ${compared}.`;
  return {
    head: wrap(`PLAN  ${way}, by ${rule}: ${what}. ${figures}`, WIDTH),
    rows: assignments.map((each) =>
      clip(`  ${padEnd(each.peer, name)}${padEnd(each.change, change)}${each.port ?? 'several links'}`, WIDTH),
    ),
  };
}
