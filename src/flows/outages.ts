/** Which ports were out of a direction, and for how long. inference.md E.5, rules 1 and 2. */

import type { DirectionIndex, Pass, Silence } from '../engine/pass.js';
import type { Announcement, LacpReport } from '../lacp/report.js';
import { NumberIndex } from '../stats/number-index.js';
import { AddressIndex, pairOf } from './address-index.js';
import { type Instant, type Move, mostPierced } from './moves.js';
import { certainlyIn, homePort, isUnicast, portCounts } from './port-counts.js';

export interface Outage {
  readonly port: number;
  readonly start: Instant; // when the other flows were mapped anew; 0 if it never carried before
  readonly end: Instant; // the same for its return; the end of the capture if it did not return
  readonly why: string; // a clause for people
}

type Evidence = Pick<Pass, 'ports' | 'flows' | 'movers' | 'silences' | 'durationNs'>;

const CHANCE = 0.001;
const INTERVALS = 3.3; // of LACPDUs, after which a port that is silent is gone: what silenceLimitsNs holds
const LATEST = 1.5; // intervals after the one before, for the next LACPDU
const SECOND = 1e9;

interface Suspect {
  readonly silence: Silence;
  readonly why: string;
  readonly loss: Instant;
  readonly return: Instant;
  readonly isCleared?: boolean; // its sender said that it does not distribute: few flows are enough
}

const exactly = (ns: number): Instant => ({ ns, fromNs: ns, toNs: ns });

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

  const flowsOn = unicastByPort(pass, direction);
  const suspects: Suspect[] = [];
  for (const silence of silences) {
    const suspect = lacp.transmitters[direction].speaks
      ? announcedLoss(silence, lacp, direction, pass)
      : lacp.present
        ? null // a port that falls silent is unused, not out, while LACP says nothing
        : unannouncedLoss(pass, direction, silence, moves);
    if (suspect === null) continue;
    const isCertain =
      suspect.isCleared === true ||
      (neitherEndSpeaks(lacp, silence, pass) && moves.some((move) => isAtLoss(move, suspect)));
    if (isCertain || isNoChance(pass, direction, silence, flowsOn)) suspects.push(suspect);
  }

  const instants = suspects.flatMap((suspect) => [suspect.loss.ns, suspect.return.ns]);
  return suspects.map(({ silence, why, loss, return: back }) => {
    const { port, fromNs, toNs } = silence;
    const voters = (own: number) =>
      moves.filter((m) => !instants.some((ns) => ns !== own && m.fromNs < ns && ns <= m.toNs));
    const start =
      fromNs === 0 ? exactly(0) : mostPierced(voters(loss.ns), fromNs, Math.min(toNs, fromNs + 8 * SECOND), loss);
    const end =
      toNs >= pass.durationNs
        ? exactly(pass.durationNs)
        : mostPierced(voters(back.ns), back.ns - 3 * SECOND, toNs + 0.5 * SECOND, back);
    return { port, start, end, why };
  });
}

/** The silence is longer than a port of its share of the flows has by luck. */
function isNoChance(
  pass: Evidence,
  direction: DirectionIndex,
  { port, fromNs, toNs }: Silence,
  flowsOn: readonly number[],
): boolean {
  const { flows, ports } = pass;
  const all = flowsOn.reduce((sum, n) => sum + n, 0);
  const share = Math.max(flowsOn[port] / all, 1 / (2 * ports.length));
  let chance = 1;
  for (let flow = 0; flow < flows.count && chance >= CHANCE; flow++) {
    if (flows.direction(flow) !== direction || !isUnicast(flows, flow)) continue;
    if (certainlyIn(flows, flow, fromNs, toNs) || ranIn(pass, flow, fromNs, toNs)) chance *= 1 - share;
  }
  return chance < CHANCE;
}

/**
 * Two ends that speak on the port before and after do not both fall silent between by luck, however few the flows; but a capture may
 * stall, so flows must have moved as well. At an end of the capture its port may just not have been captured any more.
 */
function neitherEndSpeaks(
  { transmitters }: LacpReport,
  { port, fromNs, toNs }: Silence,
  { durationNs }: Pick<Pass, 'durationNs'>,
): boolean {
  return transmitters.every(({ announcements, silenceLimitsNs: limits }) => {
    const gap = longestGap(announcements[port], durationNs, fromNs, toNs);
    const isInside = gap !== null && gap.fromNs > 0 && gap.toNs < durationNs;
    return isInside && gap.toNs - gap.fromNs > (limits[port] ?? Number.POSITIVE_INFINITY);
  });
}

const isAtLoss = (move: Move, { loss }: Suspect) =>
  move.isMoved && move.fromNs <= loss.toNs + SECOND / 2 && move.toNs >= loss.fromNs - SECOND / 2;

/** A flow that left knows more of itself than its gaps, which a pause of everything makes longer than any silence. */
function ranIn({ flows, movers }: Evidence, flow: number, fromNs: number, toNs: number): boolean {
  const mover = flows.mover(flow);
  const isIn = (ns: number) => ns > fromNs && ns < toNs;
  return mover >= 0 && movers.runs(mover).some(({ firstNs, lastNs }) => isIn(firstNs) || isIn(lastNs));
}

