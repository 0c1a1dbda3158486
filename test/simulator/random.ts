/** Random numbers of the simulator: not those of the library, whose sampling could otherwise fit what it judges. */

export class Random {
  readonly #state = new Uint32Array(4);

  /** xoshiro128** (Blackman and Vigna, 2018), seeded by splitmix32. */
  constructor(seed: number) {
    let mixed = seed >>> 0;
    for (let word = 0; word < 4; word++) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let z = mixed;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      this.#state[word] = z ^ (z >>> 15);
    }
  }

  /** 32 bits. */
  word(): number {
    const s = this.#state;
    const product = Math.imul(s[1], 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  /** 0 <= value < 1. */
  real(): number {
    return this.word() / 2 ** 32;
  }

  /** 0 <= value < limit, whole. */
  below(limit: number): number {
    return Math.floor(this.real() * limit);
  }

  chance(probability: number): boolean {
    return this.real() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  weighted<T>(items: readonly (readonly [T, number])[]): T {
    let left = this.real() * items.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [item, weight] of items) {
      left -= weight;
      if (left < 0) return item;
    }
    return items[items.length - 1][0];
  }

  /** 0 to count - 1 in random order. */
  permutation(count: number): number[] {
    const order = Array.from({ length: count }, (_, i) => i);
    for (let last = count - 1; last > 0; last--) {
      const other = this.below(last + 1);
      [order[last], order[other]] = [order[other], order[last]];
    }
    return order;
  }

  /** Exponential waiting time of that mean. */
  waiting(mean: number): number {
    return -mean * Math.log(1 - this.real());
  }
}
