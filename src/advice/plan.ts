/**
 * Which client addresses, or client ports, spread best under the identified rule. inference.md D. Refuses where no rule passed its
 * held-back test: an address table from an unproven rule is worse than none.
 */

import type { Analysis, DirectionName, Flow, Plan } from '../document/schema.js';
import { policyNamed } from '../policies/catalogue.js';
import type { Policy, PolicyKey } from '../policies/policy.js';
import { maxOverMean } from '../stats/balance.js';
import { expectedLoad } from '../stats/balls-in-bins.js';
import { keyOf, withDefaults } from './asked-flow.js';
import { bucketOf, passedItsTest, ruleFor, whyUnknown } from './predict.js';
import { wayOf } from './ways.js';

type Document = Pick<Analysis, 'directions' | 'lag'> & Partial<Pick<Analysis, 'interrupted'>>;
export type Planned =
  | { readonly plan: Plan; readonly refused: null }
  | { readonly plan: null; readonly refused: string };

const [FIRST_OCTET, LAST_OCTET] = [2, 254];
const [FIRST_PORT, LAST_PORT] = [5301, 5999];
const WORTH_CHANGING = 0.05; // of max/mean
const MOST_CLIENTS = 64;

const refuse = (refused: string): Planned => ({ plan: null, refused });

/** @param fixed addresses of clients that must stay as they are */
export function planFor(analysis: Document, name: DirectionName, fixed: readonly string[]): Planned {
  const { hash } = analysis.directions[name];
  const known = hash === null ? null : ruleFor(hash, false);
  if (known === null) return refuse(whyUnknown(analysis, name) ?? 'no rule is known for this direction');
  if (!passedItsTest(known)) return refuse(`the rule ${known.id} did not pass its test on held-back flows`);
  if (known.members.length === 0) return refuse(`of the rule ${known.id} only the kind is known, not the function`);
  if (known.reads === 'inner') return refuse(`the rule ${known.id} reads what tunnels carry`);
  const rule = new Rule(analysis, name, known.members);
  if (rule.links.length < 2) return refuse('too few links were learnt by bucket');
  const clients = clientsOf(analysis, name);
  if (clients.length < 2) return refuse('it takes two clients with IPv4 addresses');
  const missing = fixed.filter((ip) => !clients.some((client) => client.ip === ip));
  if (missing.length > 0) return refuse(`${missing.join(', ')} is no client of this capture`);
  const about = { direction: name, rule: known.id, fixed: [...fixed] };
  if (rule.reads('l4.srcport', 'l4.dstport')) return byPorts(rule, clients, fixed, about);
  if (rule.reads(name === 'egress' ? 'ip.dst' : 'ip.src')) return byAddresses(rule, clients, fixed, about);
  return refuse(`the rule ${known.id} reads neither the clients’ IP addresses nor their ports`);
}

/** The better of the two directions; else why not. */
export function bestPlan(analysis: Document, fixed: readonly string[] = []): Planned {
  const planned = (['ingress', 'egress'] as const).map((name) => ({ name, ...planFor(analysis, name, fixed) }));
  const [best] = planned
    .flatMap(({ plan }) => (plan === null ? [] : [plan]))
    .sort((a, b) => b.before - b.maxOverMean - (a.before - a.maxOverMean));
  if (best !== undefined) return { plan: best, refused: null };
  return refuse(planned.map(({ name, refused }) => `${wayOf(analysis, name)}: ${refused}`).join('; '));
}

type About = Pick<Plan, 'direction' | 'rule' | 'fixed'>;

interface Client {
  readonly ip: string;
  readonly octets: number;
  readonly flows: readonly { readonly flow: Flow; readonly octets: number }[];
}

/** With their flows, most octets first. */
function clientsOf({ directions }: Document, name: DirectionName): Client[] {
  const byIp = new Map<string, { flow: Flow; octets: number }[]>();
  for (const { flow, octets } of directions[name].topFlows) {
    const ip = name === 'egress' ? flow.ipDst : flow.ipSrc;
    if (ip === null || ip.includes(':') || flow.inner !== null) continue;
    byIp.set(ip, [...(byIp.get(ip) ?? []), { flow, octets }]);
  }
  return [...byIp]
    .map(([ip, flows]) => ({ ip, flows, octets: flows.reduce((sum, { octets }) => sum + octets, 0) }))
    .sort((a, b) => b.octets - a.octets || (a.ip < b.ip ? -1 : 1))
    .slice(0, MOST_CLIENTS);
}

/** The named function and all that fit as well: a link only where they agree. */
class Rule {
  readonly links: readonly string[];
  readonly #keys = new Map<Flow, PolicyKey | null>();
  readonly #members: readonly { readonly policy: Policy; readonly order: readonly (string | null)[] }[];

