/**
 * Which link a flow will take, from a saved analysis alone. Certain: flows with the same key were seen. By the rule: the named
 * function says so, and so does every function that the flows could not tell from it. Else unknown, and why.
 */

import type { Analysis, Direction, DirectionName, Flow, Hash, HeaderField } from '../document/schema.js';
import { policyNamed } from '../policies/catalogue.js';
import type { Policy } from '../policies/policy.js';
import { type AskedFlow, completed, fieldOf, keyOf } from './asked-flow.js';

export interface Prediction {
  readonly certainty: 'certain' | 'rule' | 'unknown';
  readonly port: string | null;
  readonly because: string;
  readonly score: number | null; // of the rule: share of held-back flows that it predicted
  readonly wouldTell: string | null; // what would, where it is unknown
}

/** A rule predicts only if it was right about so many of the flows it was not fitted on. */
const LEAST_ACCURACY = 0.85;
const TUNNELS = [4, 41, 47];
const IPV6 = 0x86dd;
const PER_CONNECTION = 'linux-socket-hash';

/** In which direction its addresses were seen, or where the local station is; null where that does not say. */
export function directionOf(analysis: Analysis, flow: AskedFlow): DirectionName | null {
  const [ingress, egress] = [isLike(analysis, 'ingress', flow), isLike(analysis, 'egress', flow)];
  return ingress === egress ? null : ingress ? 'ingress' : 'egress';
}

function isLike(
  { lag, directions }: Analysis,
  name: DirectionName,
  { ipSrc, ipDst, ethSrc, ethDst }: AskedFlow,
): boolean {
  const { peers, topFlows } = directions[name];
  const [local, localMac] = name === 'egress' ? [ipSrc, ethSrc] : [ipDst, ethDst];
  const [remote, remoteMac] = name === 'egress' ? [ipDst, ethDst] : [ipSrc, ethSrc];
  const { ips, macs, basis } = lag.localStation;
  if (
    basis !== 'unknown' &&
    ((local !== null && ips.includes(local)) || (localMac !== null && macs.includes(localMac)))
  ) {
    return true;
  }
  if (peers.some(({ ip, mac }) => (ip !== null && ip === remote) || (mac !== null && mac === remoteMac))) return true;
  return topFlows.some(({ flow }) => {
    const [own, other] = name === 'egress' ? [flow.ipSrc, flow.ipDst] : [flow.ipDst, flow.ipSrc];
    return (own !== null && own === local) || (other !== null && other === remote);
  });
}

export function predict(analysis: Analysis, name: DirectionName, flow: AskedFlow): Prediction {
  const direction = analysis.directions[name];
  const { hash, distribution } = direction;
  const asked = completed(flow, analysis, name);
  const interrupted = whyUnknown(analysis, name);
  if (hash === null && interrupted !== null) return unknown(interrupted, 'an analysis that is left to finish');
  if (!['per-flow-hash', 'single-port', 'failover', 'rebalancing'].includes(distribution.kind) || hash === null) {
    return unknown(`this direction has no link for each flow: ${distribution.kind}`, null);
  }
  if (distribution.kind === 'rebalancing') {
    return unknown('this sender moves flows between links as their load changes', null);
  }
  // A sender may draw a number per connection: then the same flow may go elsewhere next time.
  const known = ruleFor(hash, asked.etherType === IPV6);
  const repeats = name === 'ingress' || (known !== null && known.id !== PER_CONNECTION);
  // What was seen is of the links that were there then; and copies of a port hide where a flow really was.
  if (distribution.epochs.length <= 1 && analysis.quality.copies.length === 0) {
    const same = repeats ? seenItself(direction, asked) : null;
    if (same !== null) return certain(same, 'this very flow was seen');
    const cell = seenKey(hash, asked, repeats);
    if (cell !== null) return cell;
  }
  if (known === null && interrupted !== null) return unknown(interrupted, 'an analysis that is left to finish');
  return byRule(hash, asked) ?? unknown(whyNoRule(hash, known), whatWouldTell(analysis, name));
}

