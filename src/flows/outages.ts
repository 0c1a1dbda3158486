/** Which ports were out of a direction, and for how long. inference.md E.5, rules 1 and 2. */

import type { DirectionIndex, Pass, Silence } from '../engine/pass.js';
import type { Announcement, LacpReport } from '../lacp/report.js';
import { NumberIndex } from '../stats/number-index.js';
import { pairOf } from './address-index.js';
import { addressesOf } from './flow-addresses.js';
import { homePorts, unicastIn } from './flow-lists.js';
import { type Move, mostPierced } from './moves.js';
import { certainlyIn, portCounts } from './port-counts.js';

export interface Outage {
  readonly port: number;
  readonly startNs: number; // when the other flows were mapped anew; 0 if it never carried before
  readonly endNs: number; // the same for its return; the end of the capture if it did not return
  readonly why: string; // a clause for people
}

type Evidence = Pick<Pass, 'ports' | 'flows' | 'movers' | 'silences' | 'durationNs'>;

const CHANCE = 0.001;
const SECOND = 1e9;

interface Suspect {
  readonly silence: Silence;
  readonly why: string;
  readonly lossNs: number;
  readonly returnNs: number;
}

export function findOutages(
  pass: Evidence,
  direction: DirectionIndex,
  members: readonly number[],
  lacp: LacpReport,
  moves: readonly Move[],
): Outage[] {
  const silences = pass.silences.filter(
    ({ direction: of, port, fromNs, toNs }) => of === direction && members.includes(port) && toNs - fromNs >= SECOND,
  );
  if (silences.length === 0) return [];

  const flows = unicastIn(pass.flows, direction);
  const homes = homePorts(pass);
  const suspects: Suspect[] = [];
  for (const silence of silences) {
    if (!isNoChance(pass, silence, flows, homes, pass.ports.length)) continue;
    const suspect = lacp.transmitters[direction].speaks
      ? announcedLoss(silence, lacp, direction, pass)
      : lacp.present
        ? null // a port that falls silent is unused, not out, while LACP says nothing
        : unannouncedLoss(pass, silence, flows, homes, moves);
    if (suspect !== null) suspects.push(suspect);
  }

  const instants = suspects.flatMap(({ lossNs, returnNs }) => [lossNs, returnNs]);
  return suspects.map(({ silence, why, lossNs, returnNs }) => {
    const { port, fromNs, toNs } = silence;
    const voters = (own: number) =>
      moves.filter((m) => !instants.some((ns) => ns !== own && m.fromNs < ns && ns <= m.toNs));
    const startNs = fromNs === 0 ? 0 : mostPierced(voters(lossNs), fromNs, Math.min(toNs, fromNs + 8 * SECOND), lossNs);
    const endNs =
      toNs >= pass.durationNs
        ? pass.durationNs
        : mostPierced(voters(returnNs), returnNs - 3 * SECOND, toNs + 0.5 * SECOND, returnNs);
    return { port, startNs, endNs, why };
  });
}

/** The silence is longer than a port of its share of the flows has by luck. */
function isNoChance(
  pass: Evidence,
  { port, fromNs, toNs }: Silence,
  flows: Uint32Array,
  homes: Uint8Array,
  memberPorts: number,
): boolean {
  const own = flows.filter((flow) => homes[flow] === port).length;
  const share = Math.max(own / flows.length, 1 / (2 * memberPorts));
  const seen = flows.filter((flow) => certainlyIn(pass.flows, flow, fromNs, toNs)).length;
  return (1 - share) ** seen < CHANCE;
}

