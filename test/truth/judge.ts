/**
 * Every claim of an analysis against the truth of its capture. A claim is right, wrong, or none was made: saying
 * nothing is never wrong, saying something false always is.
 */

import type { Analysis, Direction, DirectionName, Flow, PingPong } from '../../src/document/schema.js';
import type { DirectionTruth, FlowName, Truth } from './truth.js';

export interface Claim {
  readonly about: string;
  readonly verdict: 'right' | 'wrong' | 'undecided';
  readonly said: string;
  readonly truth: string;
}

const DIRECTIONS: readonly DirectionName[] = ['ingress', 'egress'];
const PING_PONG: readonly PingPong['class'][] = ['P5', 'P6', 'P7', 'P8'];

export function judge(analysis: Analysis, truth: Truth): readonly Claim[] {
  return [
    ...inputClaims(analysis, truth),
    ...DIRECTIONS.flatMap((name) =>
      directionClaims(analysis.directions[name], truth.directions[name], truth.mustNotConclude).map((claim) => ({
        ...claim,
        about: `${name} ${claim.about}`,
      })),
    ),
    ...countClaims(analysis, truth),
    ...lacpClaims(analysis, truth),
    ...findingClaims(analysis, truth),
  ];
}

function inputClaims({ inputs }: Analysis, { capture }: Truth): Claim[] {
  return Object.entries(capture.files).map(([port, { packets }]) =>
    equal(`frames of the capture ${port}`, inputs.find((input) => input.port === port)?.frames, packets),
  );
}

// Echoes (a broadcast of the station that came back over another port) are in neither direction, there as here.
function countClaims(analysis: Analysis, truth: Truth): Claim[] {
  return DIRECTIONS.flatMap((name) => {
    const { framesPerPort, octetsPerPort } = truth.directions[name];
    const { ports } = analysis.directions[name];
    return Object.entries(framesPerPort).flatMap(([port, frames]) => {
      const found = ports.find((each) => each.port === port);
      return [
        equal(`${name} frames on ${port}`, found?.frames, frames),
        equal(`${name} octets on ${port}`, found?.octets, octetsPerPort[port]!),
      ];
    });
  });
}

function directionClaims(direction: Direction, truth: DirectionTruth, mustNot: readonly string[]): Claim[] {
  return [
    kindClaim(direction, truth),
    ...fieldClaims(direction, truth),
    functionClaim(direction, truth),
    portOrderClaim(direction, truth),
    ...moverClaims(direction, truth, mustNot),
  ];
}

function kindClaim({ distribution: { kind } }: Direction, { expectedKind }: DirectionTruth): Claim {
  const verdict = expectedKind.includes(kind) ? 'right' : kind === 'undetermined' ? 'undecided' : 'wrong';
  return { about: 'kind', verdict, said: kind, truth: expectedKind.join(' or ') };
}

function fieldClaims({ hash }: Direction, { fieldsUsed }: DirectionTruth): Claim[] {
  return (hash?.fields ?? []).map(({ field, verdict }) => {
    const used = fieldsUsed.includes(field);
    const decided = verdict === 'used' || verdict === 'unused';
    const right = (verdict === 'used') === used;
    return {
      about: `field ${field}`,
      verdict: decided ? (right ? 'right' : 'wrong') : 'undecided',
      said: verdict,
      truth: used ? 'used' : 'not used',
    };
  });
}

const NAMED_POLICY =
  /^(linux|freebsd|netbsd|openbsd|illumos|dpdk|vpp|hp|cisco|vitesse|rtag7|esxi|team|ovs|juniper|arista)/; // the others describe a shape: affine, crc …

/** Bonds and teams have functions that are known by name; for the others any name of somebody's policy but theirs is wrong. */
function functionClaim({ hash }: Direction, { implementation, policy }: DirectionTruth): Claim {
  const truth = idOf(implementation, policy) ?? 'none by name';
  const named = hash?.function ?? null;
  const claim = { about: 'function', said: named?.id ?? 'none', truth };
  if (named === null) return { ...claim, verdict: 'undecided' };
  if (named.id === truth) return { ...claim, verdict: 'right' };
  const own = implementation.toLowerCase();
  const ownName = own.includes(named.id.split(/[-:]/)[0]!) && !own.startsWith('linux bonding');
  if (!NAMED_POLICY.test(named.id) || ownName || named.alternatives.includes(truth))
    return { ...claim, verdict: 'undecided' };
  return { ...claim, verdict: 'wrong' };
}

