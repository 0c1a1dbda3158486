/**
 * How long a job takes: so many octets in equal parts to or from so many clients. inference.md D. What decides is how many clients
 * share the fullest link; under a hash that tells them apart it has the exact odds of balls in bins.
 */

import type { Analysis, DirectionName, Job } from '../document/schema.js';
import { policies } from '../policies/catalogue.js';
import type { Policy } from '../policies/policy.js';
import { largestBin } from '../stats/balls-in-bins.js';
import { fasterLink } from './alternatives.js';
import { type AskedFlow, completed } from './asked-flow.js';
import { bucketOf } from './predict.js';
import { wayOf } from './ways.js';

export interface JobOptions {
  readonly octets: number; // of payload, of all clients together
  readonly clients: number | null; // null: as many as the capture shows
}

/** TCP over IPv4 with time stamps in full frames: 1448 octets of payload in 1538 on the wire, preamble, FCS and gap counted. */
const PAYLOAD_SHARE = 1448 / 1538;
const ASSUMED_RATE = 1e9;
const MOST_CLIENTS = 500; // for which the odds are computed
const TAIL = 0.05;

type Row = Job['rows'][number];
type Document = Pick<Analysis, 'directions' | 'lag'>;

export function estimateJob(analysis: Document, options: JobOptions): Job | null {
  const links = analysis.lag.ports.length;
  const clients = Math.min(options.clients ?? clientsSeen(analysis), MOST_CLIENTS);
  if (links < 1 || clients < 1) return null;
  const { rate, basis } = linkRate(analysis);
  const seconds = (octets: number, bitsPerSecond: number) => (octets * 8) / (bitsPerSecond * PAYLOAD_SHARE);
  const part = seconds(options.octets / clients, rate);
  /** So many clients on the fullest link: each of them gets its share of it. */
  const sharing = (most: number): Pick<Row, 'seconds' | 'range'> => ({ seconds: most * part, range: null });
  const dealt = Math.ceil(clients / links);
  const faster = fasterLink(rate, links);
  const rows: Row[] = [
    { ...about('one-link', 'All on one link, as a hash of what the clients have in common'), ...sharing(clients) },
    ...exactRows(analysis, clients).map(({ most, ...row }) => ({ ...row, ...sharing(most) })),
    {
      ...about('fair-hash', 'Any hash that tells the clients apart, one connection each'),
      ...byLuck(clients, links, part),
    },
    {
      ...about('planned', 'Addresses or ports chosen so that the links share the clients (lacpscope plan)'),
      ...sharing(dealt),
    },
    { ...about('separate-addresses', `No LAG: ${links} addresses, dealt to the clients in turn`), ...sharing(dealt) },
    {
      ...about('round-robin', 'Frame by frame on the next link; TCP reorders and slows down, so this is the least'),
      seconds: Math.max(seconds(options.octets / links, rate), part),
      range: null,
    },
    ...(faster === null
      ? []
      : [
          {
            ...about('one-faster-link', `One link of ${faster / 1e9} Gbit/s, to clients with links as now`),
            seconds: Math.max(seconds(options.octets, faster), part),
            range: null,
          },
        ]),
  ];
  return {
    ...{ octets: options.octets, clients, links, linkBitsPerSecond: rate, linkRateBasis: basis },
    payloadShare: PAYLOAD_SHARE,
    rows,
  };
}

const about = (policy: string, description: string) => ({
  policy,
  description,
  direction: null,
  knownAs: [],
  chances: [],
});

/** Exact odds; the range is where nine of ten outcomes are. */
function byLuck(clients: number, links: number, part: number): Pick<Row, 'seconds' | 'range' | 'chances'> {
  const odds = [...largestBin(clients, links)!.entries()].filter(([, chance]) => chance > 0);
  const mean = odds.reduce((sum, [most, chance]) => sum + most * chance, 0);
  return {
    seconds: mean * part,
    range: [quantile(odds, TAIL) * part, quantile(odds, 1 - TAIL) * part],
    chances: odds.filter(([, chance]) => chance >= 1e-4).map(([most, chance]) => ({ seconds: most * part, chance })),
  };
}

/** The least value that is not exceeded with this chance. */
function quantile(odds: readonly (readonly [number, number])[], chance: number): number {
  let sum = 0;
  for (const [value, own] of odds) {
    sum += own;
    if (sum >= chance - 1e-12) return value;
  }
  return odds[odds.length - 1][0];
}

