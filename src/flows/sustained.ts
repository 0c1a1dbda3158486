/** Conditions that hold for a time: judged over windows of intervals, so that one interval below or above decides nothing. */

import type { Series } from '../engine/pass.js';

/** Intervals `from` (included) to `to` (not included). */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly startNs: number;
  readonly seconds: number;
}

/** Means of `width` successive values, by the first of them; none where there are fewer. */
export function windowMeans(values: Float64Array, width: number): Float64Array {
  const means = new Float64Array(Math.max(0, values.length - width + 1));
  for (let w = 0; w < means.length; w++) {
    let sum = 0;
    for (let i = w; i < w + width; i++) sum += values[i]!;
    means[w] = sum / width;
  }
  return means;
}

/** What all windows of `width` intervals that satisfy the condition cover together. */
export function spansOf(series: Times, width: number, windows: number, isTrue: (window: number) => boolean): Stretch[] {
  const spans: { from: number; to: number }[] = [];
  for (let w = 0; w < windows; w++) {
    if (!isTrue(w)) continue;
    const last = spans.at(-1);
    if (last !== undefined && w <= last.to) last.to = w + width;
    else spans.push({ from: w, to: w + width });
  }
  return spans.map(({ from, to }) => stretch(series, from, to));
}

/** Without the intervals at its ends that do not satisfy the condition; one of them does. */
export function trimmed(series: Times, { from, to }: Stretch, isTrue: (interval: number) => boolean): Stretch {
  let [first, end] = [from, to];
  while (first < end - 1 && !isTrue(first)) first++;
  while (end > first + 1 && !isTrue(end - 1)) end--;
  return stretch(series, first, end);
}

type Times = Pick<Series, 'startNs' | 'intervalSeconds'>;

const stretch = ({ startNs, intervalSeconds }: Times, from: number, to: number): Stretch => ({
  from,
  to,
  startNs: startNs + from * intervalSeconds * 1e9,
  seconds: (to - from) * intervalSeconds,
});
