/** What the inference makes of a scenario, held against the truth about it. */

import type { HeaderField } from '../../src/document/schema.js';
import { ICMP, MAIN, NO_IP } from '../../src/flows/rows.js';
import { type HashInference, inferHash } from '../../src/inference/infer.js';
import { row, rowsOf } from '../unit/inference/rows.js';
import { fieldText, type Header, withFieldOf } from './headers.js';
import { type Naming, namingOf } from './naming.js';
import type { Scenario } from './scenario.js';

export interface FieldJudgement {
  readonly field: HeaderField;
  readonly said: number; // probability that it is used
  readonly was: boolean;
  readonly verdict: 'used' | 'unused' | 'open';
  readonly hasEffect: boolean; // another value that was seen would have chosen another port, for some flow
}

export interface Judgement {
  readonly scenario: Scenario;
  readonly singlePort: boolean;
  readonly fields: readonly FieldJudgement[]; // that varied
  readonly naming: Naming;
  readonly named: string | null;
  readonly cpuMs: number;
}

const KINDS = { main: MAIN, icmp: ICMP, arp: NO_IP } as const;

/** MAC address to port, as F.2 counts: flow labels are left out. */
const FIELDS: readonly HeaderField[] = [
  'eth.src',
  'eth.dst',
  'eth.type',
  'vlan.id',
  'ip.src',
  'ip.dst',
  'ip.proto',
  'l4.srcport',
  'l4.dstport',
  'inner.ip.src',
  'inner.ip.dst',
  'inner.ip.proto',
  'inner.l4.srcport',
  'inner.l4.dstport',
];

export function judgeScenario(scenario: Scenario): Judgement {
  const epochs = scenario.epochPorts.map((ports, epoch) => ({
    startNs: epoch * 1e9,
    endNs: (epoch + 1) * 1e9,
    ports: Array.from({ length: ports }, (_, port) => port),
  }));
  const rows = scenario.seen.map(({ header, kind, epoch, port }) => row({ ...header, kind: KINDS[kind], epoch, port }));
  const input = rowsOf(rows, scenario.ports, { egress: scenario.egress, epochs });
  const before = process.cpuUsage();
  const inferred = inferHash(input)!;
  const { user, system } = process.cpuUsage(before);
  return {
    scenario,
    singlePort: inferred.singlePort,
    fields: FIELDS.filter((field) => varies(scenario.headers, field)).flatMap((field) =>
      judged(scenario, inferred, field),
    ),
    naming: namingOf(scenario, inferred),
    named: inferred.function?.id ?? null,
    cpuMs: (user + system) / 1000,
  };
}

function varies(headers: readonly Header[], field: HeaderField): boolean {
  const having = field.startsWith('inner.') ? headers.filter(({ inner }) => inner !== null) : headers;
  return new Set(having.map((header) => fieldText(header, field))).size > 1;
}

function judged(scenario: Scenario, { fields }: HashInference, field: HeaderField): FieldJudgement[] {
  const { probability, verdict } = fields.find((each) => each.field === field)!;
  if (probability === null) return []; // inside of tunnels, and not where nothing is inside
  const was = scenario.sender.fields.has(field);
  const isDecided = verdict === 'used' || verdict === 'unused';
  const missed = was && verdict === 'unused' && hasEffect(scenario, field);
  return [{ field, said: probability, was, verdict: isDecided ? verdict : 'open', hasEffect: missed }];
}

function hasEffect({ headers, sender }: Scenario, field: HeaderField): boolean {
  const values = new Map(headers.map((header) => [fieldText(header, field), header]));
  const others = [...values.values()].slice(0, 40);
  return headers
    .slice(0, 40)
    .some((header) =>
      others.some((other) => sender.bucket(withFieldOf(header, field, other)) !== sender.bucket(header)),
    );
}
