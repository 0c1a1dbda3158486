/** The sums over all flows from their definitions, flow by flow. Shares no code with the engine. */

import type { FlowSums, FrameSums } from '../../src/engine/joins.js';
import {
  EGRESS,
  type FlowTable,
  INGRESS,
  NO_IP_HEADER,
  NO_LOSSES,
  NOT_A_MOVER,
  UNDECODABLE,
} from '../../src/engine/pass.js';
import { isIcmp } from '../../src/flows/icmp.js';
import { isCounted, isUnicast } from '../../src/flows/port-counts.js';

const SHORT = 4;
const LONG = 20;
const STEADY = 100;

export function sumUp(flows: FlowTable, portCount: number): FlowSums[] {
  const ports = Array.from({ length: portCount });
  const sums = [INGRESS, EGRESS].map(() => ({
    framesOn: ports.map(() => 0),
    counted: ports.map(() => 0),
    carries: ports.map(() => false),
    tcp: ports.map(() => ({ ...NO_LOSSES, segments: 0, retransmissions: 0, steady: 0, lostBefore: 0, lostBehind: 0 })),
    unicast: 0,
    unicastIp: 0,
    short: 0,
    long: 0,
    hasUnicastIp: false,
    superFrames: 0,
    notFollowed: 0,
    withoutMainProtocol: 0,
    cut: 0,
    told: 0,
    frames: { ipv4: 0, ipv6: 0, tcp: 0, udp: 0, fragments: 0, noIp: 0, undecodable: 0, truncated: 0 },
  }));
  for (let flow = 0; flow < flows.count; flow++) {
    const sum = sums[flows.direction(flow)];
    const mover = flows.mover(flow);
    addFrames(sum.frames, flows, flow);
    const isToOne = isUnicast(flows, flow);
    const isIp = flows.ipVersion(flow) !== 0;
    sum.superFrames += flows.superFrames(flow);
    if (isToOne) sum.unicast++;
    if (isToOne && (!isIp || isIcmp(flows, flow))) sum.withoutMainProtocol++;
    if (flows.truncated(flow) > 0) sum.cut++;
    if (isToOne && isIp) sum.hasUnicastIp = true;
    if (isToOne && isIp && flows.toldDirection(flow) !== 0) sum.told++;
    if (mover >= 0) continue;
    const port = flows.port(flow);
    const whole = flows.wholeFrames(flow);
    const frames = whole + flows.firstFragments(flow) + flows.laterFragments(flow);
    sum.framesOn[port] += frames;
    if (isCounted(flows, flow)) sum.counted[port]++;
    if (flows.ipProto(flow) === 6) {
      const tcp = sum.tcp[port];
      const repeats = flows.repeats(flow);
      const segments = flows.pairs(flow) + repeats;
      tcp.segments += segments;
      tcp.retransmissions += repeats;
      const { late, filled, again, missed } = flows.losses(flow);
      tcp.late += late;
      tcp.filled += filled;
      tcp.again += again;
      tcp.missed += missed;
      if (segments >= STEADY) {
        tcp.steady++;
        if (filled > 0) tcp.lostBefore++;
        if (again > 0) tcp.lostBehind++;
      }
    }
    if (mover !== NOT_A_MOVER) sum.notFollowed++;
    else if (isToOne) {
      if (frames > 0) sum.carries[port] = true;
      if (!isIp) continue;
      sum.unicastIp++;
      if (whole >= SHORT) sum.short++;
      if (whole >= LONG) sum.long++;
    }
  }
  return sums;
}

function addFrames(sum: { -readonly [of in keyof FrameSums]: number }, flows: FlowTable, flow: number): void {
  const n = flows.frames(flow);
  const later = flows.laterFragments(flow);
  sum.truncated += flows.truncated(flow);
  if (flows.kind(flow) === UNDECODABLE) sum.undecodable += n;
  else if (flows.kind(flow) === NO_IP_HEADER) sum.noIp += n;
  else {
    if (flows.ipVersion(flow) === 4) sum.ipv4 += n;
    else sum.ipv6 += n;
    sum.fragments += flows.firstFragments(flow) + later;
    if (flows.ipProto(flow) === 6) sum.tcp += n - later;
    if (flows.ipProto(flow) === 17) sum.udp += n - later;
  }
}
