/**
 * Class R: each key of a hypothesis is dealt to a port at random, once and for all, as by a hash nobody knows.
 * What the flows of one key (a cell) have in common is then all the evidence there is.
 */

import { logAddExp, logGamma } from '../../stats/log.js';
import { NOISE, type NoiseVector } from './noise.js';

/** Prior that the ports do not have equal shares: 8 buckets on 3 ports, polarisation upstream, an idle port. */
const LOG_UNEVEN = Math.log(0.05);
const LOG_EVEN = Math.log(0.95);

export interface TableFit {
  readonly logLikelihoods: NoiseVector;
  readonly misfit: number; // flows that are not on their cell's most frequent port
}

/**
 * @param counts flows per cell and port, row-major, `ports` columns; cells without flows count for nothing.
 *
 * With n_gp flows of cell g on port p and noise e:
 *   even:   sum over g of log( 1/K sum over p of (1-e)^n_gp (e/(K-1))^(n_g - n_gp) )
 *   uneven: the cells' most frequent ports are one draw of a Dirichlet(1..1) multinomial, the flows follow or stray.
 */
export function randomTable(counts: ArrayLike<number>, ports: number): TableFit {
  const logLikelihoods = new Float64Array(NOISE.length);
  const terms = termsOf(ports);
  const { keep, stray } = terms;
  const cellsByPort = new Float64Array(ports);
  let cells = 0;
  let flows = 0;
  let misfit = 0;
  for (let row = 0; row < counts.length; row += ports) {
    let inCell = 0;
    let best = 0;
    for (let p = 0; p < ports; p++) {
      inCell += counts[row + p];
      if (counts[row + p] > counts[row + best]) best = p;
    }
    if (inCell === 0) continue;
    cells++;
    flows += inCell;
    misfit += inCell - counts[row + best];
    cellsByPort[best]++;
    if (inCell > 1) terms.add(logLikelihoods, counts, row, inCell, best); // of one flow exactly 1/K: added below
  }
  let deal = logGamma(ports) - logGamma(cells + ports);
  for (const n of cellsByPort) deal += logGamma(n + 1);
  for (let e = 0; e < NOISE.length; e++) {
    const even = logLikelihoods[e] - cells * Math.log(ports);
    const uneven = deal + (flows - cells - misfit) * keep[e] + misfit * stray[e];
    logLikelihoods[e] = logAddExp(LOG_EVEN + even, LOG_UNEVEN + uneven);
  }
  return { logLikelihoods, misfit };
}

/** What a cell of more than one flow adds, without the 1/K. Most have all flows on one port, and few sizes. */
class CellTerms {
  readonly keep = NOISE.map((noise) => Math.log1p(-noise));
  readonly stray: readonly number[];
  readonly #onOnePort: (Float64Array | undefined)[] = []; // by size and port

  constructor(readonly ports: number) {
    this.stray = NOISE.map((noise) => Math.log(noise / Math.max(1, ports - 1)));
  }

  add(into: NoiseVector, counts: ArrayLike<number>, row: number, inCell: number, best: number): void {
    if (counts[row + best] < inCell || inCell > MANY) {
      this.#addOne(into, counts, row, inCell, best);
      return;
    }
    const known = inCell * this.ports + best;
    let terms = this.#onOnePort[known];
    if (terms === undefined) {
      terms = new Float64Array(NOISE.length);
      this.#addOne(terms, counts, row, inCell, best);
      this.#onOnePort[known] = terms;
    }
    for (let e = 0; e < NOISE.length; e++) into[e] += terms[e];
  }

  #addOne(into: NoiseVector, counts: ArrayLike<number>, row: number, inCell: number, best: number): void {
    const { keep, stray, ports } = this;
    const most = counts[row + best];
    for (let e = 0; e < NOISE.length; e++) {
      // relative to all on `best`, whose term is the largest as long as noise < (K-1)/K
      let sum = 0;
      for (let p = 0; p < ports; p++) sum += Math.exp((counts[row + p] - most) * (keep[e] - stray[e]));
      into[e] += most * keep[e] + (inCell - most) * stray[e] + Math.log(sum);
    }
  }
}
const MANY = 100; // larger ones are few

const byPorts: (CellTerms | undefined)[] = [];

function termsOf(ports: number): CellTerms {
  byPorts[ports] ??= new CellTerms(ports);
  return byPorts[ports];
}
