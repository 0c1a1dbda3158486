/** Successive segments of the largest TCP connections, both directions, as the engine kept them. */
import type { Core } from './core.js';
import { EXCERPT, LARGE_FLOW, SEGMENT } from './layout.js';
import type { Excerpt, Segment } from './pass.js';

export function excerptsOf(core: Core, originNs: bigint, flow: number): Excerpt[] {
  const word = (large: number, offset: number) =>
    core.view.getUint32(core.area('excerpts') + LARGE_FLOW.stride * large + offset, true);
  const large = Array.from({ length: LARGE_FLOW.most }, (_, n) => n).find(
    (n) => word(n, LARGE_FLOW.row) === flow + 1 && word(n, LARGE_FLOW.answer) !== 0, // row 0 is no flow
  );
  if (large === undefined) return [];
  const answer = word(large, LARGE_FLOW.answer) - 1;
  const first = core.area('excerpts') + LARGE_FLOW.stride * large + LARGE_FLOW.excerpts;
  return Array.from({ length: word(large, LARGE_FLOW.taken) }, (_, taken) => {
    const at = first + EXCERPT.stride * taken;
    const time = (offset: number) => Number(core.view.getBigUint64(at + offset, true) - originNs);
    const [fromNs, toNs] = [time(EXCERPT.from), time(EXCERPT.to)];
    const segments = segmentsOf(core.view, at, time(EXCERPT.begin))
      .filter(({ ns }) => ns > fromNs && ns < toNs)
      .sort((a, b) => a.ns - b.ns); // one direction may have been read ahead of the other
    return { answer, fromNs, toNs, segments };
  });
}

function segmentsOf(view: DataView, excerpt: number, beginNs: number): Segment[] {
  return Array.from({ length: view.getUint32(excerpt + EXCERPT.count, true) }, (_, n): Segment => {
    const at = excerpt + EXCERPT.segments + SEGMENT.stride * n;
    const after = view.getUint32(at + SEGMENT.after, true);
    return {
      ns: beginNs + (after & 0x7fff_ffff),
      isAnswer: after >= 2 ** 31,
      sequence: view.getUint32(at + SEGMENT.sequence, true),
      acknowledged: view.getUint32(at + SEGMENT.acknowledged, true),
      stamp: view.getUint32(at + SEGMENT.stamp, true),
      echo: view.getUint32(at + SEGMENT.echo, true),
      payload: view.getUint16(at + SEGMENT.payload, true),
      window: view.getUint16(at + SEGMENT.window, true),
    };
  });
}
