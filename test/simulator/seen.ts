/** What a capture shows of a sender's choices: which flow is seen on which port, and when. */

import { fieldText, type Header } from './headers.js';
import type { Random } from './random.js';
import type { Sender } from './sender.js';

export interface Seen {
  readonly header: Header;
  readonly kind: 'main' | 'icmp' | 'arp';
  readonly epoch: number;
  readonly port: number; // among those of the epoch
}

/** A sender for as long as its ports stay the same. */
export interface Epoch {
  readonly sender: Sender;
  readonly ports: number;
  readonly order: readonly number[]; // ports by bucket
}

/** Every flow on the port of its bucket, but for a share of `noise`. */
export function seenIn(random: Random, headers: readonly Header[], epochs: readonly Epoch[], noise: number): Seen[] {
  return epochs.flatMap(({ sender, ports, order }, epoch) => {
    // With several epochs half of the flows live through all of them.
    const alive = epochs.length === 1 ? headers : headers.filter(() => random.chance(0.75));
    return alive.map((header): Seen => {
      const meant = order[sender.bucket(header)];
      const port = random.chance(noise) ? (meant + 1 + random.below(ports - 1)) % ports : meant;
      return { header, kind: 'main', epoch, port };
    });
  });
}

const ICMP = 1;
const ARP = 0x0806;

/** What a device does with pings, or with ARP: as with all others, or by themselves, as one does whose CPU makes them. */
export const OWN_WAYS = ['anywhere', 'in turn', 'on one port'] as const;
export type Way = 'hashed' | (typeof OWN_WAYS)[number];
export interface Ways {
  readonly pings: Way;
  readonly arp: Way;
}

/**
 * Pings between some of the hosts, and ARP between some of the stations. What an ICMP identifier does under a policy that reads
 * ports is the sender's secret, and so is ARP where no address of the frame is read: such frames are on any port. Else what is
 * not in the frame is left out of what is hashed.
 */
export function supplementary(
  random: Random,
  headers: readonly Header[],
  { sender, ports, order }: Epoch,
  ways: Ways,
): Seen[] {
  const reads = (...fields: Parameters<typeof sender.fields.has>[0][]) => fields.some((f) => sender.fields.has(f));
  const placed = (made: readonly Header[], kind: Seen['kind'], way: Way, isDefined: boolean): Seen[] => {
    const portOf: Record<Way, (header: Header, i: number) => number> = {
      hashed: (header) => (isDefined ? order[sender.bucket(header)] : random.below(ports)),
      anywhere: () => random.below(ports),
      'in turn': (_, i) => i % ports,
      'on one port': () => 0,
    };
    return made.map((header, i) => ({ header, kind, epoch: 0, port: portOf[way](header, i) }));
  };
  const pings = distinct(headers, (h) => `${linkOf(h)} ${h.srcIp} ${h.dstIp}`)
    .filter(() => random.chance(0.3))
    .map((h) => ({ ...h, protocol: ICMP, srcPort: 0, dstPort: 0, flowLabel: 0 }));
  const arps = distinct(headers, linkOf)
    .filter(() => random.chance(0.5))
    .map((h) => ({
      ...h,
      etherType: ARP,
      srcIp: NOTHING,
      dstIp: NOTHING,
      protocol: 0,
      srcPort: 0,
      dstPort: 0,
      flowLabel: 0,
    }));
  return [
    ...placed(pings, 'icmp', ways.pings, !reads('l4.srcport', 'l4.dstport')),
    ...placed(arps, 'arp', ways.arp, reads('eth.src', 'eth.dst')),
  ];
}

const NOTHING = new Uint8Array(0);

const linkOf = (header: Header) =>
  (['eth.src', 'eth.dst', 'vlan.id'] as const).map((field) => fieldText(header, field)).join();

/** The first of each. */
export function distinct(headers: readonly Header[], keyOf: (header: Header) => string): Header[] {
  const byKey = new Map<string, Header>();
  for (const header of headers) if (!byKey.has(keyOf(header))) byKey.set(keyOf(header), header);
  return [...byKey.values()];
}
