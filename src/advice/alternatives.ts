/** What people weigh instead of another policy: an address of its own on each link, a link for each frame in turn, one faster link. */

import type { WhatIf } from '../document/schema.js';
import { seeded, shuffle } from '../stats/random.js';
import type { Cells } from './cells.js';
import type { LaidFlows } from './laid-flows.js';
import { byRank, DRAWS } from './random-tables.js';
import { spreadOf, spreadOver } from './spread.js';

const SEED = 569060;
/** Whose part is smaller asks for no file: ARP, neighbour discovery, a time server. */
const NO_CLIENT = 0.001;
const FASTER = [10, 25, 40, 100, 200, 400, 800].map((gigabits) => gigabits * 1e9);

/** The lowest rate in use for servers that carries what all links together do; null beyond the fastest. */
export const fasterLink = (linkBitsPerSecond: number, links: number): number | null =>
  FASTER.find((rate) => rate >= links * linkBitsPerSecond) ?? null;

export function alternatives(
  laid: LaidFlows,
  cells: Cells,
  setting: { readonly ports: number; readonly egress: boolean; readonly linkBitsPerSecond: number | null },
): WhatIf[] {
  const { ports, egress, linkBitsPerSecond: rate } = setting;
  const common = { kind: 'alternative' as const, knownAs: [], inUse: false, flowsFitted: null, octetsLaid: 1 };
  const even = new Float64Array(ports).fill(laid.totalOctets / ports);
  const dealt = dealtInTurn(laid, cells.of([egress ? 'ip.dst' : 'ip.src'], 'ordered'), ports);
  const deals = spreadOver(dealt);
  const faster = rate === null ? null : fasterLink(rate, ports);
  return [
    {
      ...common,
      policy: 'separate-addresses',
      description: `No LAG: ${ports} addresses, each on a link of its own, dealt to the clients in turn (round-robin DNS)`,
      portOctets: byRank(dealt),
      ...deals,
      bitsPerSecond: rate === null ? null : deals.busyLinks * rate,
      basis: 'random-orders',
      fits: 'Holds for both directions. A client keeps its link; a link that fails takes its clients down. The average of 200 orders.',
    },
    {
      ...common,
      policy: 'round-robin',
      description: 'Frame by frame on the next link (Linux balance-rr)',
      portOctets: Object.fromEntries(Array.from(even, (octets, i) => [`link ${i + 1}`, Math.round(octets)])),
      ...spreadOf(even),
      bitsPerSecond: rate === null ? null : ports * rate,
      basis: 'even',
      fits: 'Reorders the frames of every connection: TCP slows down. No standard LACP sender offers it.',
    },
    {
      ...common,
      policy: 'one-faster-link',
      description: `One link instead of ${ports}`,
      portOctets: { 'the link': Math.round(laid.totalOctets) },
      ...spreadOf([laid.totalOctets]),
      bitsPerSecond: faster,
      basis: 'even',
      fits: 'Nothing to distribute: one connection can use all of it.',
    },
  ];
}

/** Clients in a drawn order onto the links in turn. Sorted, least load first. */
function dealtInTurn(laid: LaidFlows, clients: Int32Array, ports: number): Float64Array[] {
  const ofClient = new Float64Array(clients.reduce((most, client) => Math.max(most, client), -1) + 1);
  clients.forEach((client, key) => {
    ofClient[client] += laid.octets[key];
  });
  const real = ofClient.filter((octets) => octets >= NO_CLIENT * laid.totalOctets);
  const random = seeded(SEED);
  return Array.from({ length: DRAWS }, () => {
    const loads = new Float64Array(ports);
    shuffle(real.slice(), random).forEach((octets, turn) => {
      loads[turn % ports] += octets;
    });
    return loads.sort();
  });
}
