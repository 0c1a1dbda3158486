import type { HashRow, RowEpoch } from '../../flows/rows.js';

/** The longest epoch with flows; the first of equals. */
export function longestEpoch(epochs: readonly RowEpoch[], rows: readonly HashRow[]): number {
  const used = new Set(rows.map((row) => row.epoch));
  const length = (epoch: number) => epochs[epoch].endNs - epochs[epoch].startNs;
  return [...used].sort((a, b) => length(b) - length(a) || a - b)[0];
}
