import { describe, expect, it } from 'vitest';
import { solveModular } from '../../../src/inference/fields/modular-solver.js';
import { moduloOrders } from '../../../src/inference/fields/port-orders.js';
import { bitMatrix } from '../../../src/stats/gf2.js';
import { seeded } from '../../../src/stats/random.js';

const BITS = 16;

/** Keys of some bits, with a constant 1 before them. */
function keysOf(values: readonly number[], width = BITS) {
  const keys = bitMatrix(values.length, width + 1);
  for (const [row, value] of values.entries()) keys.bits[row * keys.words] = (value << 1) | 1;
  return keys;
}

const random = seeded(12);
const values = Array.from({ length: 160 }, () => random.below(2 ** BITS));
const weights = Array.from({ length: BITS }, () => random.below(1000));
const sum = (value: number, size: number) =>
  weights.reduce((total, weight, bit) => total + ((value >>> bit) & 1) * weight, 4) % size;
const shuffled = (size: number) => [...Array(size).keys()].sort((a, b) => ((a * 3 + 2) % 7) - ((b * 3 + 2) % 7));

describe('sums modulo the number of ports', () => {
  it.each([3, 5, 7])('of %i are found behind any order of them', (size) => {
    const order = shuffled(size);
    const ports = Uint8Array.from(values, (value) => order[sum(value, size)]);
    const solved = solveModular(keysOf(values), ports, size, 10);
    expect(solved).toMatchObject({ rank: BITS + 1, misfit: 0, ordersReaching: 1 });
  });

  it('are found through noise, which is counted by flow', () => {
    const ports = Uint8Array.from(values, (value) => sum(value, 5));
    for (const stray of [3, 50, 141]) ports[stray] = (ports[stray] + 1) % 5;
    expect(solveModular(keysOf(values), ports, 5, 10)).toMatchObject({ rank: BITS + 1, misfit: 3 });
  });

  it('have as many ways to place the keys as the rank says', () => {
    const few = [0b000, 0b011, 0b101, 0b110, 0b111, 0b010, 0b011, 0b000];
    const ways = new Set<string>();
    for (let map = 0; map < 81; map++) {
      const digit = (place: number) => Math.floor(map / 3 ** place) % 3;
      ways.add(few.map((key) => [0, 1, 2].reduce((s, b) => s + ((key >> b) & 1) * digit(b), digit(3)) % 3).join());
    }
    const { rank } = solveModular(keysOf(few, 3), new Uint8Array(few.length), 3, few.length);
    expect(3 ** rank).toBe(ways.size);
    // 000, 011, 101, 110 are dependent over GF(2), but not modulo 3.
    expect(solveModular(keysOf(few.slice(0, 4), 3), new Uint8Array(4), 3, 4).rank).toBe(4);
  });

  it('are not found where the hash mixes, or XORs two fields', () => {
    const mixed = Uint8Array.from(values, (value) => (Math.imul(value, 0x9e3779b1) >>> 21) % 5);
    expect(solveModular(keysOf(values), mixed, 5, 14).misfit).toBeGreaterThan(14);
    const xor = Uint8Array.from(values, (value) => ((value ^ (value >>> 8)) & 255) % 5);
    expect(solveModular(keysOf(values), xor, 5, 14).misfit).toBeGreaterThan(14);
  });

  it('need 1, 6 and 120 orders of the ports, none an affine image of another', () => {
    expect([3, 5, 7].map((size) => moduloOrders(size).length)).toEqual([1, 6, 120]);
    const values = [0, 1, 2, 3, 4];
    const orders = moduloOrders(5);
    for (const a of orders) {
      for (const b of orders) {
        const f = values.map((value) => a.label[b.port[value]]);
        const isAffine = values.every((x) => f[x] === (f[0] + (f[1] - f[0] + 5) * x) % 5);
        expect(isAffine).toBe(a === b);
      }
    }
  });
});
