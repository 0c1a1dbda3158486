/** A stream of pseudo-random numbers from a fixed seed: the same input must always give the same document. */
export interface Random {
  /** 0 <= value < 1, 32 bits. */
  next(): number;
  /** 0 <= value < limit, whole. */
  below(limit: number): number;
}

/** Mulberry32 (Tommy Ettinger, 2017, public domain): plenty for sampling and shuffling, not for secrets. */
export function seeded(seed: number): Random {
  let state = seed | 0; // 32 bits with a sign: without, nearly every number is an object until the loop is compiled
  const bits = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) | 0;
    return mixed ^ (mixed >>> 14);
  };
  const next = () => (bits() >>> 0) / 2 ** 32;
  const below = (limit: number) => {
    if (limit >= SMALL) return Math.floor(next() * limit);
    const drawn = bits();
    return ((drawn >>> 16) * limit + (((drawn & 0xffff) * limit) >>> 16)) >>> 16; // the same, in small numbers
  };
  return { next, below };
}
const SMALL = 2 ** 15;

/** Fisher and Yates, in place. */
export function shuffle<T extends { length: number; [index: number]: number }>(items: T, random: Random): T {
  for (let last = items.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const kept = items[last];
    items[last] = items[other];
    items[other] = kept;
  }
  return items;
}
