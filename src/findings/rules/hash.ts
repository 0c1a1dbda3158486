import type { Direction, DirectionName, FieldVerdict, Hash, HeaderField } from '../../document/schema.js';
import { DIRECTIONS, type Draft, finding, type Rule } from '../rule.js';
import { capital, count, fieldName, fieldNames, linksByBucket, list, odds, type Side, sideOf } from '../words.js';

export const hashFields: Rule = {
  asks: 'Which header fields does each sender hash on?',
  judge: ({ draft }) =>
    draft.quality.verdict === 'unusable'
      ? []
      : DIRECTIONS.flatMap((name) => {
          const direction = draft.directions[name];
          return direction.hash === null ? [] : [judgeFields(name, direction, direction.hash, draft)];
        }),
};

const fieldsWith = (fields: readonly FieldVerdict[], verdict: FieldVerdict['verdict']) =>
  fields.filter((field) => field.verdict === verdict).map(({ field }) => field);

function judgeFields(name: DirectionName, direction: Direction, { fields, families }: Hash, draft: Draft) {
  const side = sideOf(name, draft);
  const used = fieldsWith(fields, 'used');
  const unused = fieldsWith(fields, 'unused');
  const open = fields.filter(({ verdict }) => verdict === 'confounded' || verdict === 'undetermined');
  const untested = fieldsWith(fields, 'untested');
  const sentences = [
    used.length > 0 && `Used: ${fieldNames(used)}${proof(fields)}.`,
    unused.length > 0 && `No effect between the values seen: ${fieldNames(unused)}${chance(fields)}.`,
    ...groups(open).map(
      (group) =>
        `Can’t separate ${list(group.map(fieldName))}: here ${group.length === 2 ? 'the two' : 'they'} vary together.`,
    ),
    ...alone(open),
    untested.length > 0 && `Never varied: ${fieldNames(untested)}.`,
    ...(families ?? []).map(inFamily),
  ].filter((sentence) => sentence !== false);
  return finding({
    id: `hash-fields-${name}`,
    severity: 'notice',
    title: titleOf(
      side,
      used,
      unused,
      open.map(({ field }) => field),
    ),
    explanation: `${side.arrow}: ${sentences.join(' ')}`,
    evidence: fields.flatMap(({ evidence }) => evidence.examples.flatMap(({ a, b }) => [a, b])).slice(0, 6),
    advice:
      open.length === 0
        ? null
        : experiment(
            open.map(({ field }) => field),
            name,
            draft,
          ),
    ports: direction.ports.filter(({ flows }) => flows > 0).map(({ port }) => port),
  });
}

/** IPv4 and IPv6 where they are hashed apart. */
function inFamily({ family, fields, function: known }: NonNullable<Hash['families']>[number]): string {
  const name = { ipv4: 'IPv4', ipv6: 'IPv6', other: 'Other packets' }[family];
  const [used, unused] = [fieldsWith(fields, 'used'), fieldsWith(fields, 'unused')];
  const parts = [
    used.length > 0 ? `used are ${fieldNames(used)}` : 'no field is proven',
    unused.length > 0 && `without effect ${fieldNames(unused)}`,
    known !== null && `the function is ${[known.id, ...known.alternatives].join(' or ')}`,
  ];
  return `${name} apart: ${parts.filter((part) => part !== false).join('; ')}.`;
}

function titleOf(
  side: Side,
  used: readonly HeaderField[],
  unused: readonly HeaderField[],
  open: readonly HeaderField[],
): string {
  if (used.length > 0)
    return `${side.Decider} hashes on ${fieldNames(used)}${open.length > 0 ? '; the rest can’t be told' : ''}`;
  if (unused.length > 0) return `${side.Decider} does not look at the ${fieldNames(unused)}`;
  return `What ${side.decider} hashes on can’t be told from this capture`;
}

function proof(fields: readonly FieldVerdict[]): string {
  const best = fields
    .filter(({ verdict }) => verdict === 'used')
    .sort((a, b) => b.evidence.pairsMoved - a.evidence.pairsMoved)[0];
  if (best === undefined || best.evidence.pairsMoved === 0) return '';
  return ` (${best.evidence.pairsMoved} of ${count(best.evidence.pairsDiffering, 'pair')} that differ in the ${fieldName(best.field)} alone took different links)`;
}