/** The transmitter says so, by clearing Distributing or by saying nothing any more. */
function announcedLoss(
  silence: Silence,
  lacp: LacpReport,
  direction: DirectionIndex,
  { silences, durationNs }: Pick<Pass, 'silences' | 'durationNs'>,
): Suspect | null {
  const { fromNs, toNs, port } = silence;
  // A capture that loses frames misses LACPDUs too: only a port that is silent both ways for a while is taken at their word.
  const silentBothWays = (gap: { fromNs: number; toNs: number }) =>
    silences.some(
      (other) =>
        other.port === port &&
        other.direction !== direction &&
        Math.min(other.toNs, gap.toNs) - Math.max(other.fromNs, gap.fromNs) >= SECOND,
    );
  const said = lacp.transmitters[direction].announcements[port];
  const clearedAt = said.findIndex(
    ({ timeNs, distributing }, i) =>
      !distributing &&
      timeNs >= fromNs - SECOND &&
      timeNs <= toNs + SECOND &&
      said.slice(0, i).some((a) => a.distributing),
  );
  const gap = longestGap(said, durationNs, fromNs, toNs);
  const limit = lacp.transmitters[direction].silenceLimitsNs[port] ?? Number.POSITIVE_INFINITY;
  const stopped = gap !== null && gap.toNs - gap.fromNs > limit && silentBothWays(gap);
  if (clearedAt < 0 && !stopped) return null;

  const untilNs = clearedAt >= 0 ? said[clearedAt].timeNs : gap!.fromNs + 1;
  const lastSet = said.filter(({ timeNs, distributing }) => distributing && timeNs < untilNs).at(-1)?.timeNs ?? fromNs;
  const lossNs = Math.min(toNs, Math.max(fromNs, lastSet));
  const earliest = Math.max(toNs - 10 * SECOND, untilNs);
  const setAgain = said.find(({ timeNs, distributing }) => distributing && timeNs >= earliest)?.timeNs ?? toNs;
  // A link that went down is silent first; that Distributing was clear is then said when it is back.
  const silentFirst = stopped && (clearedAt < 0 || gap.fromNs < said[clearedAt].timeNs);
  const why = silentFirst ? 'its LACPDUs stopped' : 'its sender cleared Distributing';
  return { silence, why, lossNs, returnNs: Math.min(toNs, setAgain) };
}

/** The longest time without a word of the transmitter that overlaps the silence. */
function longestGap(said: readonly Announcement[], durationNs: number, fromNs: number, toNs: number) {
  const times = [0, ...said.map(({ timeNs }) => timeNs), durationNs];
  let longest: { fromNs: number; toNs: number } | null = null;
  for (let i = 1; i < times.length; i++) {
    const overlap = Math.min(times[i], toNs) - Math.max(times[i - 1], fromNs);
    if (overlap < SECOND) continue;
    if (longest === null || times[i] - times[i - 1] > longest.toNs - longest.fromNs) {
      longest = { fromNs: times[i - 1], toNs: times[i] };
    }
  }
  return longest;
}

/** Without LACP the flows themselves must show it: they left the port together, or host pairs are elsewhere meanwhile. */
function unannouncedLoss(
  pass: Evidence,
  silence: Silence,
  flows: Uint32Array,
  homes: Uint8Array,
  moves: readonly Move[],
): Suspect | null {
  const { port, fromNs, toNs } = silence;
  const left = moves.filter((m) => m.isMoved && m.from === port && Math.abs(m.fromNs - fromNs) <= 2.5 * SECOND);
  const suspect = { silence, lossNs: fromNs, returnNs: toNs };
  if (new Set(left.map(({ flow }) => flow)).size >= 2) return { ...suspect, why: 'its flows moved to other ports' };

  const { firstNs, lastNs, srcMac, dstMac } = pass.flows;
  const { src, dst } = addressesOf(pass.flows);
  const [macs, macPairs, ipPairs, hosts] = Array.from({ length: 4 }, () => new NumberIndex());
  const pairs: { outside: number; inside: number; other: boolean }[] = []; // by pair of MACs and of IP addresses
  for (const flow of flows) {
    const inside = firstNs[flow] >= fromNs && lastNs[flow] <= toNs;
    const outside = lastNs[flow] <= fromNs || firstNs[flow] >= toNs;
    if (!inside && !outside) continue;
    const macPair = macPairs.idOf(pairOf(macs.idOf(srcMac[flow]), macs.idOf(dstMac[flow])));
    const pair = hosts.idOf(pairOf(macPair, ipPairs.idOf(pairOf(src[flow], dst[flow]))));
    if (pair === pairs.length) pairs.push({ outside: 0, inside: 0, other: false });
    const seen = pairs[pair];
    const isHere = homes[flow] === port && portCounts(pass, flow).length === 1;
    if (inside) seen.inside++;
    else seen.outside++;
    if (inside === isHere) seen.other = true; // here while it is silent, or elsewhere while it is not
  }
  const telling = pairs.filter((pair) => pair.outside >= 2 && pair.inside >= 2 && !pair.other);
  return telling.length >= 2 ? { ...suspect, why: 'its hosts used other ports meanwhile' } : null;
}
