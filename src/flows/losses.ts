/** What TCP says was lost, by port: of flows on one port, for the losses of others belong to no port. */

import type { DirectionPort } from '../document/schema.js';
import { type DirectionIndex, type FlowTable, INGRESS, NOT_A_MOVER, type Pass } from '../engine/pass.js';
import { wilsonInterval } from '../stats/binomial.js';

type Evidence = Pick<Pass, 'joins' | 'lossesRefused' | 'flows' | 'ports'>;

const TCP = 6;
const STEADY = 100; // segments of a flow that is long enough to show a loss

/**
 * `lossShare`: towards the local station, the segments that were missing here and sent again: lost before. From it, those sent
 * again although they had passed: lost behind, or not at all, so it is a bound from above. Null where the capture point is not
 * known, and where not every flow with a loss found room.
 */
export function tcpByPort(pass: Evidence, direction: DirectionIndex, stationKnown: boolean): DirectionPort['tcp'][] {
  const { joins, lossesRefused } = pass;
  const byPort = joins.sums()[direction].tcp;
  const isLossless = byPort.every(({ lostBefore, lostBehind }) => lostBefore + lostBehind === 0);
  const missed = missedByPort(pass)[direction]!;
  const stations = isLossless ? null : stationsByPort(pass, direction);
  return byPort.map((sums, port) => {
    const { segments, retransmissions, late, filled, again, steady } = sums;
    if (segments === 0) return null;
    const known = stationKnown && lossesRefused === 0;
    const [lost, lossyFlows] = direction === INGRESS ? [filled, sums.lostBefore] : [again, sums.lostBehind];
    return {
      segments,
      retransmissions,
      overtaken: late,
      repaired: filled,
      repeated: again,
      missed: missed[port]!,
      lossShare: known ? lost / segments : null,
      lossInterval: (known ? wilsonInterval(lost, segments) : null) ?? [null, null],
      steadyFlows: steady,
      lossyFlows: known ? lossyFlows : null,
      steadyStations: stations?.steady[port].size ?? null,
      lossyStations: known && stations !== null ? stations.lossy[port].size : null,
    };
  });
}

/**
 * Far MAC addresses of the flows that are long enough, and of those with a loss. What one station loses on its way is no fault of a
 * link, and a router stands for all that is behind it.
 */
function stationsByPort({ flows, ports }: Evidence, direction: DirectionIndex) {
  const steady = ports.map(() => new Set<number>());
  const lossy = ports.map(() => new Set<number>());
  for (let flow = 0; flow < flows.count; flow++) {
    if (flows.pairs(flow) + flows.repeats(flow) < STEADY) continue;
    if (flows.direction(flow) !== direction || flows.ipProto(flow) !== TCP || flows.mover(flow) !== NOT_A_MOVER)
      continue;
    const { filled, again } = flows.losses(flow);
    const station = direction === INGRESS ? flows.srcMac(flow) : flows.dstMac(flow);
    const port = flows.port(flow);
    steady[port].add(station);
    if ((direction === INGRESS ? filled : again) > 0) lossy[port].add(station);
  }
  return { steady, lossy };
}

/** Pieces of TCP data that arrived and are not in the capture; null without TCP data. */
export function ackedGaps(pass: Pick<Pass, 'joins' | 'flows' | 'ports'>): number | null {
  const tcp = pass.joins.sums().flatMap((sums) => sums.tcp);
  if (!tcp.some(({ segments }) => segments > 0)) return null;
  return missedByPort(pass)
    .flat()
    .reduce((sum, missed) => sum + missed, 0);
}

const known = new WeakMap<FlowTable, number[][]>();

/**
 * By direction and port. Where two routers, or two VLANs, bring one connection, it is two flows, and what is missing in one came in
 * the other: such flows are left out.
 */
function missedByPort(pass: Pick<Pass, 'joins' | 'flows' | 'ports'>): number[][] {
  const counted = known.get(pass.flows);
  if (counted !== undefined) return counted;
  const missed = pass.joins.sums().map(({ tcp }) => tcp.map((sums) => sums.missed));
  if (missed.flat().some((n) => n > 0)) {
    for (const flow of withTwins(pass.flows))
      missed[pass.flows.direction(flow)]![pass.flows.port(flow)]! -= pass.flows.losses(flow).missed;
  }
  known.set(pass.flows, missed);
  return missed;
}

/** Flows with such gaps of whose connection there is another flow in the same direction. */
function withTwins(flows: FlowTable): Set<number> {
  const name = (flow: number) =>
    `${flows.srcPort(flow)} ${flows.dstPort(flow)} ${flows.srcIp(flow)} ${flows.dstIp(flow)} ${flows.innerSrcIp(flow)} ${flows.innerDstIp(flow)}`;
  const isOnPort = (flow: number) => flows.ipProto(flow) === TCP && flows.mover(flow) < 0;
  const gapped = new Map<string, number[]>();
  const endsOf = new Set<number>(); // a million names are not made for a few gaps
  for (let flow = 0; flow < flows.count; flow++) {
    if (!isOnPort(flow) || flows.losses(flow).missed === 0) continue;
    gapped.set(name(flow), [...(gapped.get(name(flow)) ?? []), flow]);
    endsOf.add(flows.srcPort(flow) * 2 ** 16 + flows.dstPort(flow));
  }
  const times = new Map<string, number>();
  for (let flow = 0; flow < flows.count; flow++) {
    if (flows.ipProto(flow) !== TCP || !endsOf.has(flows.srcPort(flow) * 2 ** 16 + flows.dstPort(flow))) continue;
    times.set(name(flow), (times.get(name(flow)) ?? 0) + 1);
  }
  return new Set([...gapped].flatMap(([each, own]) => (times.get(each)! > 1 ? own : [])));
}
