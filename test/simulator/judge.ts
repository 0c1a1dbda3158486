/** What the inference makes of a scenario, held against the truth about it. */

import type { HeaderField } from '../../src/document/schema.js';
import { ICMP, MAIN, NO_IP } from '../../src/flows/rows.js';
import { type HashInference, inferHash } from '../../src/inference/infer.js';
import { row, rowsOf } from '../unit/inference/rows.js';
import { fieldText, type Header, withFieldOf } from './headers.js';
import { Random } from './random.js';
import type { Scenario } from './scenario.js';
import { inside } from './tunnels.js';

export interface FieldJudgement {
  readonly field: HeaderField;
  readonly said: number; // probability that it is used
  readonly was: boolean;
  readonly verdict: 'used' | 'unused' | 'open';
  readonly hasEffect: boolean; // another value that was seen would have chosen another port, for some flow
}

/**
 * `right`: the same buckets for any headers. `among`: not the one named first, but one that is said to fit as well is.
 * `here`: the same for all values of the bits that varied, the others being what they were.
 */
export type Naming = 'right' | 'among' | 'here' | 'wrong' | 'none';

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
    ...namingOf(scenario, inferred),
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

/** By what it does, whatever it is called. */
function namingOf(scenario: Scenario, inferred: HashInference): Pick<Judgement, 'naming' | 'named'> {
  const { sender, ports } = scenario;
  const named = inferred.function?.id ?? null;
  if (named === null) return { naming: 'none', named };
  if (named === 'affine') return { naming: sender.affine ? 'right' : 'wrong', named };
  const areSame = (headers: readonly Header[]) => {
    const meant = headers.map((header) => sender.bucket(header));
    const isInside = inferred.functionView !== 'outer';
    return inferred.functionMembers.map((member) =>
      isSameDivision(
        headers.map((header) => member.value(row(isInside ? inside(header) : header)) % ports),
        meant,
      ),
    );
  };
  const everywhere = areSame(probes(scenario.headers, ALL_BITS));
  if (everywhere[0]) return { naming: 'right', named };
  if (everywhere.includes(true)) return { naming: 'among', named };
  return { naming: areSame(probes(scenario.headers, bitsThatVary))[0] ? 'here' : 'wrong', named };
}

const PROBES = 400;
type Mask = (values: readonly number[]) => number;
const ALL_BITS: Mask = () => 0xffff;
const bitsThatVary: Mask = (values) => values.reduce((bits, value) => bits | (value ^ values[0]), 0);

/**
 * Headers with those bits of addresses and ports drawn; single fields and families as they were seen. Of a sender that
 * sorts a pair only the orders that were seen.
 */
function probes(headers: readonly Header[], mask: Mask): Header[] {
  const random = new Random(1);
  const drawn = (like: number, bits: number) => (like & ~bits) | (random.below(2 ** 16) & bits);
  const mac = (of: (header: Header) => number) => {
    const words = [2 ** 32, 2 ** 16, 1].map((unit) => ({
      unit,
      bits: mask(headers.map((header) => Math.floor(of(header) / unit) % 2 ** 16)),
    }));
    return (like: Header) =>
      words.reduce((sum, { unit, bits }) => sum + drawn(Math.floor(of(like) / unit) % 2 ** 16, bits) * unit, 0);
  };
  const ip = (of: (header: Header) => Uint8Array) => {
    const bits = (length: number) => {
      const alike = headers.map(of).filter((address) => address.length === length);
      return Array.from({ length }, (_, at) => mask(alike.map((address) => address[at])));
    };
    const byLength = new Map([4, 16].map((length) => [length, bits(length)]));
    return (like: Header) => of(like).map((byte, at) => drawn(byte, byLength.get(of(like).length)![at] & 255));
  };
  const port = (of: (header: Header) => number) => {
    const bits = mask(headers.map(of));
    return (like: Header) => drawn(of(like), bits);
  };
  const [srcMac, dstMac] = [mac((header) => header.srcMac), mac((header) => header.dstMac)];
  const [srcIp, dstIp] = [ip((header) => header.srcIp), ip((header) => header.dstIp)];
  const [srcPort, dstPort] = [port((header) => header.srcPort), port((header) => header.dstPort)];
  const drawOne = (): Header => {
    const like = random.pick(headers);
    return {
      ...like,
      srcMac: srcMac(like),
      dstMac: dstMac(like),
      srcIp: srcIp(like),
      dstIp: dstIp(like),
      srcPort: srcPort(like),
      dstPort: dstPort(like),
    };
  };
  const order = ({ srcMac, dstMac, srcIp, dstIp, srcPort, dstPort }: Header) =>
    `${srcMac < dstMac} ${Buffer.compare(srcIp, dstIp)} ${srcPort < dstPort}`;
  const orders = mask === ALL_BITS ? null : new Set(headers.map(order));
  return Array.from({ length: PROBES }, drawOne).filter((probe) => orders === null || orders.has(order(probe)));
}

function isSameDivision(a: readonly number[], b: readonly number[]): boolean {
  const [forward, backward] = [new Map<number, number>(), new Map<number, number>()];
  return a.every((x, i) => {
    if (!forward.has(x)) forward.set(x, b[i]);
    if (!backward.has(b[i])) backward.set(b[i], x);
    return forward.get(x) === b[i] && backward.get(b[i]) === x;
  });
}
