/**
 * Small numbers for large ones, in order of first appearance: a Map of numbers without an object for each of a million
 * keys. Open addressing, at most half full.
 */
export class NumberIndex {
  #keys: Float64Array; // by id
  #slots: Int32Array; // id + 1; 0 where free
  #size = 0;

  /** @param expected how many keys will come; more are no harm */
  constructor(expected = 0) {
    const slots = 2 ** Math.max(4, Math.ceil(Math.log2(2 * expected + 1)));
    this.#slots = new Int32Array(slots);
    this.#keys = new Float64Array(slots / 2);
  }

  get size(): number {
    return this.#size;
  }

  /** @param key a whole number, 0 to 2^53 - 1 */
  idOf(key: number): number {
    const slot = this.#slotOf(key);
    const known = this.#slots[slot];
    if (known !== 0) return known - 1;
    const id = this.#size++;
    this.#keys[id] = key;
    this.#slots[slot] = id + 1;
    if (this.#size === this.#keys.length) this.#grow();
    return id;
  }

  /** -1 for a key that never came. */
  find(key: number): number {
    return this.#slots[this.#slotOf(key)] - 1;
  }

  key(id: number): number {
    return this.#keys[id];
  }

  #slotOf(key: number): number {
    const [slots, keys] = [this.#slots, this.#keys];
    const mask = slots.length - 1;
    let slot = slotHash(key) & mask;
    while (slots[slot] !== 0 && keys[slots[slot] - 1] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const keys = new Float64Array(2 * this.#keys.length);
    keys.set(this.#keys);
    this.#keys = keys;
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let id = 0; id < this.#size; id++) {
      let slot = slotHash(keys[id]) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.#slots = slots;
  }
}

function slotHash(key: number): number {
  const mixed = Math.imul((key >>> 0) ^ Math.imul((key / 2 ** 32) >>> 0, 0x9e3779b1), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
