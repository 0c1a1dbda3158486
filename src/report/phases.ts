/** What both views say of a phase. */
import type { Analysis, Direction, DirectionName } from '../document/schema.js';
import { offsetOf } from './times.js';

export type Phases = Direction['phases'];
export type Phase = Phases['list'][number];

/** The far ends of its large flows. */
export function clientsOf({ flows }: Phase, { flows: all }: Phases, name: DirectionName): string[] {
  const far = flows.flatMap(({ index }) => {
    const flow = all[index]?.flow;
    if (flow === undefined) return [];
    return [(name === 'ingress' ? (flow.ipSrc ?? flow.ethSrc) : (flow.ipDst ?? flow.ethDst)) ?? 'unknown'];
  });
  return [...new Set(far)];
}

/** Seconds since the first frame. */
export const spanOf = ({ start, end }: Phase, analysis: Analysis) => ({
  from: offsetOf(start, analysis),
  to: offsetOf(end, analysis),
});

const EVEN = 0.95;

/** How a link was shared. */
export function evenness({ jain }: Phase['ports'][number]): string {
  if (jain === null) return 'shares not known';
  return jain >= EVEN ? 'even' : `uneven, ${jain.toFixed(2)}`;
}
