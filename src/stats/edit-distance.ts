/** Names that a mistyped one may stand for. */

/** Insertions, deletions and replacements that make one text the other (Levenshtein). */
export function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const row = [i + 1];
    for (let j = 0; j < b.length; j++) {
      row.push(Math.min(above[j] + (a[i] === b[j] ? 0 : 1), above[j + 1] + 1, row[j] + 1));
    }
    above = row;
  }
  return above[b.length];
}

/** The `most` names closest to a text, those that begin with it first. */
export function closest(text: string, names: readonly string[], most: number): string[] {
  const distance = (name: string) => (name.startsWith(text) ? 0 : editDistance(text, name));
  return [...names].sort((a, b) => distance(a) - distance(b)).slice(0, most);
}
