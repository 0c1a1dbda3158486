/** The row that one flow makes in one epoch, if it makes one. inference.md 0.3. */

import { type DirectionIndex, type FlowId, type FlowTable, NONE, NOT_A_MOVER, type Pass } from '../engine/pass.js';
import type { CopiedPort } from './copies.js';
import type { Epoch } from './epochs.js';
import { dominant, isOnOnePort, onePortIn, wholeFramesIn } from './frames-in-epoch.js';
import type { FlowVerdicts } from './judge-flows.js';
import { isCut, isTunnel, isUnicast } from './port-counts.js';
import { type HashRow, type InnerHeader, MAIN } from './rows.js';
import { macOrUnseen } from './unseen-macs.js';
import type { Verdict } from './verdict.js';

export type RowEvidence = Pick<Pass, 'ports' | 'flows' | 'movers' | 'joins'>;

/** TCP, UDP, UDP-Lite, DCCP, SCTP, ESP, AH, IP-in-IP, 6in4, GRE. */
const MAIN_PROTOCOLS = new Set([6, 17, 136, 33, 132, 50, 51, 4, 41, 47]);
const TELLING: readonly Verdict[] = ['pinned', 'insufficient', 'stray', 'moved', 'fragment-split'];

/** What all rows are made from. */
export interface Source {
  readonly pass: RowEvidence;
  readonly direction: DirectionIndex;
  readonly epochs: readonly Epoch[];
  readonly verdicts: FlowVerdicts;
  readonly copies: readonly CopiedPort[];
  readonly isUntold: (flow: number) => boolean;
}

/** MPLS labels and PPPoE sessions may be hashed, and are not among the fields that are judged. */
export const isLabelled = (flows: FlowTable, flow: number) =>
  flows.mplsLabel(flow) !== NONE || flows.pppoeSession(flow) !== NONE;

export const isMain = (flows: FlowTable, flow: number) =>
  flows.ipVersion(flow) !== 0 && MAIN_PROTOCOLS.has(flows.ipProto(flow)) && !isLabelled(flows, flow);
export const isIn = (flows: FlowTable, flow: number, direction: DirectionIndex) =>
  flows.direction(flow) === direction && isUnicast(flows, flow);

export const isTelling = (verdicts: FlowVerdicts, flow: number) => TELLING.includes(verdicts.of(flow));

/** Where the row of a flow is, and how many of its frames. */
export interface Place {
  readonly port: number; // of the epoch
  readonly frames: number;
  readonly isStray: boolean;
}

export function placeIn(source: Source, flow: number, epoch: number): Place | null {
  const { epochs, verdicts } = source;
  if (source.isUntold(flow) || !isTelling(verdicts, flow)) return null;
  const most = isOnOnePort(source, flow)
    ? onePortIn(source, flow, epoch)
    : dominant(wholeFramesIn(source, flow, epoch));
  if (most === null || most.frames <= most.of / 2) return null;
  const port = epochs[epoch].ports.indexOf(most.port);
  return port < 0 ? null : { port, frames: most.frames, isStray: verdicts.of(flow) === 'stray' };
}

/** What a sender can read of a flow. */
export type Header = Omit<HashRow, 'kind' | 'epoch' | 'port' | 'flow' | 'frames' | 'stray'>;

export function headerOf(flows: FlowTable, flow: number): Header {
  return {
    srcMac: macOrUnseen(flows.srcMac(flow), flows.srcIp(flow)),
    dstMac: macOrUnseen(flows.dstMac(flow), flows.dstIp(flow)),
    etherType: flows.etherType(flow),
    vlan: Math.max(0, flows.vlan(flow)), // a missing field is 0
    srcIp: flows.srcIp(flow).slice(),
    dstIp: flows.dstIp(flow).slice(),
    protocol: flows.ipProto(flow),
    srcPort: flows.srcPort(flow),
    dstPort: flows.dstPort(flow),
    flowLabel: flows.flowLabel(flow),
    inner: flows.hasInner(flow) === 1 ? innerHeader(flows, flow) : null,
  };
}

export function mainRow(source: Source, flow: number, epoch: number): HashRow | null {
  const place = placeIn(source, flow, epoch);
  if (place === null) return null;
  return {
    kind: MAIN,
    epoch,
    port: place.port,
    ...headerOf(source.pass.flows, flow),
    flow: flow as FlowId,
    frames: place.frames,
    stray: place.isStray,
  };
}

function innerHeader(flows: FlowTable, flow: number): InnerHeader {
  return {
    tunnel: flows.tunnel(flow),
    unnamed: `${flows.tunnelId(flow)} ${flows.innerSrcMac(flow)} ${flows.innerDstMac(flow)}`,
    srcIp: flows.innerSrcIp(flow).slice(),
    dstIp: flows.innerDstIp(flow).slice(),
    protocol: flows.innerIpProto(flow),
    srcPort: flows.innerSrcPort(flow),
    dstPort: flows.innerDstPort(flow),
  };
}

/**
 * Where a row that the snap length made of several flows is on several ports, those that happen to be on one would speak for
 * fields that the sender does not use. Of a tunnel the headers that were cut off may be all that it uses.
 */
export function cutFlows({ flows }: RowEvidence, direction: DirectionIndex): (flow: number) => boolean {
  const isSplit = (flow: number) =>
    flows.mover(flow) !== NOT_A_MOVER && isCut(flows, flow) && isIn(flows, flow, direction) && isMain(flows, flow);
  let anySplit: boolean | null = null; // looked for when the first flow is cut: in most captures none is
  return (flow) => {
    if (!isCut(flows, flow)) return false;
    if (isTunnel(flows, flow)) return true;
    if (anySplit === null) {
      anySplit = false;
      for (let other = 0; other < flows.count && !anySplit; other++) anySplit = isSplit(other);
    }
    return anySplit;
  };
}
