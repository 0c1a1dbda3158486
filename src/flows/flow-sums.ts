/** What needs every flow of a capture and nothing but adding up: one walk over a million rows instead of many. */

import { EGRESS, INGRESS, NOT_A_MOVER, type Pass } from '../engine/pass.js';
import { isIcmp } from './icmp.js';
import { isCounted, isUnicast } from './port-counts.js';

/** Of the flows of one direction that are on one port, or were not followed; those on several are looked at one by one. */
export interface FlowSums {
  readonly framesOn: readonly number[]; // by port
  readonly counted: readonly number[]; // by port: flows the document counts
  readonly carries: readonly boolean[]; // by port: a unicast frame, of a flow that was on that port alone
  readonly tcp: readonly { readonly segments: number; readonly retransmissions: number }[]; // by port
  readonly unicast: number; // flows, wherever they were
  readonly unicastIp: number; // of those on one port
  readonly short: number; // of those, with 4 whole frames or more
  readonly long: number; // and with 20
  readonly hasUnicastIp: boolean; // wherever
  readonly superFrames: number; // of all flows
  readonly notFollowed: number;
  readonly withoutMainProtocol: number; // unicast flows without IP, or of ICMP
  readonly cut: number; // flows with frames whose headers were cut
}

const SHORT = 4;
const LONG = 20;

type Evidence = Pick<Pass, 'ports' | 'flows'>;

const made = new WeakMap<Pass['flows'], readonly FlowSums[]>();

/** By direction. A table does not change, so it is walked once for all that ask. */
export function flowSums(pass: Evidence): readonly FlowSums[] {
  const known = made.get(pass.flows);
  if (known !== undefined) return known;
  const sums = sumUp(pass);
  made.set(pass.flows, sums);
  return sums;
}

function sumUp({ ports, flows }: Evidence): FlowSums[] {
  const sums = [INGRESS, EGRESS].map(() => ({
    framesOn: ports.map(() => 0),
    counted: ports.map(() => 0),
    carries: ports.map(() => false),
    tcp: ports.map(() => ({ segments: 0, retransmissions: 0 })),
    unicast: 0,
    unicastIp: 0,
    short: 0,
    long: 0,
    hasUnicastIp: false,
    superFrames: 0,
    notFollowed: 0,
    withoutMainProtocol: 0,
    cut: 0,
  }));
  for (let flow = 0; flow < flows.count; flow++) {
    const sum = sums[flows.direction(flow)];
    const mover = flows.mover(flow);
    const isToOne = isUnicast(flows, flow);
    const isIp = flows.ipVersion(flow) !== 0;
    sum.superFrames += flows.superFrames(flow);
    if (isToOne) sum.unicast++;
    if (isToOne && (!isIp || isIcmp(flows, flow))) sum.withoutMainProtocol++;
    if (flows.truncated(flow) > 0) sum.cut++;
    if (isToOne && isIp) sum.hasUnicastIp = true;
    if (mover >= 0) continue;
    const port = flows.port(flow);
    const whole = flows.wholeFrames(flow);
    const frames = whole + flows.firstFragments(flow) + flows.laterFragments(flow);
    sum.framesOn[port] += frames;
    if (isCounted(flows, flow)) sum.counted[port]++;
    if (flows.ipProto(flow) === 6) {
      const tcp = sum.tcp[port];
      const repeats = flows.repeats(flow);
      tcp.segments += flows.pairs(flow) + repeats;
      tcp.retransmissions += repeats;
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
