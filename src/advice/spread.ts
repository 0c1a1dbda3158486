/** What a load on K links is worth, and what many drawn loads are worth on average. */

import type { WhatIf } from '../document/schema.js';
import { effectiveLinks, jain, maxOverMean } from '../stats/balance.js';

export type Spread = Pick<WhatIf, 'jain' | 'effectiveLinks' | 'maxOverMean' | 'busyLinks' | 'range'>;

/** A link counts as busy from this part of its fair share on: acknowledgements and control connections fill none. */
const BUSY = 0.01;
/** 5 to 95 of 100 draws. */
const TAIL = 0.05;

const MEASURES = ['jain', 'effectiveLinks', 'maxOverMean', 'busyLinks'] as const;

export function spreadOf(loads: ArrayLike<number>): Spread {
  let total = 0;
  for (let port = 0; port < loads.length; port++) total += loads[port];
  let busyLinks = 0;
  for (let port = 0; port < loads.length; port++) {
    if (loads[port] > 0 && loads[port] * loads.length >= BUSY * total) busyLinks++;
  }
  return {
    jain: jain(loads) ?? 0,
    effectiveLinks: effectiveLinks(loads) ?? 0,
    maxOverMean: maxOverMean(loads) ?? 0,
    busyLinks,
    range: null,
  };
}

/** Means over equally likely loads, and from where to where nine of ten of them are. */
export function spreadOver(draws: readonly ArrayLike<number>[]): Spread {
  const values = new Float64Array(draws.length);
  const spreads = draws.map(spreadOf);
  const means = { jain: 0, effectiveLinks: 0, maxOverMean: 0, busyLinks: 0 };
  const range = { ...RANGE };
  for (const measure of MEASURES) {
    for (let draw = 0; draw < values.length; draw++) values[draw] = spreads[draw][measure];
    values.sort();
    let sum = 0;
    for (let draw = 0; draw < values.length; draw++) sum += values[draw];
    means[measure] = sum / values.length;
    const last = values.length - 1;
    range[measure] = [values[Math.floor(TAIL * last)], values[Math.ceil((1 - TAIL) * last)]];
  }
  return { ...means, range };
}

const RANGE: NonNullable<Spread['range']> = {
  jain: [0, 0],
  effectiveLinks: [0, 0],
  maxOverMean: [0, 0],
  busyLinks: [0, 0],
};
