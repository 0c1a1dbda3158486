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
    if (!sortPacked(keys, items)) sortByComparing(keys, items);
    let kept = 0;
    for (let at = 0; at < keys.length && kept < this.#most; at++) {
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

const ITEMS = 2 ** 21;

/** Hashes of 32 bits and numbers of rows as one number each, which sorts without a comparison in JavaScript. False for others. */
function sortPacked(keys: Float64Array, items: Float64Array): boolean {
  const packed = new Float64Array(keys.length);
  for (let i = 0; i < keys.length; i++) {
    if (keys[i] !== keys[i] >>> 0 || items[i] !== items[i] >>> 0 || items[i] >= ITEMS) return false;
    packed[i] = keys[i] * ITEMS + items[i];
  }
  packed.sort();
  for (let i = 0; i < keys.length; i++) {
    keys[i] = Math.floor(packed[i] / ITEMS);
    items[i] = packed[i] % ITEMS;
  }
  return true;
}

function sortByComparing(keys: Float64Array, items: Float64Array): void {
  const [unsortedKeys, unsortedItems] = [keys.slice(), items.slice()];
  const order = Uint32Array.from(keys.keys());
  order.sort((a, b) => unsortedKeys[a] - unsortedKeys[b] || unsortedItems[a] - unsortedItems[b]);
  order.forEach((from, i) => {
    keys[i] = unsortedKeys[from];
    items[i] = unsortedItems[from];
  });
}
