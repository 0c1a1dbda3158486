/** The `n` items with the smallest keys of a million that pass by; equal keys in the order of the items. */
export class Smallest {
  readonly #keys: Float64Array;
  readonly #items: Float64Array;
  readonly #most: number;
  #size = 0;
  #limit = Number.POSITIVE_INFINITY; // what comes after this key and this item is none of them
  #last = Number.POSITIVE_INFINITY;

  constructor(most: number) {
    this.#most = most;
    this.#keys = new Float64Array(2 * most + 64);
    this.#items = new Float64Array(2 * most + 64);
  }

  /** An item may be offered again with the same key: it counts once. */
  offer(key: number, item: number): void {
    if (key > this.#limit || (key === this.#limit && item > this.#last)) return;
    this.#keys[this.#size] = key;
    this.#items[this.#size++] = item;
    if (this.#size === this.#keys.length) this.#prune();
  }

  /** In order of their keys. */
  items(): number[] {
    this.#prune();
    return Array.from(this.#items.subarray(0, this.#size));
  }

  #prune(): void {
    const [keys, items] = [this.#keys.slice(0, this.#size), this.#items.slice(0, this.#size)];
    const order = Uint32Array.from(keys.keys()).sort((a, b) => keys[a] - keys[b] || items[a] - items[b]);
    let kept = 0;
    for (const at of order) {
      if (kept === this.#most) break;
      if (kept > 0 && this.#items[kept - 1] === items[at] && this.#keys[kept - 1] === keys[at]) continue;
      this.#keys[kept] = keys[at];
      this.#items[kept++] = items[at];
    }
    this.#size = kept;
    if (kept < this.#most) return;
    this.#limit = kept === 0 ? Number.NEGATIVE_INFINITY : this.#keys[kept - 1];
    this.#last = kept === 0 ? 0 : this.#items[kept - 1];
  }
}