/** Why no rule is known of a direction whose analysis was interrupted; null where it was not. */
export function whyUnknown({ interrupted }: Partial<Analysis>, name: DirectionName): string | null {
  const hash = `directions.${name}.hash` as const;
  const isSearched = !interrupted?.some((place) => place === hash || place === `${hash}.function`);
  return isSearched ? null : 'the analysis was interrupted before a rule was found for this direction';
}

const certain = (port: string, because: string): Prediction => ({
  certainty: 'certain',
  port,
  because,
  score: null,
  wouldTell: null,
});

const unknown = (because: string, wouldTell: string | null): Prediction => ({
  certainty: 'unknown',
  port: null,
  because,
  score: null,
  wouldTell,
});

/** All frames of the flow were on one link. */
function seenItself({ topFlows, pingPong }: Direction, asked: AskedFlow): string | null {
  if (asked.srcPort === null || asked.dstPort === null) return null;
  const isIt = (flow: Flow) =>
    flow.ipSrc === asked.ipSrc &&
    flow.ipDst === asked.ipDst &&
    flow.ipProto === asked.ipProto &&
    flow.srcPort === asked.srcPort &&
    flow.dstPort === asked.dstPort &&
    (flow.vlan ?? 0) === asked.vlan &&
    flow.inner === null;
  if (pingPong.some(({ flow }) => isIt(flow))) return null;
  const found = topFlows.filter(({ flow }) => isIt(flow));
  if (found.some(({ onPorts }) => (onPorts ?? 1) > 1)) return null;
  const ports = new Set(found.map(({ port }) => port));
  return ports.size === 1 ? found[0].port : null;
}

/** Flows of the same key on one link, where no other field can matter: not used, or as it always was. */
function seenKey({ cells, fields, constants }: Hash, asked: AskedFlow, repeats: boolean): Prediction | null {
  const [first] = cells;
  if (first === undefined) return null;
  const isIn = (field: string) => Object.hasOwn(first.key, field);
  const others = fields.filter(({ field }) => !isIn(field));
  const isSettled = others.every(({ field, verdict }) => {
    if (verdict === 'unused') return true;
    return verdict === 'untested' && (isInside(field) || fieldOf(asked, field) === (constants[field] ?? null));
  });
  if (!isSettled || Object.keys(first.key).length === 0) return null;
  const cell = cells.find(({ key }) =>
    Object.entries(key).every(([field, value]) => value !== null && fieldOf(asked, field as HeaderField) === value),
  );
  if (cell === undefined || cell.port === null || (!repeats && cell.flows < 2)) return null;
  const flows = cell.flows === 1 ? 'one flow was' : `${cell.flows} flows were`;
  return certain(cell.port, `${flows} seen with the same ${Object.keys(cell.key).join(', ')}`);
}

const isInside = (field: HeaderField) => field.startsWith('inner.') || field === 'mpls.label';

/** Of the IP version where the two have functions of their own. */
export function ruleFor({ function: known, families }: Hash, isIpv6: boolean): Hash['function'] {
  return known ?? families?.find(({ family }) => family === (isIpv6 ? 'ipv6' : 'ipv4'))?.function ?? null;
}

function byRule(hash: Hash, asked: AskedFlow): Prediction | null {
  const known = ruleFor(hash, asked.etherType === IPV6);
  if (known === null || !passedItsTest(known) || known.members.length === 0) return null;
  if (known.reads === 'inner' && asked.ipProto !== null && TUNNELS.includes(asked.ipProto)) {
    return unknown(`the rule ${known.id} reads what the tunnel carries, which was not asked`, null);
  }
  const said = known.members.map(({ policy, portOrder }) => ({
    policy,
    ...bucketOf(policyNamed(policy), asked, portOrder),
  }));
  const lacking = said.find(({ lacks }) => lacks !== null);
  if (lacking) return unknown(lacking.lacks!, null);
  const ports = new Set(said.map(({ port }) => port));
  if (ports.size > 1) {
    const each = said.map(({ policy, port }) => `${policy} says ${port ?? 'a link not seen'}`);
    return unknown(
      `rules that fit equally well disagree: ${each.join(', ')}`,
      'this very flow: send it and capture again',
    );
  }
  const [{ port }] = said;
  if (port === null)
    return unknown('no flow seen fell into its bucket, so which link that is was not learnt', 'this very flow');
  const others = said.length - 1;
  const agree =
    others === 0
      ? ''
      : others === 1
        ? ', and so does another that fits as well'
        : `, and so do ${others} others that fit as well`;
  return {
    certainty: 'rule',
    port,
    because: `the rule ${known.id} says so${agree}; it was right for ${percent(known.heldOutAccuracy!)} of the flows it was not fitted on (${known.flowsTested} flows in turn)`,
    score: known.heldOutAccuracy,
    wouldTell: null,
  };
}

