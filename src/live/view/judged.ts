/** What the last analysis says, in a few lines: verdict, hash of each direction, flows on several links, LACP, what to do next. */

import type { Direction, FieldVerdict, Hash } from '../../document/schema.js';
import { wrap } from '../../report/columns.js';
import { count, fieldInText, glyphOf, number, odds, share } from '../../report/words.js';
import { pingPongFlows } from '../ping-pong.js';
import type { Judged } from '../state.js';
import { clockAt, type Frame, waysOf } from './frame.js';
import { alarm, dim, firstOf, type Line, plain } from './pen.js';

const LABEL = 10;
const MOST_LISTED = 1000; // flows on several ports in a document

/** The findings, most important first, each in one line as long as there is room. */
export function verdict(frame: Frame, rows: number): Line[] {
  const { state, columns } = frame;
  const { judged } = state;
  if (judged === null) return labelled(frame, 'VERDICT', 'No analysis yet: the first one takes a while.');
  const { findings } = judged.document;
  if (findings.length === 0) return labelled(frame, 'VERDICT', 'Nothing to say so far.');
  const each = findings.map((finding): Line[] => {
    const glyph = glyphOf(finding);
    const [first = '', ...more] = wrap(frame.pen.text(finding.title), Math.max(8, columns - 4));
    return [
      [glyph === '!' ? alarm('  ! ') : { text: `  ${glyph} ` }, { text: first }],
      ...more.map((text) => plain(`    ${text}`)),
    ];
  });
  // Whole findings, but always the first, for it is the verdict.
  let shown = 1;
  while (shown < each.length && 1 + each.slice(0, shown + 1).flat().length <= rows) shown++;
  const of = shown < each.length ? `, ${shown} of ${each.length} findings` : '';
  const heading: Line = [dim(`VERDICT   at ${clockAt(state, judged.timeMs)}${of}`)];
  return firstOf([heading, ...each.slice(0, shown).flat()], rows, columns);
}

/** Fields used, not used, and not to be told, with the luck it would take; then the function. */
export function hashes(frame: Frame, rows: number): Line[] {
  const { judged } = frame.state;
  if (judged === null) return [];
  const { directions } = judged.document;
  const texts = waysOf(frame.ui.direction).map(({ name, short }) =>
    labelled(frame, `HASH ${short}`, hashText(directions[name])),
  );
  // One line each, and what is left to the first that has more to say.
  let left = rows - texts.length;
  return texts.flatMap((lines) => {
    const more = Math.min(lines.length - 1, Math.max(0, left));
    left -= more;
    return firstOf(lines, 1 + more, frame.columns);
  });
}

function hashText({ hash, distribution }: Direction): string {
  if (hash === null) {
    return distribution.kind === 'no-traffic' ? 'no traffic' : `not judged by fields: ${distribution.kind}`;
  }
  const named = hash.function === null ? [] : [functionText(hash.function)];
  const parts = [...named, ...fieldTexts(hash.fields)];
  return parts.length === 0 ? 'can’t be told: no field has varied' : parts.join('; ');
}

export function functionText({
  id,
  heldOutAccuracy,
  flowsTested,
  alternatives,
}: NonNullable<Hash['function']>): string {
  const others = alternatives.length === 0 ? '' : ` and ${count(alternatives.length, 'more function')}`;
  const tested =
    heldOutAccuracy === null ? 'not tested' : `held-back test: ${share(heldOutAccuracy)} of ${number(flowsTested)}`;
  return `fits ${id}${others} (${tested})`;
}

function fieldTexts(fields: readonly FieldVerdict[]): string[] {
  const of = (verdict: FieldVerdict['verdict']) => fields.filter((field) => field.verdict === verdict);
  const names = (some: readonly FieldVerdict[]) => some.map(({ field }) => fieldInText(field)).join(', ');
  const [used, unused] = [of('used'), of('unused')];
  const open = [...of('confounded'), ...of('undetermined')];
  return [
    ...(used.length > 0 ? [`USED ${names(used)}`] : []),
    ...(unused.length > 0 ? [`not used ${unused.map(unusedText).join(', ')}`] : []),
    ...(open.length > 0 ? [`can’t tell ${names(open)}`] : []),
  ];
}

