/** The time in which ports were captured together: outside of it, what is on one of them alone says nothing of the others. */

import type { FlowTable, Pass } from '../engine/pass.js';

/** Nanoseconds since the capture's first frame; empty if `fromNs` is above `toNs`. */
export interface CommonTime {
  readonly fromNs: number;
  readonly toNs: number;
}

const IN_TIME = 0.9; // of a flow's life: a flow that lives beyond may have been idle meanwhile

/** A file says when frames came, not when its capture began: a port that was idle then shortens it. */
export function commonTime(
  { ports, inputs, originNs }: Pick<Pass, 'ports' | 'inputs' | 'originNs'>,
  of: readonly number[] = [...ports.keys()],
): CommonTime {
  const time = { fromNs: Number.NEGATIVE_INFINITY, toNs: Number.POSITIVE_INFINITY };
  for (const port of of) {
    const spans = inputs.flatMap(({ port: name, firstNs, lastNs }) =>
      name === ports[port] && firstNs !== null && lastNs !== null
        ? [{ from: Number(firstNs - originNs), to: Number(lastNs - originNs) }]
        : [],
    );
    if (spans.length === 0) continue;
    time.fromNs = Math.max(time.fromNs, Math.min(...spans.map(({ from }) => from)));
    time.toNs = Math.min(time.toNs, Math.max(...spans.map(({ to }) => to)));
  }
  return time;
}

export function livesIn(time: CommonTime, flows: Pick<FlowTable, 'firstNs' | 'lastNs'>, flow: number): boolean {
  const [from, to] = [flows.firstNs(flow), flows.lastNs(flow)];
  return Math.min(to, time.toNs) - Math.max(from, time.fromNs) >= IN_TIME * (to - from);
}
