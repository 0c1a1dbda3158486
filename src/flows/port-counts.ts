/** What each flow put on each port. The one place that knows how the flow and the mover table divide that. */

import { type FlowTable, GAP_BINS, GAP_BOUNDS, type Pass, UDP_TUNNEL_PORTS } from '../engine/pass.js';

export interface PortCount {
  readonly port: number;
  readonly frames: number; // without copies
  readonly octets: number;
  readonly wholeFrames: number;
  readonly duplicates: number; // copies of frames seen on another port
  readonly duplicateOctets: number;
}

export type FlowTables = Pick<Pass, 'flows' | 'movers'>;

/** Ports that carried the flow, in order of port number; the whole flow on its first port if it was not followed. */
export function portCounts({ flows, movers }: FlowTables, flow: number): PortCount[] {
  const mover = flows.mover(flow);
  if (mover < 0) {
    const [frames, octets, wholeFrames] = [flows.frames(flow), flows.octets(flow), flows.wholeFrames(flow)];
    return [{ port: flows.port(flow), frames, octets, wholeFrames, duplicates: 0, duplicateOctets: 0 }];
  }
  const counts: PortCount[] = [];
  for (let port = 0; port < movers.ports; port++) {
    const wholeFrames = movers.wholeFrames(mover, port);
    const frames = wholeFrames + movers.firstFragments(mover, port) + movers.laterFragments(mover, port);
    const duplicates = movers.duplicates(mover, port);
    if (frames + duplicates === 0) continue;
    counts.push({
      port,
      frames,
      octets: movers.octets(mover, port),
      wholeFrames,
      duplicates,
      duplicateOctets: movers.duplicateOctets(mover, port),
    });
  }
  return counts;
}

/** The port that carried most of a flow, the lowest of equals. */
export function homePort(tables: FlowTables, flow: number): number {
  const mover = tables.flows.mover(flow);
  if (mover < 0) return tables.flows.port(flow);
  const { movers } = tables;
  let [home, most] = [-1, -1];
  for (let port = 0; port < movers.ports; port++) {
    const frames =
      movers.wholeFrames(mover, port) + movers.firstFragments(mover, port) + movers.laterFragments(mover, port);
    if (frames <= most || frames + movers.duplicates(mover, port) === 0) continue;
    [home, most] = [port, frames];
  }
  return home;
}

/** Flows the document counts: TCP, UDP or SCTP, outside or inside of a tunnel. */
export function isCounted(flows: FlowTable, flow: number): boolean {
  return isTransport(flows.ipProto(flow)) || (flows.hasInner(flow) === 1 && isTransport(flows.innerIpProto(flow)));
}

const isTransport = (protocol: number) => protocol === 6 || protocol === 17 || protocol === 132;

export function isUnicast(flows: FlowTable, flow: number): boolean {
  return flows.isGroup(flow) === 0;
}

/** Ports or inner headers are not in the capture (snap length): several flows may be this one row. */
export function isCut(flows: FlowTable, flow: number): boolean {
  if (isTunnel(flows, flow)) {
    if (flows.hasInner(flow) === 0) return true;
    return isTransport(flows.innerIpProto(flow)) && flows.innerSrcPort(flow) + flows.innerDstPort(flow) === 0;
  }
  return flows.truncated(flow) > 0 && (flows.hasPorts(flow) === 0 || UDP_TUNNEL_PORTS.has(flows.dstPort(flow)));
}

/** IP-in-IP, 6in4, GRE, and what carries an inner header. */
export function isTunnel(flows: FlowTable, flow: number): boolean {
  const protocol = flows.ipProto(flow);
  return protocol === 4 || protocol === 41 || protocol === 47 || flows.hasInner(flow) === 1;
}

/**
 * Whether the flow certainly has a frame in [fromNs, toNs]: its first or last lies inside, or it spans the time and none of
 * its gaps is long enough to hide it.
 */
export function certainlyIn(flows: FlowTable, flow: number, fromNs: number, toNs: number): boolean {
  const [first, last] = [flows.firstNs(flow), flows.lastNs(flow)];
  if ((first >= fromNs && first <= toNs) || (last >= fromNs && last <= toNs)) return true;
  if (first > toNs || last < fromNs) return false;
  for (let bin = 0; bin < GAP_BINS; bin++) {
    const longest = bin < GAP_BOUNDS.length ? GAP_BOUNDS[bin] * 1e9 : Number.POSITIVE_INFINITY;
    if (longest >= toNs - fromNs && flows.gapBin(flow, bin) > 0) return false;
  }
  return true;
}
