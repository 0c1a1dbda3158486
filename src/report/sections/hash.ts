/** Sections 5, 6, 8, 9: luck, fields, rules, what-if. */
import type { Analysis, DirectionName, FieldVerdict, Hash, HeaderField, LuckRow } from '../../document/schema.js';
import { linksByBucket } from '../../findings/words.js';
import { fullestChart, luckChart } from '../charts/luck.js';
import { pairSquares } from '../charts/pairs.js';
import { bothWidths } from '../charts/svg.js';
import type { Names } from '../names.js';
import { details, port, section, table } from '../parts.js';
import { opens } from '../shell.js';
import { type Html, html, raw } from '../template.js';
import { count, FIELD_WORDS, fieldInText, number, odds, share, VERDICT_WORDS } from '../words.js';

const DIRECTIONS: readonly DirectionName[] = ['ingress', 'egress'];

export function luck(analysis: Analysis, names: Names): Html {
  const rows = DIRECTIONS.flatMap((name) => analysis.directions[name].luck.map((row) => ({ name, row }))).filter(
    ({ row }) => row.n > 1 && row.links > 1,
  );
  const rare = rows.filter(({ row }) => row.unit === 'peers' && row.chance < 0.1);
  const bold =
    rows.length === 0
      ? 'Nothing to judge:'
      : rare.length === 0
        ? 'No spread here is rarer than chance makes it.'
        : `${names[rare[0]!.name].arrow}: ${rare[0]!.row.n} addresses on ${count(rare[0]!.row.busyLinks, 'link')} happen ${odds(rare[0]!.row.chance)} under a fair hash.`;
  return section({
    number: 5,
    title: 'Luck or hash',
    answer: [
      bold,
      rows.length === 0
        ? 'it takes two flows and two links.'
        : rare.length === 0
          ? ''
          : 'Odd is not proof: close addresses collide in short hashes.',
    ],
    body:
      rows.length === 0
        ? []
        : [
            ...DIRECTIONS.map((name) => luckOf(analysis, names, name)),
            details('Table: chance of what was seen', luckTable(rows, names)),
          ],
    note: '“Fair” means: every draw takes each link with the same chance. Flows that share what is hashed are one draw.',
  });
}

function luckOf(analysis: Analysis, names: Names, name: DirectionName): Html {
  const rows = analysis.directions[name].luck.filter(
    ({ n, links, unit, busyChances }) => n > 1 && links > 1 && unit !== 'cells' && busyChances.length > 0,
  );
  if (rows.length === 0) return html``;
  return html`<h3>${names[name].arrow}</h3><figure class="charts2">${rows.flatMap((row) => panels(row))}</figure>`;
}

/** Links busy, and units on the fullest of them. */
function panels(row: LuckRow): Html[] {
  const both = (draw: (row: LuckRow, width: number, className: string) => string | null) =>
    row.fullest === null && draw === fullestChart
      ? []
      : [html`<div>${raw(bothWidths(340, (width, className) => draw(row, width, className) ?? ''))}</div>`];
  return [...both(luckChart), ...both(fullestChart)];
}

function luckTable(rows: readonly { readonly name: DirectionName; readonly row: LuckRow }[], names: Names): Html {
  return table<(typeof rows)[number]>(
    'Chance of a spread at least this uneven',
    [
      { head: 'Direction', cell: ({ name }) => names[name].arrow },
      {
        head: 'Draws',
        cell: ({ row }) =>
          `${number(row.n)} ${row.unit === 'peers' ? 'addresses' : row.unit === 'flows' ? 'flows' : 'keys of the fields that fit best'}`,
      },
      { head: 'Links seen', cell: ({ row }) => `${row.busyLinks} of ${row.links}`, numeric: true },
      { head: 'Expected', cell: ({ row }) => row.expectedBusyLinks.toFixed(2), numeric: true },
      { head: 'Chance of so few or fewer', cell: ({ row }) => odds(row.chance), numeric: true },
      {
        head: 'On the fullest link',
        cell: ({ row: { fullest } }) =>
          fullest === null ? 'not counted' : `${number(fullest.units)}, expected ${fullest.expected.toFixed(1)}`,
        numeric: true,
      },
      {
        head: 'Chance of so many or more',
        cell: ({ row: { fullest } }) => (fullest === null ? 'not counted' : odds(fullest.chance)),
        numeric: true,
      },
    ],
    rows,
  );
}

