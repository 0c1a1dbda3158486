import { describe, expect, it } from 'vitest';
import { holdOutAffine, solveAffine } from '../../../src/inference/fields/affine-solver.js';
import { NOISE } from '../../../src/inference/fields/noise.js';
import { portOrders } from '../../../src/inference/fields/port-orders.js';
import { bitMatrix } from '../../../src/stats/gf2.js';
import { seeded } from '../../../src/stats/random.js';
import { inferenceVectors, noVectors, vectorsTitle } from '../../helpers/vectors.js';

/** Keys as hexadecimal digits, with a constant 1 behind them. */
function keysOf(rows: readonly string[]) {
  const width = rows[0].length * 4 + 1;
  const keys = bitMatrix(rows.length, width);
  rows.forEach((row, r) => {
    const value = (BigInt(`0x${row}`) << 1n) | 1n;
    for (let bit = 0; bit < width; bit++) {
      if ((value >> BigInt(bit)) & 1n) keys.bits[r * keys.words + (bit >>> 5)] |= 1 << (bit & 31);
    }
  });
  return keys;
}

describe.skipIf(noVectors)(vectorsTitle('affine maps as the reference solves them'), () => {
  interface Case {
    name: string;
    K: number;
    rows: string[];
    ports: number[];
    rank: number;
    consistent: boolean;
    minContradictionsFound: number;
    cosetsConsistent: number | null;
    cosets: number;
    logLikPerEps: number[] | null;
  }
  const cases: Case[] = inferenceVectors().affine ?? [];

  it.each(cases)('$name', (c) => {
    const { rank, misfit, orders, ordersReaching } = solveAffine(keysOf(c.rows), Uint8Array.from(c.ports), c.K);
    expect(rank).toBe(c.rank);
    expect(orders).toBe(c.cosets);
    expect(misfit === 0).toBe(c.consistent);
    // Of random orders of elimination; which are drawn is not the reference's.
    expect(Math.abs(misfit - c.minContradictionsFound)).toBeLessThanOrEqual(4);
    if (!c.logLikPerEps) return;
    expect(ordersReaching).toBe(c.cosetsConsistent);
    NOISE.forEach((noise, e) => {
      const log =
        -rank * Math.log(c.K) +
        Math.log(ordersReaching / orders) +
        (c.rows.length - rank - misfit) * Math.log1p(-noise) +
        misfit * Math.log(noise / (c.K - 1));
      expect(log).toBeCloseTo(c.logLikPerEps![e], 6);
    });
  });
});

describe('affine maps', () => {
  const random = seeded(4);
  const hex = (bits: number) =>
    Math.floor(random.next() * 2 ** bits)
      .toString(16)
      .padStart(bits / 4, '0');
  const rows = Array.from({ length: 160 }, () => hex(16));
  const masks = [0x8c31, 0x1f07, 0x60d2];
  const parity = (value: number) => [...value.toString(2)].filter((bit) => bit === '1').length & 1;
  const map = (row: string, bits: number) =>
    masks.slice(0, bits).reduce((sum, mask, i) => sum | ((parity(Number.parseInt(row, 16) & mask) ^ (i & 1)) << i), 0);

  it.each([1, 2, 3])('of %i bits are found behind any order of the ports', (bits) => {
    const size = 2 ** bits;
    const order = [...Array(size).keys()].sort((a, b) => ((a * 5 + 3) % 8) - ((b * 5 + 3) % 8));
    const ports = Uint8Array.from(rows, (row) => order[map(row, bits)]);
    const solved = solveAffine(keysOf(rows), ports, size);
    expect(solved).toMatchObject({ rank: 17, misfit: 0, ordersReaching: 1 });
  });

  it('are found through noise, which is counted by flow', () => {
    const ports = Uint8Array.from(rows, (row) => map(row, 2));
    for (const stray of [3, 50, 141]) ports[stray] ^= 1;
    expect(solveAffine(keysOf(rows), ports, 4).misfit).toBe(3);
  });

  it('predict flows they were not learnt from; anything else does not', () => {
    const held = Uint8Array.from(rows, (_, i) => (i % 4 === 0 ? 1 : 0));
    const ports = Uint8Array.from(rows, (row) => map(row, 2));
    const linear = holdOutAffine(keysOf(rows), ports, 4, held);
    expect(linear).toMatchObject({ predicted: 40, hit: 40 });
    const mixed = Uint8Array.from(rows, (row) => (Math.imul(Number.parseInt(row, 16), 0x9e3779b1) >>> 21) % 4);
    const other = holdOutAffine(keysOf(rows), mixed, 4, held);
    expect(other.hit / other.predicted).toBeLessThan(0.6);
  });

  it('predict nothing outside of what was seen', () => {
    const basis = ['0001', '0002', '0003', '0000', '4000'];
    const held = Uint8Array.from([0, 0, 0, 0, 1]);
    expect(holdOutAffine(keysOf(basis), Uint8Array.from([1, 2, 3, 0, 1]), 4, held)).toMatchObject({
      predicted: 0,
      hit: 0,
    });
  });

  it('need 1, 1 and 30 orders of the ports, none an affine image of another', () => {
    expect([2, 4, 8].map((size) => portOrders(size).length)).toEqual([1, 1, 30]);
    const difference = ({ label }: { label: readonly number[] }, { port }: { port: readonly number[] }) =>
      [0, 1, 2, 3, 4, 5, 6, 7].map((value) => label[port[value]]);
    const affine = (f: number[]) => f.every((_, x) => f.every((_, y) => (f[x] ^ f[y] ^ f[0]) === f[x ^ y]));
    const orders = portOrders(8);
    orders.forEach((a, i) => {
      orders.forEach((b, j) => {
        expect(affine(difference(a, b))).toBe(i === j);
      });
    });
  });
});
