/** One simulated aggregate: traffic, a sender, and the port each flow is seen on. */

import { drawFieldSet, type FieldSet } from './field-sets.js';
import { cisco } from './functions/cisco.js';
import { perConnection } from './functions/connection.js';
import { crc16, crc32 } from './functions/crc.js';
import { foldedCrc } from './functions/folded-crc.js';
import { fnv, times33 } from './functions/freebsd.js';
import { linux } from './functions/linux.js';
import { multiplicative, murmur } from './functions/mixing.js';
import { fiveBits, shifted, sums } from './functions/plain-xor.js';
import { twoBitTable } from './functions/tables.js';
import { teamd } from './functions/teamd.js';
import { toeplitzHash } from './functions/toeplitz.js';
import { allBytes, lowBits } from './functions/xor.js';
import { fieldText, type Header, mirrored } from './headers.js';
import { Random } from './random.js';
import { distinct, type Epoch, OWN_WAYS, type Seen, seenIn, supplementary, type Way } from './seen.js';
import type { Family, Sender } from './sender.js';
import { dualStack, TRAFFIC } from './traffic.js';
import { lookingInside, tunnelled } from './tunnels.js';

export interface Scenario {
  readonly traffic: string;
  readonly family: string;
  readonly sender: Sender;
  readonly ports: number;
  readonly noise: number;
  readonly egress: boolean; // the sender owns the sockets
  readonly headers: readonly Header[]; // of the flows
  readonly seen: readonly Seen[];
  readonly epochPorts: readonly number[];
}

/** What a set of scenarios draws from. */
export interface Mix {
  readonly families: readonly Family[];
  readonly flat: boolean; // field sets all alike, whatever the prior says
  readonly flows: readonly [number, number]; // drawn evenly on a logarithmic scale
  readonly mirrored: boolean; // from the servers to the clients
  readonly dualStack: boolean;
  readonly supplementary: boolean; // pings and ARP beside the flows
  readonly ownPings: boolean; // the former not by the hash of the flows
  readonly ownArp: boolean; // nor the latter
  readonly failover: boolean; // one port is lost halfway
  readonly tunnels: boolean; // most flows are inside of tunnels
}

const LIBRARY: readonly Family[] = [
  lowBits,
  allBytes,
  crc32,
  crc16,
  toeplitzHash,
  linux,
  linux,
  times33,
  fnv,
  teamd,
  cisco,
];
const OUTSIDE: readonly Family[] = [sums, fiveBits, shifted, foldedCrc, twoBitTable, multiplicative, murmur];
const USUAL = {
  flat: false,
  flows: [4, 200],
  mirrored: false,
  dualStack: false,
  supplementary: false,
  ownPings: false,
  ownArp: false,
  failover: false,
  tunnels: false,
} as const;

export const MIXES: Readonly<Record<string, Mix>> = {
  library: { ...USUAL, families: LIBRARY },
  outside: { ...USUAL, families: OUTSIDE },
  flat: { ...USUAL, families: LIBRARY, flat: true },
  worst: { ...USUAL, families: OUTSIDE, flat: true },
  egress: { ...USUAL, families: [...LIBRARY, ...OUTSIDE], mirrored: true },
  connection: { ...USUAL, families: [perConnection], mirrored: true },
  'dual-stack': { ...USUAL, families: LIBRARY, flows: [16, 200], dualStack: true },
  supplementary: { ...USUAL, families: LIBRARY, supplementary: true },
  pings: { ...USUAL, families: LIBRARY, supplementary: true, ownPings: true },
  arp: { ...USUAL, families: LIBRARY, supplementary: true, ownArp: true },
  failover: { ...USUAL, families: LIBRARY, failover: true },
  tunnels: { ...USUAL, families: LIBRARY, flows: [16, 200], tunnels: true },
  large: { ...USUAL, families: [...LIBRARY, ...OUTSIDE], flows: [200, 5000] },
};

const MOST_NOISE = 0.02;

/** The same seed always gives the same scenario. */
export function drawScenario(mix: Mix, seed: number): Scenario {
  const random = new Random(seed);
  const ports = 2 + random.below(7);
  const [fewest, most] = mix.flows;
  const flows = Math.round(fewest * (most / fewest) ** random.real());
  const traffic = random.pick(Object.keys(TRAFFIC));
  const made = unlike(TRAFFIC[traffic](random, flows));
  const families = mix.dualStack
    ? unlike(dualStack(random, made))
    : mix.tunnels
      ? unlike(tunnelled(random, made))
      : made;
  const headers = mix.mirrored ? families.map(mirrored) : families;
  const family = random.pick(mix.families);
  const set = drawFieldSet(random, mix.flat);
  const hasFailover = mix.failover && ports > 2;
  // The same device with fewer ports: what it drew when it was started is the same.
  const drawOn = hasFailover ? deviceOf(family, random.word(), set) : (k: number) => family.draw(random, k, set);
  const looksInside = mix.tunnels && random.chance(0.5);
  const senderOf = (k: number) => (looksInside ? lookingInside(drawOn(k), headers) : drawOn(k));
  const epochOf = (k: number): Epoch => ({ sender: senderOf(k), ports: k, order: random.permutation(k) });
  const epochs = hasFailover ? [epochOf(ports), epochOf(ports - 1)] : [epochOf(ports)];
  const noise = random.real() * MOST_NOISE;
  const wayOf = (isOwn: boolean): Way => (isOwn ? random.pick(OWN_WAYS) : 'hashed');
  const main = seenIn(random, headers, epochs, noise);
  const ways = { pings: wayOf(mix.ownPings), arp: wayOf(mix.ownArp) };
  return {
    traffic,
    family: family.name,
    sender: { ...epochs[0].sender, affine: epochs.some(({ sender }) => sender.affine) },
    ports,
    noise,
    egress: mix.mirrored,
    headers: distinct(
      main.map(({ header }) => header),
      flowOf,
    ),
    seen: mix.supplementary ? [...main, ...supplementary(random, headers, epochs[0], ways)] : main,
    epochPorts: epochs.map((epoch) => epoch.ports),
  };
}

const deviceOf = (family: Family, seed: number, set: FieldSet) => (ports: number) =>
  family.draw(new Random(seed), ports, set);

const flowOf = (header: Header) =>
  `${JSON.stringify(header.inner)} ` +
  (['vlan.id', 'ip.src', 'ip.dst', 'ip.proto', 'l4.srcport', 'l4.dstport'] as const)
    .map((field) => fieldText(header, field))
    .join();

/** Without repetitions: the same 5-tuple twice is one flow. */
const unlike = (headers: readonly Header[]) => distinct(headers, flowOf);