export function fields(analysis: Analysis, names: Names): Html {
  const hashes = DIRECTIONS.map((name) => ({ name, hash: analysis.directions[name].hash }));
  const all = [...new Set(hashes.flatMap(({ hash }) => (hash?.fields ?? []).map(({ field }) => field)))];
  const of = (hash: Hash | null, field: HeaderField) => hash?.fields.find((each) => each.field === field);
  const varied = all.filter((field) =>
    hashes.some(({ hash }) => (of(hash, field)?.verdict ?? 'untested') !== 'untested'),
  );
  const constant = all.filter((field) => !varied.includes(field));
  const without = (name: DirectionName) => isLacking(analysis, name);
  const said = hashes.map(({ name, hash }) => `${names[name].decider} ${verdictInText(hash, without(name))}`);
  if (varied.length === 0) {
    return section({
      number: 6,
      title: 'Field by field',
      answer: ['No field can be judged:', reasonWithout(analysis, names)],
      body: [],
    });
  }
  return section({
    number: 6,
    title: 'Field by field',
    answer: [`${said[0]![0]!.toUpperCase()}${said[0]!.slice(1)};`, `${said[1]}.`],
    body: [
      table<HeaderField>(
        'Verdict per header field and direction',
        [
          { head: 'Field', cell: (field) => html`${FIELD_WORDS[field]} <span class="mono z">${field}</span>` },
          ...hashes.map(({ name, hash }) => ({
            head: names[name].arrow,
            cell: (field: HeaderField) => verdictCell(of(hash, field), without(name)),
          })),
        ],
        varied,
        true,
      ),
      constant.length === 0
        ? html``
        : html`<p class="after">Never varied in either direction, so nothing is said of them: ${constant.map((field) => FIELD_WORDS[field]).join(', ')}.</p>`,
      details('Open the proof', proof(analysis, names)),
      ...families(analysis, names),
    ],
    note: 'One square is one pair of flows that differ in this field only; filled: the two took different links. One pair of flows that differ in one field alone and took different links proves its use, unless the sender draws a number per connection. Non-use is only ever a chance: it counts independent bits, not pairs.',
  });
}

/** What can be said of a sender: what it uses; else what it does not; else that nothing can be told. */
function verdictInText(hash: Hash | null, isInterrupted: boolean): string {
  if (hash === null) return isInterrupted ? 'was not judged before the interruption' : 'is not judged by fields';
  const of = (verdict: FieldVerdict['verdict']) =>
    hash.fields.filter((field) => field.verdict === verdict).map(({ field }) => fieldInText(field));
  const [used, unused] = [of('used'), of('unused')];
  const open = [...of('confounded'), ...of('undetermined')];
  const rest = open.length === 0 ? '' : `, and can’t be told about ${open.join(', ')}`;
  if (used.length > 0) return `uses ${used.join(', ')}${rest}`;
  if (unused.length > 0) return `does not use ${unused.join(', ')}${rest}`;
  return 'can’t be told to use any field';
}

function reasonWithout(analysis: Analysis, names: Names): string {
  const of = (name: DirectionName) =>
    isLacking(analysis, name)
      ? `${names[name].arrow} was not reached before the interruption`
      : `${names[name].arrow} is ${analysis.directions[name].distribution.kind}`;
  return `${DIRECTIONS.map(of).join(', ')}.`;
}

const isLacking = ({ interrupted }: Analysis, name: DirectionName) => interrupted.includes(`directions.${name}.hash`);

/** Two linked rings: fields that vary together. */
const LINKED_RINGS =
  '<svg viewBox="0 0 22 14" aria-hidden="true"><circle cx="8" cy="7" r="5" class="ring"/><circle cx="14" cy="7" r="5" class="ring"/></svg>';

function verdictCell(field: FieldVerdict | undefined, isInterrupted: boolean): Html {
  if (field === undefined) {
    return html`<span class="z">${isInterrupted ? 'interrupted' : 'no hash to judge'}</span>`;
  }
  const { glyph, word } = VERDICT_WORDS[field.verdict];
  const { pairsDiffering, pairsMoved, chance, exercisedBits } = field.evidence;
  const facts = [
    field.verdict === 'confounded' ? `from ${field.confoundedWith.map((other) => fieldInText(other)).join(', ')}` : '',
    pairsDiffering > 0 ? `${number(pairsMoved)} of ${number(pairsDiffering)} pairs moved` : '',
    field.verdict === 'unused' && chance !== null
      ? `luck at most ${odds(chance)} (${count(exercisedBits, 'bit')})`
      : '',
  ].filter((fact) => fact !== '');
  const mark = field.verdict === 'confounded' ? raw(LINKED_RINGS) : glyph;
  const squares = pairsDiffering > 0 ? pairSquares(pairsDiffering, pairsMoved) : null;
  return html`<span class="vd">${mark} ${word}</span>${facts.length === 0 ? '' : html`<br>${facts.join('; ')}`}${
    squares === null
      ? ''
      : html`${raw(squares.svg)}${squares.scale === null ? '' : html`<span class="z">${squares.scale}</span>`}`
  }`;
}