/** Unicast flows, by the port that carried most of each. */
function unicastByPort(pass: Evidence, direction: DirectionIndex): number[] {
  const { flows } = pass;
  const flowsOn = pass.ports.map(() => 0);
  for (let flow = 0; flow < flows.count; flow++) {
    if (flows.direction(flow) === direction && isUnicast(flows, flow)) flowsOn[homePort(pass, flow)]++;
  }
  return flowsOn;
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
  // Where nobody says anything the capture, or the whole LAG, was quiet: that is nothing of this port.
  const othersSpoke = (quiet: { fromNs: number; toNs: number }) =>
    lacp.transmitters[direction].announcements.some((other) =>
      other.some(({ timeNs }) => timeNs > quiet.fromNs + SECOND && timeNs < quiet.toNs - SECOND),
    );
  const stopped = gap !== null && gap.toNs - gap.fromNs > limit && silentBothWays(gap) && othersSpoke(gap);
  if (clearedAt < 0 && !stopped) return null;

  const untilNs = clearedAt >= 0 ? said[clearedAt].timeNs : gap!.fromNs + 1;
  const lastSet = said.filter(({ timeNs, distributing }) => distributing && timeNs < untilNs).at(-1)?.timeNs ?? fromNs;
  const lossNs = Math.min(toNs, Math.max(fromNs, lastSet));
  // A link that went down is silent first; that Distributing was clear is then said when it is back.
  const silentFirst = stopped && (clearedAt < 0 || gap.fromNs < said[clearedAt].timeNs);
  const earliest = silentFirst && clearedAt < 0 ? gap.toNs : Math.max(toNs - 10 * SECOND, untilNs);
  const setAgain = said.find(({ timeNs, distributing }) => distributing && timeNs >= earliest)?.timeNs ?? toNs;
  const why = silentFirst ? 'its LACPDUs stopped' : 'its sender cleared Distributing';
  const returnNs = Math.min(toNs, setAgain);
  // What is known between two LACPDUs: the one that is due and does not come tells as much as one that says so.
  const dueNs = silentFirst ? gap.fromNs + (LATEST * limit) / INTERVALS : untilNs;
  const unsetNs = said.filter(({ timeNs, distributing }) => !distributing && timeNs < returnNs).at(-1)?.timeNs;
  return {
    ...{ silence, why, isCleared: clearedAt >= 0 },
    loss: { ns: lossNs, fromNs: lossNs, toNs: Math.min(toNs, Math.max(lossNs, dueNs)) },
    return: { ns: returnNs, fromNs: Math.max(lossNs, Math.min(returnNs, unsetNs ?? lossNs)), toNs: returnNs },
  };
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
  direction: DirectionIndex,
  silence: Silence,
  moves: readonly Move[],
): Suspect | null {
  const { port, fromNs, toNs } = silence;
  const left = moves.filter((m) => m.isMoved && m.from === port && Math.abs(m.fromNs - fromNs) <= 2.5 * SECOND);
  // Its last frame before, its next one: in between nothing of it is known, but for the moves of its flows.
  const suspect = {
    silence,
    loss: { ns: fromNs, fromNs, toNs: Math.min(toNs, ...left.map((move) => move.toNs)) },
    return: exactly(toNs),
  };
  if (new Set(left.map(({ flow }) => flow)).size >= 2) return { ...suspect, why: 'its flows moved to other ports' };

  const { flows } = pass;
  const addresses = new AddressIndex();
  const [macs, macPairs, ipPairs, hosts] = Array.from({ length: 4 }, () => new NumberIndex());
  const pairs: { outside: number; inside: number; other: boolean }[] = []; // by pair of MACs and of IP addresses
  for (let flow = 0; flow < flows.count; flow++) {
    if (flows.direction(flow) !== direction || !isUnicast(flows, flow)) continue;
    const inside = flows.firstNs(flow) >= fromNs && flows.lastNs(flow) <= toNs;
    const outside = flows.lastNs(flow) <= fromNs || flows.firstNs(flow) >= toNs;
    if (!inside && !outside) continue;
    const macPair = macPairs.idOf(pairOf(macs.idOf(flows.srcMac(flow)), macs.idOf(flows.dstMac(flow))));
    const ips = pairOf(addresses.idOf(flows.srcIp(flow)), addresses.idOf(flows.dstIp(flow)));
    const pair = hosts.idOf(pairOf(macPair, ipPairs.idOf(ips)));
    if (pair === pairs.length) pairs.push({ outside: 0, inside: 0, other: false });
    const seen = pairs[pair];
    const isHere = homePort(pass, flow) === port && portCounts(pass, flow).length === 1;
    if (inside) seen.inside++;
    else seen.outside++;
    if (inside === isHere) seen.other = true; // here while it is silent, or elsewhere while it is not
  }
  const telling = pairs.filter((pair) => pair.outside >= 2 && pair.inside >= 2 && !pair.other);
  return telling.length >= 2 ? { ...suspect, why: 'its hosts used other ports meanwhile' } : null;
}