/** Published formulas that read no ports, with the addresses of this capture's largest clients. */
function exactRows(analysis: Document, clients: number) {
  const links = analysis.lag.ports.length;
  return (['ingress', 'egress'] as const).flatMap((direction) => {
    const flows = flowsOfClients(analysis, direction).slice(0, clients);
    if (flows.length < clients || clients < 2 || links < 2) return [];
    const byMost = new Map<number, string[]>();
    for (const policy of policies()) {
      if (!isOfAddresses(policy)) continue;
      const most = mostOnALink(analysis as Analysis, direction, policy, flows, links);
      if (most !== null) byMost.set(most, [...(byMost.get(most) ?? []), policy.id]);
    }
    return [...byMost]
      .sort(([a], [b]) => b - a)
      .map(([most, [first, ...others]]) => ({
        policy: first,
        description: `${wayOf(analysis, direction)}, with this capture’s clients: ${most} of ${clients} on one link`,
        knownAs: others,
        direction,
        chances: [],
        most,
      }));
  });
}

const isOfAddresses = ({ isCurrent, secret, reads, buckets }: Policy) =>
  isCurrent &&
  secret === 'none' &&
  (buckets === null || buckets <= 64) &&
  !reads.some((field) => field.startsWith('l4.') || field.startsWith('inner.') || field === 'ipv6.flow');

/** A flow of each client, those with most octets first: of the IP version of most of them, as one machine has both. */
function flowsOfClients({ directions }: Document, direction: DirectionName): AskedFlow[] {
  const found = new Map<string, AskedFlow>();
  for (const { flow } of directions[direction].topFlows) {
    const ip = direction === 'egress' ? flow.ipDst : flow.ipSrc;
    if (ip === null || found.has(ip) || flow.inner !== null || LINK_LOCAL.test(ip)) continue;
    found.set(ip, { ...flow, etherType: null, flowLabel: null });
  }
  const [ipv4, ipv6] = [false, true].map((is) => [...found].flatMap(([ip, flow]) => (isIpv6(ip) === is ? [flow] : [])));
  return ipv6!.length > ipv4!.length ? ipv6! : ipv4!;
}

function mostOnALink(
  analysis: Analysis,
  direction: DirectionName,
  policy: Policy,
  flows: readonly AskedFlow[],
  links: number,
): number | null {
  const counts = new Array<number>(links).fill(0);
  for (const flow of flows) {
    const { bucket } = bucketOf(policy, completed(flow, analysis, direction), new Array<null>(links).fill(null));
    if (bucket === null) return null;
    counts[bucket]++;
  }
  return Math.max(...counts);
}

/** Addresses with flows, of the IP version of most. */
function clientsSeen({ directions }: Document): number {
  const counts = [directions.ingress, directions.egress].flatMap(({ peers }) => {
    const ips = [...new Set(peers.flatMap(({ ip, flows }) => (ip !== null && flows > 0 ? [ip] : [])))];
    const routed = ips.filter((ip) => !LINK_LOCAL.test(ip));
    const ipv6 = routed.filter(isIpv6).length;
    return [ipv6, routed.length - ipv6];
  });
  return Math.max(...counts);
}
const isIpv6 = (ip: string) => ip.includes(':');
/** Every machine has one beside the address that clients use. */
const LINK_LOCAL = /^(fe[89ab].:|169\.254\.)/;

/** Of the slowest member. */
function linkRate({ directions, lag }: Document): { rate: number; basis: Job['linkRateBasis'] } {
  const known = directions.egress.ports.filter(
    ({ port, linkBitsPerSecond }) => lag.ports.includes(port) && linkBitsPerSecond !== null,
  );
  const [slowest] = [...known].sort((a, b) => a.linkBitsPerSecond! - b.linkBitsPerSecond!);
  // What a port carried at its peak is no speed: an idle gigabit would count for less.
  if (slowest === undefined || slowest.linkRateBasis === 'assumed') {
    return { rate: Math.max(ASSUMED_RATE, slowest?.linkBitsPerSecond ?? 0), basis: 'assumed' };
  }
  return { rate: slowest.linkBitsPerSecond!, basis: slowest.linkRateBasis ?? 'assumed' };
}
