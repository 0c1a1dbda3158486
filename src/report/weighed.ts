/** Of the many policies that flows were laid over, those that people weigh: the usual ones, the one in use, the alternatives. */
import type { Analysis, DirectionName, WhatIf } from '../document/schema.js';

const FIELD_SETS = ['l2', 'l3', 'l3+l4'];
const OF_A_HOST = ['linux-layer2', 'linux-layer2+3', 'linux-layer3+4'];

const WORDS: Readonly<Record<string, string>> = {
  'as-captured': 'as captured',
  l2: 'MAC addresses hashed',
  l3: 'IP addresses hashed',
  'l3+l4': 'IP addresses and ports hashed',
  'separate-addresses': 'no LAG, an address a link',
  'round-robin': 'frame by frame (reorders)',
  'one-faster-link': 'one faster link',
};

export interface Weighed {
  readonly name: string;
  readonly row: WhatIf;
}

export function weighedPolicies({ whatIf, directions }: Analysis, direction: DirectionName): Weighed[] {
  // A switch seldom says which formula it has, a host does.
  const usual = direction === 'egress' ? [...OF_A_HOST, ...FIELD_SETS] : FIELD_SETS;
  const known = directions[direction].hash?.function?.id ?? '';
  const inUse = whatIf[direction].find(({ policy, knownAs }) => policy === known || knownAs.includes(known));
  const shown = whatIf[direction].flatMap((row): (Weighed & { readonly order: number })[] => {
    if (row.kind === 'captured') return [{ name: wordsOf(row.policy), row, order: -2 }];
    if (row.kind === 'alternative') return [{ name: wordsOf(row.policy), row, order: usual.length }];
    const ids = usual.filter((id) => row.policy === id || row.knownAs.includes(id));
    if (ids.length === 0 && row !== inUse) return [];
    return [
      {
        name: row === inUse ? `in use: ${known}` : ids.map(wordsOf).join(', '),
        row,
        order: row === inUse ? -1 : usual.indexOf(ids[0] ?? ''),
      },
    ];
  });
  return shown.sort((a, b) => a.order - b.order);
}

const wordsOf = (id: string) => WORDS[id] ?? id;

/** The direction that gains most by another policy. */
export function unevenDirection({ whatIf }: Analysis): DirectionName {
  const now = (name: DirectionName) => whatIf[name].find(({ kind }) => kind === 'captured')?.maxOverMean ?? 0;
  return now('egress') > now('ingress') ? 'egress' : 'ingress';
}

/** "2.7", or with where nine of ten tables are: "2.7 (2 to 4)". */
export function figure(mean: number, range: readonly [number, number] | undefined, digits: number): string {
  const text = digits === 0 && Number.isInteger(mean) ? `${mean}` : mean.toFixed(1);
  if (range === undefined || range[1] - range[0] < 0.05) return text;
  return `${text} (${range[0].toFixed(digits)} to ${range[1].toFixed(digits)})`;
}
