/**
 * Small numbers for pairs of 32-bit numbers, in order of first appearance: as NumberIndex does for larger ones, but no step of it
 * makes a number that has to be an object before the loop is compiled.
 */
export class PairIndex {
  #firsts: Int32Array; // by id
  #seconds: Int32Array;
  #slots: Int32Array; // id + 1; 0 where free
  #size = 0;

  constructor() {
    this.#slots = new Int32Array(FEWEST);
    this.#firsts = new Int32Array(FEWEST / 2);
    this.#seconds = new Int32Array(FEWEST / 2);
  }

  idOf(first: number, second: number): number {
    const [slots, firsts, seconds] = [this.#slots, this.#firsts, this.#seconds];
    const mask = slots.length - 1;
    let slot = slotHash(first, second) & mask;
    for (let id = slots[slot] - 1; id >= 0; id = slots[slot] - 1) {
      if (seconds[id] === second && firsts[id] === first) return id;
      slot = (slot + 1) & mask;
    }
    const id = this.#size++;
    firsts[id] = first;
    seconds[id] = second;
    slots[slot] = id + 1;
    if (this.#size === firsts.length) this.#grow();
    return id;
  }

  #grow(): void {
    this.#firsts = doubled(this.#firsts);
    this.#seconds = doubled(this.#seconds);
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let id = 0; id < this.#size; id++) {
      let slot = slotHash(this.#firsts[id], this.#seconds[id]) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.#slots = slots;
  }
}
const FEWEST = 64;

function doubled(values: Int32Array): Int32Array {
  const more = new Int32Array(2 * values.length);
  more.set(values);
  return more;
}

function slotHash(first: number, second: number): number {
  const mixed = Math.imul(second ^ Math.imul(first, 0x9e3779b1), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
