import type { Analysis } from '../document/schema.js';

/** Seconds since the first frame of the capture. */
export function offsetOf(time: string | null, { capture }: Pick<Analysis, 'capture'>): number {
  if (time === null || capture.firstTime === null) return 0;
  return Number(BigInt(time.replace('.', '')) - BigInt(capture.firstTime.replace('.', ''))) / 1e9;
}