function chance(fields: readonly FieldVerdict[]): string {
  const known = fields.filter(({ verdict, evidence }) => verdict === 'unused' && evidence.chance !== null);
  const worst = known.sort((a, b) => (b.evidence.chance ?? 0) - (a.evidence.chance ?? 0))[0];
  return worst === undefined ? '' : ` (luck at most ${odds(worst.evidence.chance ?? 1)})`;
}

/** Fields that vary together, each group once. */
function groups(open: readonly FieldVerdict[]): HeaderField[][] {
  const found = new Map<string, HeaderField[]>();
  for (const { field, confoundedWith } of open) {
    if (confoundedWith.length === 0) continue;
    const group = [field, ...confoundedWith].sort();
    found.set(group.join(), group);
  }
  return [...found.values()].slice(0, 4);
}

function alone(open: readonly FieldVerdict[]): string[] {
  const fields = open.filter(({ confoundedWith }) => confoundedWith.length === 0).map(({ field }) => field);
  return fields.length === 0 ? [] : [`Not enough evidence: ${fieldNames(fields)}.`];
}

/**
 * The experiments designed for it; else the traffic that would tell. Client ports differ in single bits: adjacent ones exercise a
 * single bit of a linear hash.
 */
function experiment(open: readonly HeaderField[], name: DirectionName, { experiments }: Draft): string {
  const designed = experiments.flatMap(({ direction }, i) => (direction === name ? [i + 1] : []));
  if (designed.length > 0)
    return `${designed.length > 1 ? 'Experiments' : 'Experiment'} ${list(designed.map(String))} would tell.`;
  const reverse = name === 'egress' ? ' -R' : '';
  const steps: string[] = [];
  if (open.some((field) => field.includes('port'))) {
    steps.push(
      `from one client, one after the other: for p in 5301 5302 5304 5308 5316 5332 5364 5428; do iperf3 -c SERVER --cport $p -t 2${reverse}; done`,
    );
  }
  if (open.some((field) => field.startsWith('ip.') || field.startsWith('eth.'))) {
    steps.push(
      `add an address to one client and send from both with one port: iperf3 -c SERVER -B ADDRESS --cport 5301 -t 2${reverse}`,
    );
  }
  return steps.length === 0 ? 'Capture more flows with other values of these fields.' : `To tell: ${list(steps)}`;
}

/** Without tunnels in the traffic the encap policies of Linux are the plain ones. */
function isTwin(a: string, b: string): boolean {
  return a.replace('encap', 'layer') === b.replace('encap', 'layer');
}

export const hashFunction: Rule = {
  asks: 'Is the exact function known?',
  judge: ({ draft }) =>
    DIRECTIONS.flatMap((name) => {
      const known = draft.directions[name].hash?.function ?? null;
      if (known === null || draft.quality.verdict === 'unusable') return [];
      const side = sideOf(name, draft);
      const others = known.alternatives.filter((id) => !isTwin(id, known.id));
      return [
        finding({
          id: `hash-function-${name}`,
          severity: 'notice',
          title:
            others.length === 0
              ? `${capital(side.decider)} chooses links as ${known.id} does`
              : `${capital(side.decider)}’s choice fits ${others.length + 1} known functions, ${known.id} among them`,
          explanation:
            `${known.description}. It explains ${known.flowsExplained} of ${count(known.flowsTested, 'flow')}` +
            `${known.heldOutAccuracy === null ? '' : `, and predicts ${Math.round(known.heldOutAccuracy * 100)} % of flows it was not fitted on`}. ` +
            `Links in the order of its buckets: ${linksByBucket(known.portOrder)}.` +
            `${known.alternatives.length > 0 ? ` On these flows it can’t be told from ${list(known.alternatives)}.` : ''}`,
          ports: [...new Set(known.portOrder.filter((port) => port !== null))],
        }),
      ];
    }),
};