/** Non-use is only ever a chance: of as many pairs staying together by luck. */
function unusedText({ field, evidence: { chance } }: FieldVerdict): string {
  return `${fieldInText(field)}${chance === null ? '' : ` (luck: ${odds(chance)})`}`;
}

/** How many flows take several links, and whether that is ping-pong as far as it was judged. */
export function paths(frame: Frame, rows: number): Line[] {
  const { flows, judged } = frame.state;
  const seen = `${number(flows.onSeveralPorts)} of ${count(flows.held + flows.aged, 'flow')} on several links`;
  const overflow = flows.overflowFrames > 0 ? `; no room for flows of ${number(flows.overflowFrames)} frames` : '';
  const text = `${judged === null ? 'not judged yet' : pathText(judged)}; ${seen}${overflow}`;
  return firstOf(labelled(frame, 'PATHS', text), rows, frame.columns);
}

function pathText({ document }: Judged): string {
  const pingPong = waysOf('both').map(({ name, short }) => ({
    short,
    flows: pingPongFlows(document.directions[name]),
    isAll: document.directions[name].pingPong.length < MOST_LISTED,
  }));
  const split = document.directionSplit;
  if (pingPong.some(({ flows }) => flows > 0)) {
    const said = pingPong
      .filter(({ flows }) => flows > 0)
      .map(({ flows, short, isAll }) => `${count(flows, 'flow')}${isAll ? '' : ' or more'} ${short}`);
    return `PING-PONG: ${said.join(', ')}`;
  }
  const normal =
    split.of === 0 ? '' : `; ${number(split.biflows)} of ${number(split.of)} split by direction, which is normal`;
  return `no flow seen to ping-pong${normal}`;
}

export function lacpLine(frame: Frame, rows: number): Line[] {
  const { judged } = frame.state;
  if (judged === null) return [];
  const { lacp } = judged.document;
  const cut = (text: string) => firstOf(labelled(frame, 'LACP', text), rows, frame.columns);
  if (!lacp.present) return cut('none seen so far; at its slow rate it comes every 30 s');
  const up = lacp.ports.filter(({ state }) => state === 'aggregated').length;
  const rest = lacp.ports.filter(({ state }) => state !== 'aggregated').map(({ port, state }) => `${port} ${state}`);
  return cut([`${up} of ${lacp.ports.length} ports bundled`, ...rest].join(', '));
}

/** The first experiment, or the first advice. */
export function next(frame: Frame, rows: number): Line[] {
  const { judged } = frame.state;
  if (judged === null) return [];
  const [experiment] = judged.document.experiments;
  const advice = judged.document.findings.find(
    ({ severity, advice: text }) => text !== null && severity !== 'ok',
  )?.advice;
  const cut = (text: string) => firstOf(labelled(frame, 'NEXT', text), rows, frame.columns);
  if (experiment === undefined) return advice == null ? [] : cut(advice);
  const about = `${experiment.where}, to learn what decides ${experiment.direction === 'ingress' ? 'in' : 'out'}`;
  const whole = [...labelled(frame, 'NEXT', `${about}:`), ...experiment.lines.map((text) => plain(`  ${text}`))];
  if (whole.length <= rows) return whole;
  return cut(`see panel 3: ${about}`);
}

/** Text behind a label, its other lines below its first. */
export function labelled({ columns, pen }: Frame, label: string, text: string): Line[] {
  const [first = '', ...more] = wrap(pen.text(text), Math.max(8, columns - LABEL));
  return [
    [dim(pen.cell(label, LABEL)), { text: first }],
    ...more.map((line): Line => [{ text: ' '.repeat(LABEL) }, { text: line }]),
  ];
}