  constructor(
    readonly analysis: Document,
    readonly direction: DirectionName,
    members: NonNullable<NonNullable<Analysis['directions']['ingress']['hash']>['function']>['members'],
  ) {
    this.#members = members.map(({ policy, portOrder }) => ({ policy: policyNamed(policy), order: portOrder }));
    this.links = [...new Set(this.#members[0].order)].filter((port) => port !== null);
  }

  reads(...fields: readonly string[]): boolean {
    return this.#members.some(({ policy }) => policy.reads.some((field) => fields.includes(field)));
  }

  linkOf(flow: Flow, clientIp: string, clientPort: number | null): string | null {
    const key = this.#keyOf(flow);
    if (key === null) return null;
    const asked = this.#asked(key, clientIp, clientPort);
    let link: string | null = null;
    for (const [i, { policy, order }] of this.#members.entries()) {
      const here = linkUnder(policy, order, asked);
      if (i > 0 && here !== link) return null;
      link = here;
    }
    return link;
  }

  /** Whether it is told that all of these flows would take the link. Most addresses that are tried fail with the first of them. */
  takes(flows: Client['flows'], clientIp: string, link: string): boolean {
    return flows.every(({ flow }) => {
      const key = this.#keyOf(flow);
      if (key === null) return false;
      const asked = this.#asked(key, clientIp, this.clientPort(flow));
      return this.#members.every(({ policy, order }) => linkUnder(policy, order, asked) === link);
    });
  }

  #asked(key: PolicyKey, clientIp: string, clientPort: number | null): PolicyKey {
    const client = Uint8Array.from(clientIp.split('.'), Number);
    return this.direction === 'egress'
      ? { ...key, dstIp: client, dstPort: clientPort ?? 0 }
      : { ...key, srcIp: client, srcPort: clientPort ?? 0 };
  }

  /** As policies read it; null where it does not show all that one of them reads. Thousands of addresses are tried on each. */
  #keyOf(flow: Flow): PolicyKey | null {
    let key = this.#keys.get(flow);
    if (key === undefined) {
      const asked = withDefaults({ ...flow, etherType: null, flowLabel: null });
      const isKnown = this.#members.every(({ policy, order }) => bucketOf(policy, asked, order).lacks === null);
      key = isKnown ? keyOf(asked) : null;
      this.#keys.set(flow, key);
    }
    return key;
  }

  /** The address and port that most of the flows have at the server's end. */
  serverOf(clients: readonly Client[]): { name: string; ends: Partial<Flow> } {
    const isEgress = this.direction === 'egress';
    const counts = new Map<string, { flows: number; ends: Partial<Flow> }>();
    for (const { flow } of clients.flatMap(({ flows }) => flows)) {
      const [ip, port] = isEgress ? [flow.ipSrc, flow.srcPort] : [flow.ipDst, flow.dstPort];
      const ends = isEgress ? { ipSrc: ip, srcPort: port } : { ipDst: ip, dstPort: port };
      const same = counts.get(`${ip}:${port}`) ?? { flows: 0, ends };
      counts.set(`${ip}:${port}`, { ...same, flows: same.flows + 1 });
    }
    const [[name, { ends }]] = [...counts].sort(([, a], [, b]) => b.flows - a.flows);
    return { name, ends };
  }

  clientPort(flow: Flow): number | null {
    return this.direction === 'egress' ? flow.dstPort : flow.srcPort;
  }
}

function linkUnder(policy: Policy, order: readonly (string | null)[], key: PolicyKey): string | null {
  const bucket = policy.bucket(key, order.length);
  return bucket < 0 ? null : (order[bucket % order.length] ?? null);
}

/** Octets by link; a flow whose link cannot be told counts on none. */
class Loads {
  readonly #octets: Map<string, number>;

  constructor(links: readonly string[]) {
    this.#octets = new Map(links.map((link) => [link, 0]));
  }

  add(link: string | null, octets: number): void {
    if (link !== null) this.#octets.set(link, (this.#octets.get(link) ?? 0) + octets);
  }

