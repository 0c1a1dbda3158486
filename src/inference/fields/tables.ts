/** Class R over all epochs: the table, its noise aside, is a new one in each. */

import { NOISE, type NoiseVector } from './noise.js';
import type { Observations } from './observations.js';
import { type Partition, UNJUDGED } from './partitions.js';
import { randomTable, type TableFit } from './random-table.js';

export interface EpochTable extends TableFit {
  readonly judged: number; // rows
}

/** By epoch. A row the hypothesis does not define is a free draw, chance 1/K. */
export function epochTables(observed: Observations, { labels, cells }: Partition): EpochTable[] {
  return observed.ports.map((ports, epoch) => {
    const counts = new Int32Array(cells * ports);
    let judged = 0;
    let free = 0;
    for (let row = observed.epochStart[epoch]; row < observed.epochStart[epoch + 1]; row++) {
      if (labels[row] === UNJUDGED) free++;
      else {
        counts[labels[row] * ports + observed.port[row]]++;
        judged++;
      }
    }
    if (judged + free === 0) return { logLikelihoods: new Float64Array(NOISE.length), misfit: 0, judged };
    const { logLikelihoods, misfit } = randomTable(counts, ports);
    return { logLikelihoods: logLikelihoods.map((value) => value - free * Math.log(ports)), misfit, judged };
  });
}

export function sumOver(epochs: readonly { logLikelihoods: NoiseVector }[]): NoiseVector {
  const sum = new Float64Array(NOISE.length);
  for (const { logLikelihoods } of epochs) for (let e = 0; e < sum.length; e++) sum[e] += logLikelihoods[e];
  return sum;
}
