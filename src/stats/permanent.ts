/** Matrix entries are floored here, so that no relabelling is ever called impossible. */
const SMALLEST_ENTRY = 1e-60;
const SMALLEST_SUM = 1e-300;

/**
 * log of the permanent of the matrix exp(logEntries): the sum over all assignments of one row to one column.
 * Rows are divided by their largest entry first, so the result is exact where it matters.
 *
 * @param logEntries `size` x `size`, row-major.
 *
 * Dynamic programming over subsets of columns, size * 2^size steps (Ryser's formula is as fast but cancels).
 */
export function logPermanent(logEntries: Float64Array, size: number): number {
  let scale = 0;
  let reached = new Float64Array(1 << size); // by subset of the columns taken so far
  reached[0] = 1;
  for (let row = 0; row < size; row++) {
    let most = Number.NEGATIVE_INFINITY;
    for (let column = 0; column < size; column++) most = Math.max(most, logEntries[row * size + column]);
    scale += most;
    const next = new Float64Array(1 << size);
    for (let column = 0; column < size; column++) {
      const entry = Math.max(Math.exp(logEntries[row * size + column] - most), SMALLEST_ENTRY);
      const bit = 1 << column;
      for (let taken = 0; taken < reached.length; taken++) {
        if (reached[taken] > 0 && (taken & bit) === 0) next[taken | bit] += reached[taken] * entry;
      }
    }
    reached = next;
  }
  return scale + Math.log(Math.max(reached[(1 << size) - 1], SMALLEST_SUM));
}
