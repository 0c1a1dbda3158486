/**
 * Rows that a hypothesis does not define: ICMP under a hash of ports, frames without IP under one of addresses, either where the
 * sender makes them itself. A sender may deal those out one by one, or have one port for all of a kind.
 */

import { type HashRow, MAIN } from '../../flows/rows.js';
import { logAddExp } from '../../stats/log.js';
import { NOISE, type NoiseVector } from './noise.js';
import type { Observations } from './observations.js';
import { UNJUDGED } from './partition-pool.js';
import { randomTable } from './random-table.js';

const ONE_PORT = 0.1;

/** Of one epoch. */
export class FreeRows {
  readonly #byKind: Int32Array[] = []; // rows on each port

  constructor(readonly ports: number) {}

  add(kind: number, port: number): void {
    this.#byKind[kind] ??= new Int32Array(this.ports);
    this.#byKind[kind][port]++;
  }

  /** Adds their log-likelihoods: of each kind that of n draws, 1/K each, or that of one cell of a table. */
  addTo(logLikelihoods: NoiseVector): void {
    this.#byKind.forEach((counts, kind) => {
      const draws = -counts.reduce((sum, n) => sum + n, 0) * Math.log(this.ports);
      const cell = kind === MAIN ? null : randomTable(counts, this.ports).logLikelihoods;
      for (let e = 0; e < NOISE.length; e++) {
        logLikelihoods[e] +=
          cell === null ? draws : logAddExp(Math.log(1 - ONE_PORT) + draws, Math.log(ONE_PORT) + cell[e]);
      }
    });
  }
}

/** Those of an epoch that a partition leaves out. */
export function freeRowsOf({ ports, port, kind, epochStart }: Observations, labels: Int32Array, epoch: number) {
  const free = new FreeRows(ports[epoch]);
  for (let row = epochStart[epoch]; row < epochStart[epoch + 1]; row++) {
    if (labels[row] === UNJUDGED) free.add(kind[row], port[row]);
  }
  return free;
}

/** Of all epochs. @param ports by epoch */
export function freeRows(
  rows: readonly Pick<HashRow, 'kind' | 'epoch' | 'port'>[],
  ports: readonly number[],
): NoiseVector {
  const logLikelihoods = new Float64Array(NOISE.length);
  ports.forEach((k, epoch) => {
    const free = new FreeRows(k);
    for (const row of rows) if (row.epoch === epoch) free.add(row.kind, row.port);
    free.addTo(logLikelihoods);
  });
  return logLikelihoods;
}
