/** The row that one flow makes in one epoch, if it makes one. inference.md 0.3. */

import { type DirectionIndex, type FlowId, type FlowTable, NONE, NOT_A_MOVER, type Pass } from '../engine/pass.js';
import type { CopiedPort } from './copies.js';
import type { Epoch } from './epochs.js';
import { dominant, isOnOnePort, onePortIn, wholeFramesIn } from './frames-in-epoch.js';
import type { FlowVerdicts } from './judge-flows.js';
import { isCut, isTunnel, isUnicast } from './port-counts.js';
import { type HashRow, type InnerHeader, MAIN } from './rows.js';
import { macOrUnseen } from './unseen-macs.js';
import { VERDICTS, type Verdict } from './verdict.js';

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

/** By number of the verdict. */
export const isTellingVerdict = VERDICTS.map((verdict) => TELLING.includes(verdict));
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

class FlowHeader implements Header {
  readonly srcMac: number;
  readonly dstMac: number;
  readonly etherType: number;
  readonly vlan: number;
  readonly srcIp: Uint8Array;
  readonly dstIp: Uint8Array;
  readonly protocol: number;
  readonly srcPort: number;
  readonly dstPort: number;
  readonly flowLabel: number;
  readonly inner: InnerHeader | null;

  constructor(flows: FlowTable, flow: number) {
    this.srcIp = flows.srcIp(flow).slice();
    this.dstIp = flows.dstIp(flow).slice();
    this.srcMac = macOrUnseen(flows.srcMac(flow), this.srcIp);
    this.dstMac = macOrUnseen(flows.dstMac(flow), this.dstIp);
    this.etherType = flows.etherType(flow);
    this.vlan = Math.max(0, flows.vlan(flow)); // a missing field is 0
    this.protocol = flows.ipProto(flow);
    this.srcPort = flows.srcPort(flow);
    this.dstPort = flows.dstPort(flow);
    this.flowLabel = flows.flowLabel(flow);
    this.inner = flows.hasInner(flow) === 1 ? innerHeader(flows, flow) : null;
  }
}

/** Thousands are made: not one object into another. */
class MainRow extends FlowHeader implements HashRow {
  readonly kind = MAIN;
  readonly port: number;
  readonly frames: number;
  readonly stray: boolean;

  constructor(
    flows: FlowTable,
    readonly flow: FlowId,
    readonly epoch: number,
    { port, frames, isStray }: Place,
  ) {
    super(flows, flow);
    this.port = port;
    this.frames = frames;
    this.stray = isStray;
  }
}

export const headerOf = (flows: FlowTable, flow: number): Header => new FlowHeader(flows, flow);

export function mainRow(source: Source, flow: number, epoch: number): HashRow | null {
  const place = placeIn(source, flow, epoch);
  return place === null ? null : new MainRow(source.pass.flows, flow as FlowId, epoch, place);
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
