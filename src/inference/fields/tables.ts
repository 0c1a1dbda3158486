/** Class R over all epochs: the table, its noise aside, is a new one in each. */

import { freeRowsOf } from './free-rows.js';
import { NOISE, type NoiseVector } from './noise.js';
import type { Observations } from './observations.js';
import { type Partition, UNJUDGED } from './partition-pool.js';
import { randomTable, type TableFit } from './random-table.js';

export interface EpochTable extends TableFit {
  readonly judged: number; // rows
}

/** By epoch. */
export function epochTables(observed: Observations, { labels, cells }: Partition): EpochTable[] {
  const { ports, port, epochStart } = observed;
  return ports.map((k, epoch) => {
    const [from, to] = [epochStart[epoch], epochStart[epoch + 1]];
    if (from === to) return { logLikelihoods: new Float64Array(NOISE.length), misfit: 0, judged: 0 };
    const counts = new Int32Array(cells * k);
    const judged = countCells(counts, labels, port, k, from, to);
    const { logLikelihoods, misfit } = randomTable(counts, k);
    if (judged < to - from) freeRowsOf(observed, labels, epoch).addTo(logLikelihoods);
    return { logLikelihoods, misfit, judged };
  });
}

/** Rows by cell and port. How many of them have a cell. A function of its own, compiled once and soon. */
function countCells(
  counts: Int32Array,
  labels: Int32Array,
  port: Uint8Array,
  ports: number,
  from: number,
  to: number,
): number {
  let judged = 0;
  for (let row = from; row < to; row++) {
    const label = labels[row];
    if (label === UNJUDGED) continue;
    counts[label * ports + port[row]]++;
    judged++;
  }
  return judged;
}

export function sumOver(epochs: readonly { logLikelihoods: NoiseVector }[]): NoiseVector {
  const sum = new Float64Array(NOISE.length);
  for (const { logLikelihoods } of epochs) for (let e = 0; e < sum.length; e++) sum[e] += logLikelihoods[e];
  return sum;
}
