import { describe, expect, it } from 'vitest';
import { bucketOf, type ParityInput, searchParities } from '../../src/inference/fields/parity-search.js';
import { finish } from '../../src/inference/steps.js';
import { seeded } from '../../src/stats/random.js';
import { walshHadamard } from '../../src/stats/walsh-hadamard.js';

function input(rank: number, count: number, ports: number, choose: (key: number) => number, noise = 0): ParityInput {
  const random = seeded(rank * 1000 + count);
  const keys = new Set<number>();
  while (keys.size < count) keys.add(random.below(2 ** rank));
  const list = Uint32Array.from(keys);
  const port = Uint8Array.from(list, (key) => (random.next() < noise ? random.below(ports) : choose(key)));
  return { keys: list, port, ports, rank };
}

/** Parities that span the same space say the same. */
const span = (parities: readonly number[]) =>
  Array.from({ length: 2 ** parities.length }, (_, set) =>
    parities.reduce((sum, parity, bit) => ((set >> bit) & 1 ? sum ^ parity : sum), 0),
  ).sort((a, b) => a - b);

const search = (given: ParityInput) => finish(searchParities(given));

const ACROSS = [0b000000100001, 0b000001000010, 0b000010000100]; // low bits of two fields, XORed

describe('the search for parities', () => {
  it.each([
    { ports: 3, table: [0, 0, 0, 1, 1, 1, 2, 2] },
    { ports: 3, table: [0, 1, 2, 0, 1, 2, 0, 1] },
    { ports: 5, table: [0, 1, 2, 3, 4, 0, 1, 2] },
    { ports: 6, table: [5, 4, 3, 2, 1, 0, 0, 1] },
  ])('finds eight buckets on $ports ports: $table', ({ ports, table }) => {
    const found = search(input(12, 150, ports, (key) => table[bucketOf(key, ACROSS)], 0.01))!;
    expect(span(found.parities)).toEqual(span(ACROSS));
    expect(found.hits / found.heldOut).toBeGreaterThan(0.9);
  });

  it('finds nothing in hashes that are no table of few parities', () => {
    const mix = (key: number) => {
      let h = Math.imul(key ^ 0x9e3779b9, 0x85ebca6b);
      h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
      return (h ^ (h >>> 16)) >>> 0;
    };
    for (const ports of [2, 3, 4, 5]) {
      for (const count of [60, 200, 1000]) {
        expect(search(input(16, count, ports, (key) => mix(key) % ports))).toBeNull();
        const sum = (key: number) => ((key >> 5) + (key & 31)) % ports; // of 2 and 4, tables of low bits
        if (ports % 2 === 1) expect(search(input(10, Math.min(count, 500), ports, sum))).toBeNull();
      }
    }
  });

  it('finds nothing in chance', () => {
    for (let seed = 0; seed < 12; seed++) {
      const random = seeded(seed);
      expect(search(input(9, 80 + seed, 3, () => random.below(3)))).toBeNull();
    }
  });
});

describe('the Walsh-Hadamard transform', () => {
  it('is what its definition says', () => {
    const random = seeded(1);
    const values = Float64Array.from({ length: 16 }, () => random.next());
    const expected = values.map((_, a) =>
      values.reduce((sum, value, x) => sum + value * (bucketOf(x, [a]) === 1 ? -1 : 1), 0),
    );
    const made = values.slice();
    walshHadamard(made);
    made.forEach((value, a) => {
      expect(value).toBeCloseTo(expected[a], 12);
    });
  });
});
