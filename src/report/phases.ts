/** What both views say of a phase. */
import type { Analysis, Direction } from '../document/schema.js';
import { offsetOf } from './times.js';

export type Phase = Direction['phases']['list'][number];

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