  of(link: string | null): number {
    return link === null ? Number.POSITIVE_INFINITY : (this.#octets.get(link) ?? Number.POSITIVE_INFINITY);
  }

  lightest(): string {
    return [...this.#octets].reduce((a, b) => (b[1] < a[1] ? b : a))[0];
  }

  unevenness(): number {
    return maxOverMean([...this.#octets.values()]) ?? 1;
  }
}

/** Last octets: the largest client first, each onto the link with least so far; who is well placed stays. */
function byAddresses(rule: Rule, all: readonly Client[], fixed: readonly string[], about: About): Planned {
  const clients = all.map((client) => ({ ...client, flows: withoutPorts(client) }));
  const linkAt = (client: Client, ip: string) => {
    const links = new Set(client.flows.map(({ flow }) => rule.linkOf(flow, ip, rule.clientPort(flow))));
    return links.size === 1 ? [...links][0] : null; // the rule reads no ports: several servers may still part them
  };
  const place = (loads: Loads, client: Client, ip: string) => {
    for (const { flow, octets } of client.flows) loads.add(rule.linkOf(flow, ip, rule.clientPort(flow)), octets);
  };
  const before = new Loads(rule.links);
  for (const client of clients) place(before, client, client.ip);

  const after = new Loads(rule.links);
  const taken = new Set([...clients.map(({ ip }) => ip), ...othersOf(rule.analysis)]);
  const assignments: Plan['assignments'] = [];
  const stays = (client: Client) => {
    place(after, client, client.ip);
    assignments.push({ peer: client.ip, change: 'stays', port: linkAt(client, client.ip) });
  };
  for (const client of clients.filter(({ ip }) => fixed.includes(ip))) stays(client);
  for (const client of clients.filter(({ ip }) => !fixed.includes(ip))) {
    const wanted = after.lightest();
    if (after.of(linkAt(client, client.ip)) <= after.of(wanted)) {
      stays(client);
      continue;
    }
    const ip = freeAddress(client.ip, taken, (candidate) => rule.takes(client.flows, candidate, wanted));
    if (ip === null) {
      stays(client);
      continue;
    }
    taken.add(ip);
    place(after, client, ip);
    assignments.push({ peer: client.ip, change: ip, port: wanted });
  }
  if (before.unevenness() - after.unevenness() < WORTH_CHANGING) {
    return refuse('the addresses are as good as any: no other would spread these flows better');
  }
  return {
    refused: null,
    plan: {
      ...about,
      kind: 'addresses',
      server: null,
      assignments,
      maxOverMean: after.unevenness(),
      before: before.unevenness(),
    },
  };
}

/** Flows that differ in ports alone are one to a rule that reads none. */
function withoutPorts({ flows }: Client): Client['flows'] {
  const merged = new Map<string, { flow: Flow; octets: number }>();
  for (const { flow, octets } of flows) {
    const key = `${flow.ethSrc} ${flow.ethDst} ${flow.vlan} ${flow.ipSrc} ${flow.ipDst} ${flow.ipProto}`;
    const same = merged.get(key);
    if (same === undefined) merged.set(key, { flow, octets });
    else same.octets += octets;
  }
  return [...merged.values()];
}

/** The next free one above the present, in its /24. */
function freeAddress(now: string, taken: ReadonlySet<string>, isWanted: (ip: string) => boolean): string | null {
  const network = now.slice(0, now.lastIndexOf('.'));
  const from = Number(now.slice(now.lastIndexOf('.') + 1));
  const octets = LAST_OCTET - FIRST_OCTET + 1;
  for (let step = 1; step < octets; step++) {
    const ip = `${network}.${FIRST_OCTET + ((from - FIRST_OCTET + step + octets) % octets)}`;
    if (!taken.has(ip) && isWanted(ip)) return ip;
  }
  return null;
}

function othersOf({ directions, lag }: Document): string[] {
  const seen = [directions.ingress, directions.egress].flatMap(({ peers, topFlows }) => [
    ...peers.map(({ ip }) => ip),
    ...topFlows.flatMap(({ flow }) => [flow.ipSrc, flow.ipDst]),
  ]);
  return [...lag.localStation.ips, ...seen.filter((ip) => ip !== null)];
}

/** A client port for one connection of each client: the links in turn. What it is compared with are ports left to chance. */
function byPorts(rule: Rule, clients: readonly Client[], fixed: readonly string[], about: About): Planned {
  const after = new Loads(rule.links);
  const assignments: Plan['assignments'] = [];
  const server = rule.serverOf(clients);
  for (const client of clients.filter(({ ip }) => fixed.includes(ip))) {
    // Of its connections as they are, each stands for a part of one.
    const links = client.flows.map(({ flow }) => rule.linkOf(flow, client.ip, rule.clientPort(flow)));
    for (const link of links) after.add(link, 1 / links.length);
    assignments.push({ peer: client.ip, change: 'stays', port: new Set(links).size === 1 ? links[0] : null });
  }
  for (const client of clients.filter(({ ip }) => !fixed.includes(ip))) {
    const flow = { ...client.flows[0].flow, ...server.ends };
    const wanted = after.lightest();
    let port = FIRST_PORT + assignments.length;
    while (port <= LAST_PORT && rule.linkOf(flow, client.ip, port) !== wanted) port++;
    if (port > LAST_PORT) return refuse(`no client port of ${client.ip} is told to take ${wanted}`);
    after.add(wanted, 1);
    assignments.push({ peer: client.ip, change: `client port ${port}`, port: wanted });
  }
  const n = assignments.length;
  if (n < 2) return refuse('it takes two clients whose ports are free');
  const before = (expectedLoad(n, rule.links.length) * rule.links.length) / n;
  return {
    refused: null,
    plan: { ...about, kind: 'ports', server: server.name, assignments, maxOverMean: after.unevenness(), before },
  };
}
