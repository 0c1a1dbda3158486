/** States before there are counts, and what an analysis says of single flows. */
import type { Analysis, Flow } from '../document/schema.js';
import type { RecordedPort } from '../recording/record.js';
import type { LiveState } from './state.js';

export function emptyState(ports: readonly RecordedPort[], began: number, troubles: readonly string[]): LiveState {
  const nothing = { bitsPerSecond: 0, framesPerSecond: 0, octets: 0, frames: 0, history: [] };
  return {
    timeMs: Date.now(),
    seconds: (Date.now() - began) / 1000,
    intervalSeconds: 0,
    ports: ports.map(({ name, bitsPerSecond = null }) => ({
      name,
      ingress: nothing,
      egress: nothing,
      linkBitsPerSecond: bitsPerSecond,
      dropped: null,
      isCaptured: true,
    })),
    connections: [],
    flows: { held: 0, aged: 0, onSeveralPorts: 0, overflowFrames: 0 },
    dropped: null,
    events: [],
    judged: null,
    troubles,
  };
}

export const flowKey = ({ ipProto, ipSrc, ipDst, srcPort, dstPort, id }: Flow) =>
  [ipProto, ipSrc, srcPort, ipDst, dstPort, id].join(' ');

export function verdictsOf({ directions }: Analysis): Map<string, string> {
  const verdicts = new Map<string, string>();
  for (const { pingPong } of [directions.ingress, directions.egress]) {
    for (const { flow, kind } of pingPong) verdicts.set(flowKey(flow), kind);
  }
  return verdicts;
}

/** Frames that were lost on a port by its capture; null where nothing counts. */
export function droppedBy({ drops, stream }: RecordedPort): number | null {
  const known = drops?.() ?? stream.drops ?? null;
  return known === null ? null : (known.kernel ?? 0) + (known.interface ?? 0);
}
