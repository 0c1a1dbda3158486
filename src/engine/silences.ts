/** When a port carried no unicast frame of a direction for a second or more, over all inputs of that port. */
import type { Core } from './core.js';
import { PORTS, SILENCE } from './layout.js';
import type { DirectionIndex, Silence } from './pass.js';

const SILENT_NS = 1e9;

interface Span {
  readonly fromNs: number;
  readonly toNs: number;
}

export function silences(core: Core, originNs: bigint, durationNs: number, ports: number, lanes: number): Silence[] {
  const { view } = core;
  const start = core.exports.count(9);
  const since = (time: bigint) => (time <= start ? 0 : Number(time - originNs));
  const ofLane = new Map<number, Span[]>(); // by (lane * PORTS + port) * 2 + direction
  for (let i = 0; i < core.count('silences'); i++) {
    const at = core.area('silences') + i * SILENCE.stride;
    const where =
      view.getUint32(at + SILENCE.lane, true) * PORTS * 2 + view.getUint32(at + SILENCE.portAndDirection, true);
    const spans = ofLane.get(where) ?? [];
    ofLane.set(where, spans);
    spans.push({
      fromNs: since(view.getBigUint64(at + SILENCE.from, true)),
      toNs: since(view.getBigUint64(at + SILENCE.to, true)),
    });
  }
  const found: Silence[] = [];
  for (let port = 0; port < ports; port++) {
    for (const direction of [0, 1] as const satisfies readonly DirectionIndex[]) {
      let silent: Span[] = [{ fromNs: 0, toNs: durationNs }];
      for (let lane = 0; lane < lanes; lane++) {
        const where = (lane * PORTS + port) * 2 + direction;
        const last = view.getBigUint64(core.area('lastUnicast') + 8 * where, true);
        if (last === 0n) continue; // this input carried none of it: no word on the others
        const spans = [...(ofLane.get(where) ?? []), { fromNs: since(last), toNs: durationNs }];
        silent = intersection(silent, spans);
      }
      for (const span of silent) if (span.toNs - span.fromNs >= SILENT_NS) found.push({ port, direction, ...span });
    }
  }
  return found.sort((a, b) => a.fromNs - b.fromNs || a.port - b.port || a.direction - b.direction);
}

/** Both lists in order of time and free of overlap. */
function intersection(a: readonly Span[], b: readonly Span[]): Span[] {
  const both: Span[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const fromNs = Math.max(a[i]!.fromNs, b[j]!.fromNs);
    const toNs = Math.min(a[i]!.toNs, b[j]!.toNs);
    if (fromNs < toNs) both.push({ fromNs, toNs });
    if (a[i]!.toNs < b[j]!.toNs) i++;
    else j++;
  }
  return both;
}
