/** Class R over all epochs: the table, its noise aside, is a new one in each. */

import { FreeRows } from './free-rows.js';
import { NOISE, type NoiseVector } from './noise.js';
import type { Observations } from './observations.js';
import { type Partition, UNJUDGED } from './partitions.js';
import { randomTable, type TableFit } from './random-table.js';

export interface EpochTable extends TableFit {
  readonly judged: number; // rows
}

/** By epoch. */
export function epochTables(observed: Observations, { labels, cells }: Partition): EpochTable[] {
  return observed.ports.map((ports, epoch) => {
    const counts = new Int32Array(cells * ports);
    const free = new FreeRows(ports);
    let judged = 0;
    for (let row = observed.epochStart[epoch]; row < observed.epochStart[epoch + 1]; row++) {
      if (labels[row] === UNJUDGED) free.add(observed.kind[row], observed.port[row]);
      else {
        counts[labels[row] * ports + observed.port[row]]++;
        judged++;
      }
    }
    if (observed.epochStart[epoch + 1] === observed.epochStart[epoch]) {
      return { logLikelihoods: new Float64Array(NOISE.length), misfit: 0, judged };
    }
    const { logLikelihoods, misfit } = randomTable(counts, ports);
    free.addTo(logLikelihoods);
    return { logLikelihoods, misfit, judged };
  });
}

export function sumOver(epochs: readonly { logLikelihoods: NoiseVector }[]): NoiseVector {
  const sum = new Float64Array(NOISE.length);
  for (const { logLikelihoods } of epochs) for (let e = 0; e < sum.length; e++) sum[e] += logLikelihoods[e];
  return sum;
}