export const passedItsTest = ({ heldOutAccuracy }: NonNullable<Hash['function']>) =>
  heldOutAccuracy !== null && heldOutAccuracy >= LEAST_ACCURACY;

const percent = (share: number) =>
  `${share === 1 ? 100 : Math.min(99.9, share * 100).toFixed(share < 0.995 ? 0 : 1)} %`;

/** The bucket of a flow, and the link behind it; or what is missing to tell. */
export function bucketOf(policy: Policy, asked: AskedFlow, order: readonly (string | null)[]) {
  const isTableLearnt = policy.secret === 'table' && order.length === policy.buckets;
  const lacks = missingFor(isTableLearnt ? { ...policy, secret: 'none' } : policy, asked);
  if (lacks !== null) return { bucket: null, port: null, lacks };
  const bucket = policy.bucket(keyOf(asked), order.length);
  if (bucket < 0) return { bucket: null, port: null, lacks: `${policy.id} does not say where such a packet goes` };
  const index = bucket % order.length; // a table of fixed size is dealt to the links in turn
  return { bucket: index, port: order[index] ?? null, lacks: null };
}

const OPTIONS: Readonly<Partial<Record<HeaderField, string>>> = {
  'eth.src': '--smac',
  'eth.dst': '--dmac',
  'eth.type': '--ethertype',
  'ip.src': '--src',
  'ip.dst': '--dst',
  'ip.proto': '--proto',
  'l4.srcport': '--sport',
  'l4.dstport': '--dport',
  'ipv6.flow': '--flow-label',
};
const WITH_PORTS = [6, 17, 33, 132, 136];

/** Fields that the policy reads of this kind of packet and that were not given; null if there are none. */
function missingFor({ id, reads, secret }: Policy, asked: AskedFlow): string | null {
  if (secret === 'unknown') return `the formula of ${id} is not published`;
  if (secret === 'table' || secret === 'per-connection') return `the policy ${id} does not choose by headers alone`;
  const isIpv6 = asked.etherType === IPV6;
  const missing = reads.filter((field) => {
    if (fieldOf(asked, field) !== null || isInside(field)) return false;
    if (field.startsWith('l4.')) return asked.ipProto === null || WITH_PORTS.includes(asked.ipProto);
    return field !== 'ipv6.flow' || isIpv6;
  });
  if (missing.length === 0) return null;
  return `the policy ${id} reads ${missing.join(', ')}: give ${missing.map((field) => OPTIONS[field] ?? field).join(', ')}`;
}

function whyNoRule({ fields }: Hash, known: Hash['function']): string {
  if (known === null) {
    const open = fields
      .filter(({ verdict }) => verdict === 'confounded' || verdict === 'undetermined')
      .map(({ field }) => field);
    return `no rule is known for this direction${open.length === 0 ? '' : `: ${open.join(', ')} can’t be told`}`;
  }
  if (known.id === PER_CONNECTION) return 'the sender draws a random number for each connection: no header tells';
  if (known.members.length === 0) return `the rule ${known.id} is known by its kind, not by its function`;
  return `the rule ${known.id} did not pass its test on held-back flows`;
}

function whatWouldTell({ experiments }: Analysis, name: DirectionName): string | null {
  const index = experiments.findIndex(({ direction }) => direction === name);
  return index < 0 ? 'this very flow: send it and capture again' : `experiment ${index + 1} of the analysis`;
}
