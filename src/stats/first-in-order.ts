/** The first `n` of the items in the order of `compare`, and in that order: sorting a million for a thousand is dear. */
export function firstInOrder(items: Iterable<number>, n: number, compare: (a: number, b: number) => number): number[] {
  let kept: number[] = [];
  let last: number | null = null; // of the first n so far; what comes after it is none of them
  for (const item of items) {
    if (last !== null && compare(item, last) >= 0) continue;
    kept.push(item);
    if (kept.length < 2 * n + 64) continue;
    kept = kept.sort(compare).slice(0, n);
    last = kept.at(-1) ?? null;
  }
  return kept.sort(compare).slice(0, n);
}