function idOf(implementation: string, policy: string | null): string | null {
  if (implementation.startsWith('Linux bonding') && policy !== null) return `linux-${policy}`;
  const fields = /^teamd tx_hash (.*)$/.exec(policy ?? '')?.[1];
  return fields === undefined ? null : `teamd:${fields.replace('ipv4+ipv6', 'l3')}`;
}

/** Buckets without flows have no port, nor has one whose port was not captured: `null` there is no claim. */
function portOrderClaim({ hash }: Direction, { portOrder }: DirectionTruth): Claim {
  const said = hash?.function?.portOrder ?? [];
  const text = (order: readonly (string | null)[]) => order.map((port) => port ?? 'unknown').join(' ');
  const claim = { about: 'port order', said: text(said), truth: portOrder ? text(portOrder) : 'none' };
  if (said.length === 0 || portOrder === null) return { ...claim, verdict: 'undecided' };
  const wrong = said.length !== portOrder.length || said.some((port, b) => port !== null && port !== portOrder[b]);
  return { ...claim, verdict: wrong ? 'wrong' : said.includes(null) ? 'undecided' : 'right' };
}

function moverClaims({ pingPong }: Direction, truth: DirectionTruth, mustNot: readonly string[]): Claim[] {
  const moved = truth.flowsOnSeveralPorts;
  const movedKeys = new Set(moved.list.map(({ flow }) => keyOf(flow)));
  const splitKeys = new Set(truth.fragmentSplitFlows.list.map(({ flow }) => keyOf(flow)));
  const allListed = moved.count === moved.list.length;
  const noSpraying = mustNot.some((text) => /round-robin|per-packet/.test(text));
  const claims = pingPong.map((entry): Claim => {
    const alternates = PING_PONG.includes(entry.class);
    const key = keyOf(entry.flow);
    const known = movedKeys.has(key) || (!alternates && splitKeys.has(key)) || (!allListed && entry.class !== 'P3');
    const forbidden = noSpraying && (entry.kind === 'round-robin' || entry.kind === 'per-packet');
    return {
      about: `flow ${key}`,
      verdict: known && !forbidden ? 'right' : 'wrong',
      said: `${entry.class} ${entry.kind}`,
      truth: forbidden ? 'no spraying' : known ? 'on several ports' : 'on one port',
    };
  });
  const several = pingPong.filter(({ class: name }) => name !== 'P3').length;
  if (several > moved.count) {
    claims.push({ about: 'flows that moved', verdict: 'wrong', said: `${several}`, truth: `${moved.count}` });
  }
  return claims;
}

function lacpClaims({ findings }: Analysis, { lacpFaults }: Truth): Claim[] {
  const named = findings.filter(({ id, severity }) => /^(lacp-|capture-copies)/.test(id) && severity !== 'ok');
  const faults = named.filter(({ id, severity }) => id.startsWith('lacp-') && severity === 'fault');
  const truth = lacpFaults.length === 0 ? 'no LACP fault' : lacpFaults.join('; ');
  const said = (lacpFaults.length === 0 ? faults : named).map(({ id }) => id).join(', ') || 'nothing';
  const right = lacpFaults.length === 0 ? faults.length === 0 : named.length > 0;
  return [{ about: 'LACP', verdict: right ? 'right' : 'wrong', said, truth }];
}

/** What the text says must be what the columns say: no ping-pong finding where nothing moved. */
function findingClaims({ findings }: Analysis, { directions }: Truth): Claim[] {
  const moved = sum(DIRECTIONS.map((name) => directions[name].flowsOnSeveralPorts.count));
  const said = findings.filter(({ id, severity }) => id.startsWith('pingpong-') && severity === 'fault');
  if (said.length === 0) return [];
  const verdict = moved > 0 ? 'right' : 'wrong';
  return [{ about: 'findings', verdict, said: said.map(({ id }) => id).join(', '), truth: `${moved} flows moved` }];
}

function equal(about: string, said: number | undefined, truth: number): Claim {
  return { about, verdict: said === truth ? 'right' : 'wrong', said: `${said}`, truth: `${truth}` };
}

export function keyOf(flow: FlowName | Flow): string {
  const { ethSrc, ethDst, vlan, ipSrc, ipDst, ipProto, srcPort, dstPort } = flow;
  return `${ethSrc} ${ethDst} ${vlan ?? '-'} ${ipProto} ${ipSrc}:${srcPort ?? 0} ${ipDst}:${dstPort ?? 0}`;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0);