function proof(analysis: Analysis, names: Names): Html {
  const rows = DIRECTIONS.flatMap((name) =>
    (analysis.directions[name].hash?.fields ?? []).flatMap((field) =>
      field.evidence.examples.map((pair) => ({ name, field: field.field, pair })),
    ),
  ).slice(0, 60);
  if (rows.length === 0)
    return html`<p class="after">No two flows differ in one field alone: there is no direct proof in this capture.</p>`;
  return table<(typeof rows)[number]>(
    'Pairs of flows that differ in one field alone',
    [
      { head: 'Direction', cell: ({ name }) => names[name].arrow },
      { head: 'Field', cell: ({ field, pair }) => `${FIELD_WORDS[field]}: ${pair.values.join(' and ')}` },
      { head: 'Links', cell: ({ pair }) => html`${pair.ports.map((name) => html`${port(analysis, name)} `)}` },
      { head: 'Flow A', cell: ({ pair }) => html`<code class="inl">${opens(pair.a)}</code>` },
      { head: 'Flow B', cell: ({ pair }) => html`<code class="inl">${opens(pair.b)}</code>` },
    ],
    rows,
    true,
  );
}

function families(analysis: Analysis, names: Names): Html[] {
  return DIRECTIONS.flatMap((name) =>
    (analysis.directions[name].hash?.families ?? []).map(({ family, fields: own, function: known }) => {
      const used = own.filter(({ verdict }) => verdict === 'used').map(({ field }) => fieldInText(field));
      return html`<p class="after">${names[name].arrow}, ${family} alone: ${used.length > 0 ? `uses ${used.join(', ')}` : 'no field proven'}${known === null ? '' : `; function ${known.id}`}.</p>`;
    }),
  );
}

export function rules(analysis: Analysis, names: Names): Html {
  const known = DIRECTIONS.flatMap((name) => {
    const found = analysis.directions[name].hash?.function ?? null;
    return found === null ? [] : [{ name, found }];
  });
  const best = DIRECTIONS.flatMap((name) =>
    (analysis.directions[name].hash?.hypotheses ?? []).slice(0, 8).map((hypothesis) => ({ name, hypothesis })),
  );
  return section({
    number: 8,
    title: 'Rules that fit',
    answer:
      known.length === 0 && analysis.interrupted.some((place) => place.endsWith('.hash') || place.endsWith('.function'))
        ? ['The search for an exact function was interrupted:', 'whether one fits is not known.']
        : known.length === 0
          ? ['No exact function is identified.', 'The fields and the links seen answer most questions without it.']
          : [`${known.map(({ name, found }) => `${names[name].arrow}: ${found.id}`).join('; ')}.`, ''],
    body: [
      known.length === 0
        ? html``
        : table<(typeof known)[number]>(
            'Functions that were identified',
            [
              { head: 'Direction', cell: ({ name }) => names[name].arrow },
              { head: 'Function', cell: ({ found }) => `${found.id}: ${found.description}` },
              {
                head: 'Hits',
                cell: ({ found }) => `${number(found.flowsExplained)} of ${number(found.flowsTested)} flows`,
                numeric: true,
              },
              {
                head: 'Held-back flows',
                cell: ({ found }) => (found.heldOutAccuracy === null ? 'not tested' : share(found.heldOutAccuracy)),
                numeric: true,
              },
              {
                head: 'Links by bucket',
                cell: ({ found }) => linksByBucket(found.portOrder),
              },
              {
                head: 'Can’t be told from',
                cell: ({ found }) => (found.alternatives.length === 0 ? 'none' : found.alternatives.join(', ')),
              },
            ],
            known,
            true,
          ),
      best.length === 0
        ? html``
        : details(
            'Table: field sets by probability',
            table<(typeof best)[number]>(
              'Field sets by probability',
              [
                { head: 'Direction', cell: ({ name }) => names[name].arrow },
                {
                  head: 'Fields',
                  cell: ({ hypothesis }) =>
                    hypothesis.fields.map((field) => fieldInText(field)).join(', ') || 'none: one fixed link',
                },
                { head: 'Known as', cell: ({ hypothesis }) => hypothesis.knownAs.join(', ') || '–' },
                { head: 'Probability', cell: ({ hypothesis }) => share(hypothesis.posterior), numeric: true },
              ],
              best,
            ),
          ),
    ],
    note: 'A rule is named only if it explains the flows and predicts some it was not fitted on. The order of links behind its buckets is learnt from the capture.',
  });
}
