/**
 * Largest sum of entries, one of each row and one of each column: what the best one-to-one relabelling gathers.
 * Dynamic programming over subsets of columns, size * 2^size steps.
 *
 * @param entries `size` x `size`, row-major, not negative.
 */
export function bestAssignment(entries: ArrayLike<number>, size: number): number {
  const best = new Float64Array(1 << size); // by subset of the columns taken: of as many rows
  for (let taken = 1; taken < best.length; taken++) {
    const row = bitsOf(taken) - 1;
    for (let column = 0; column < size; column++) {
      const bit = 1 << column;
      if ((taken & bit) !== 0) best[taken] = Math.max(best[taken], best[taken ^ bit] + entries[row * size + column]);
    }
  }
  return best[best.length - 1];
}

function bitsOf(set: number): number {
  let bits = 0;
  for (let left = set; left !== 0; left &= left - 1) bits++;
  return bits;
}
