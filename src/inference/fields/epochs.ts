import type { HashRows } from '../../flows/rows.js';

/** The longest epoch with flows and that many ports; the first of equals. Null where there is none. */
export function longestEpoch(
  { epochs, whole }: Pick<HashRows, 'epochs' | 'whole'>,
  fewestPorts: number,
): number | null {
  const length = (epoch: number) => epochs[epoch].endNs - epochs[epoch].startNs;
  const used = [...epochs.keys()].filter(
    (epoch) => epochs[epoch].ports.length >= fewestPorts && whole.portCounts[epoch].some((n) => n > 0),
  );
  return used.sort((a, b) => length(b) - length(a) || a - b)[0] ?? null;
}
