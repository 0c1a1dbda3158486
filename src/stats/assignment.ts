/**
 * The most that rows can score if each takes a column of its own: which bucket is which port, at best.
 * Hungarian method with potentials (Kuhn, 1955; Munkres, 1957), K^3 steps.
 *
 * @param scores K by K, row-major
 */
export function bestAssignment(scores: ArrayLike<number>, size: number): { score: number; columnOf: number[] } {
  // Columns count from 1, 0 is the row that looks for a place; potentials make the cost of every taken pair 0.
  const ofRow = new Float64Array(size + 1);
  const ofColumn = new Float64Array(size + 1);
  const rowOf = new Int32Array(size + 1);
  for (let row = 1; row <= size; row++) {
    const least = new Float64Array(size + 1).fill(Number.POSITIVE_INFINITY);
    const from = new Int32Array(size + 1);
    const seen = new Uint8Array(size + 1);
    rowOf[0] = row;
    let column = 0;
    do {
      seen[column] = 1;
      const here = rowOf[column];
      let step = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let c = 1; c <= size; c++) {
        if (seen[c]) continue;
        const cost = -scores[(here - 1) * size + c - 1] - ofRow[here] - ofColumn[c];
        if (cost < least[c]) {
          least[c] = cost;
          from[c] = column;
        }
        if (least[c] < step) {
          step = least[c];
          next = c;
        }
      }
      for (let c = 0; c <= size; c++) {
        if (seen[c]) {
          ofRow[rowOf[c]] += step;
          ofColumn[c] -= step;
        } else least[c] -= step;
      }
      column = next;
    } while (rowOf[column] !== 0);
    for (; column !== 0; column = from[column]) rowOf[column] = rowOf[from[column]];
  }
  const columnOf = new Array<number>(size).fill(0);
  for (let c = 1; c <= size; c++) columnOf[rowOf[c] - 1] = c - 1;
  const score = columnOf.reduce((sum, c, row) => sum + scores[row * size + c], 0);
  return { score, columnOf };
}
