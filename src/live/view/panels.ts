/** The panels that are one list each: what is known of the hash, LACP port by port, events. */

import type { Experiment, FieldVerdict, HeaderField, LacpParty, LacpPort } from '../../document/schema.js';
import { wrap } from '../../report/columns.js';
import { capital, count, fieldInText, odds, share, VERDICT_WORDS } from '../../report/words.js';
import { clockAt, type Frame, waysOf, wayText } from './frame.js';
import { functionText, labelled } from './judged.js';
import { nameColumns } from './links.js';
import { bold, dim, type Line, plain } from './pen.js';

const NOT_YET: Line[] = [plain('No analysis yet.')];

/** Each direction: the function, the fields with their evidence, the sets of fields that fit best; then what to send next. */
export function hashPanel(frame: Frame): Line[] {
  const { judged } = frame.state;
  if (judged === null) return NOT_YET;
  const { experiments } = judged.document;
  const lines = waysOf(frame.ui.direction).flatMap((way) => {
    const { hash, distribution } = judged.document.directions[way.name];
    const heading: Line = [bold(`HASH ${wayText(frame.state, way)}`)];
    const how = labelled(frame, 'KIND', `${distribution.kind}. ${distribution.explanation}`);
    if (hash === null) return [heading, ...how, plain('')];
    const best = hash.hypotheses
      .slice(0, 3)
      .map(({ fields, posterior }) => `${fields.map(fieldInText).join(' + ') || 'no field'} (${share(posterior)})`);
    return [
      heading,
      ...how,
      ...(hash.function === null
        ? labelled(frame, 'FUNCTION', 'none passed its test')
        : labelled(frame, 'FUNCTION', `${functionText(hash.function)}. ${hash.function.description}`)),
      ...(best.length === 0 ? [] : labelled(frame, 'LIKELY', best.join('; '))),
      ...fieldRows(frame, hash.fields),
      plain(''),
    ];
  });
  return [
    ...lines,
    ...experiments.flatMap((each, index) => experimentRows(frame, each, index + 1, experiments.length)),
  ];
}

function fieldRows({ pen, columns }: Frame, fields: readonly FieldVerdict[]): Line[] {
  const varied = fields.filter(({ verdict }) => verdict !== 'untested');
  if (varied.length === 0) return [plain('  no field has varied')];
  const word = Math.min(25, Math.max(12, columns - 40));
  return varied.map(({ field, verdict, evidence, confoundedWith, probability }) => {
    const { glyph, word: said } = VERDICT_WORDS[verdict];
    const from = confoundedWith.length === 0 ? '' : ` from ${confoundedWith.map(fieldInText).join(', ')}`;
    const moved =
      evidence.pairsDiffering > 0 ? `${evidence.pairsMoved} of ${count(evidence.pairsDiffering, 'pair')} moved` : '';
    const luck = verdict === 'unused' && evidence.chance !== null ? `luck: ${odds(evidence.chance)}` : '';
    const surely = probability === null ? '' : `used with ${share(probability)}`;
    const reasons = [moved, luck, surely].filter((text) => text !== '').join(', ');
    return [
      { text: `  ${pen.style.unicode ? glyph : ' '} ${pen.cell(capital(fieldInText(field as HeaderField)), word)}` },
      { text: `${said}${from}${reasons === '' ? '' : `; ${reasons}`}` },
    ];
  });
}

/** Commands stand on lines of their own, as they are: wrapped they could not be typed. */
function experimentRows({ pen, columns }: Frame, experiment: Experiment, index: number, of: number): Line[] {
  const way = experiment.direction === 'ingress' ? 'in' : 'out';
  const head = `NEXT ${index} of ${of}, on what decides ${way}: on ${experiment.where} (${count(experiment.flows, 'flow')})`;
  const outcomes = `${experiment.outcomes.map(({ seen, means }) => `${seen}: ${means}`).join('; ')}.`;
  return [
    ...wrap(pen.text(head), Math.max(8, columns)).map((text): Line => [bold(text)]),
    ...experiment.lines.map((line) => plain(`  ${line}`)),
    ...wrap(pen.text(outcomes), Math.max(8, columns)).map(plain),
    plain(''),
  ];
}

export function lacpPanel(frame: Frame): Line[] {
  const { judged } = frame.state;
  if (judged === null) return NOT_YET;
  const { lacp, neighbours } = judged.document;
  const name = nameColumns(frame);
  const near = neighbours.map(
    ({ port, protocol, systemName, chassis, portId }): Line => [
      frame.pen.chip(port, name),
      { text: `${protocol}: ${systemName ?? chassis ?? 'unnamed'}, port ${portId ?? 'unknown'}` },
    ],
  );
  const heard = near.length === 0 ? [] : [plain(''), [dim('NEIGHBOURS')] as Line, ...near];
  if (!lacp.present) {
    return [plain('No LACPDU seen so far. At the slow rate they come every 30 s; a static LAG sends none.'), ...heard];
  }
  return [...lacp.ports.flatMap((port) => lacpRows(frame, port, name)), ...heard];
}

function lacpRows({ pen, state, columns }: Frame, port: LacpPort, name: number): Line[] {
  const { partner, actor, pdus, flaps, interval } = port;
  const moves = port.transitions.slice(-1).map(({ time, from, to }) => {
    return `; last change at ${clockAt(state, Number(time) * 1000)}: ${from} → ${to}`;
  });
  const rate = interval === null ? '' : `, one in ${Number(interval.toFixed(1))} s`;
  const facts = `; LACPDUs: ${pdus.sent} sent, ${pdus.received} received${rate}; ${count(flaps, 'flap')}${moves.join('')}`;
  const room = Math.max(8, columns - name);
  const [first = '', ...more] = wrap(pen.text(`${port.state}${facts}`), room);
  const parties = [partyText('partner', partner, room), partyText('actor', actor, room)];
  const rest = [...more, ...parties.flatMap((text) => wrap(pen.text(text), room))];
  return [
    [pen.chip(port.port, name), { text: first }],
    ...rest.map((text): Line => [{ text: ' '.repeat(name) }, { text }]),
  ];
}

/** Priorities are left out where they do not fit. */
function partyText(who: string, party: LacpParty | null, room: number): string {
  if (party === null) return `${who} not heard`;
  const { synchronization, collecting, distributing, defaulted, expired, activity, timeout, key } = party;
  const flags = Object.entries({ sync: synchronization, coll: collecting, dist: distributing, defaulted, expired })
    .filter(([, isSet]) => isSet)
    .map(([flag]) => flag);
  const text = (system: string, port: string) =>
    `${who} ${system} port ${port} key ${key}: ${[activity, timeout, ...flags].join(', ')}`;
  const whole = text(party.system, party.port);
  const withoutPriority = (value: string) => value.slice(value.indexOf(',') + 1);
  return whole.length <= room ? whole : text(withoutPriority(party.system), withoutPriority(party.port));
}

/** The newest first. */
export function events({ state, pen, columns }: Frame): Line[] {
  if (state.events.length === 0) return [plain('No events so far.')];
  return state.events.toReversed().flatMap(({ timeMs, kind, text }) => {
    const before = `${clockAt(state, timeMs)}  ${pen.cell(kind, 10)}`;
    const [first = '', ...more] = wrap(pen.text(text), Math.max(8, columns - before.length));
    return [[dim(before), { text: first }] as Line, ...more.map((line) => plain(' '.repeat(before.length) + line))];
  });
}
