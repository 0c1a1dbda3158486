import { describe, expect, it } from 'vitest';
import { solveAffine } from '../../../src/inference/fields/affine-solver.js';
import { BitColumns } from '../../../src/inference/fields/bit-columns.js';
import { PortColumns, solveColumns } from '../../../src/inference/fields/column-solver.js';
import { Interner } from '../../../src/inference/fields/observations.js';
import { bitMatrix } from '../../../src/stats/gf2.js';
import { type Random, seeded } from '../../../src/stats/random.js';

const WIDTH = 20;

function field(values: readonly number[]) {
  const bits = Int32Array.from(values);
  return { words: 1, bits, labels: new Interner().labels(bits, 1) };
}

/** Keys of one field, asked of the columns and of the search. */
function asked(values: readonly number[], ports: readonly number[], size: number, useless: number) {
  const columns = new BitColumns(
    [field(values), ...Array.from({ length: 9 }, () => field(values.map(() => 7)))],
    Int32Array.from(values.keys()),
  );
  const rows = bitMatrix(values.length, WIDTH + 1);
  values.forEach((value, row) => {
    rows.bits[row] = value * 2 + 1;
  });
  const of = Uint8Array.from(ports);
  return {
    columns: solveColumns({
      words: columns.words,
      key: [columns.of(0)],
      ports: new PortColumns(of, size),
      size,
      useless,
    }),
    search: solveAffine(rows, of, size, useless),
  };
}

const parity = (value: number) => {
  let odd = 0;
  for (let left = value; left !== 0; left &= left - 1) odd ^= 1;
  return odd;
};
const drawn = (random: Random, rows: number, bits: number) =>
  Array.from({ length: rows }, () => random.below(2 ** 10) | (random.below(2 ** (bits - 10)) << 10));
const mapOf = (random: Random, size: number) => {
  const masks = [1, 2, 4].filter((bit) => bit < size).map(() => 1 + random.below(2 ** 14));
  return (value: number) => masks.reduce((sum, mask, i) => sum | (parity(value & mask) << i), 0) ^ 1;
};
const mixed = (value: number, size: number) => (Math.imul(value + 1, 0x9e3779b1) >>> 21) % size;

describe('affine maps asked of all rows at once', () => {
  it.each([2, 4, 8])('of %i ports: what the search finds where no row is off, of few rows and of many', (size) => {
    for (const rows of [1, 5, 31, 32, 33, 64, 150, 700]) {
      const random = seeded(size * 1000 + rows);
      const values = drawn(random, rows, 16);
      const map = mapOf(random, size);
      const relabelled = values.map((value) => (map(value) * 5 + 3) % size);
      const { columns, search } = asked(values, relabelled, size, 0.08 * rows + 2);
      expect(search.misfit).toBe(0);
      expect(columns).toEqual(search);
    }
  });

  it.each([2, 4, 8])('of %i ports: a few rows off are left to the search', (size) => {
    const random = seeded(size);
    const values = drawn(random, 900, 16);
    const map = mapOf(random, size);
    const ports = values.map((value, row) => (row % 20 === 0 ? (map(value) + 1) % size : map(value)));
    const { columns, search } = asked(values, ports, size, 74);
    expect(search.misfit).toBe(45);
    expect(columns).toBeNull();
  });

  it.each([2, 4, 8])('of %i ports: no map where none is', (size) => {
    const random = seeded(size);
    const values = drawn(random, 900, 16);
    const none = values.map((value) => mixed(value, size));
    const { columns, search } = asked(values, none, size, 74);
    expect(search.misfit).toBeGreaterThan(74);
    expect(columns?.misfit).toBeGreaterThan(74);
    expect(columns?.rank).toBe(search.rank);
  });

  it('no map where the best misses more than is useless, and is found again and again', () => {
    const random = seeded(2);
    const values = drawn(random, 900, 12);
    const map = mapOf(random, 4);
    const ports = values.map((value, row) => (row % 8 === 0 ? (map(value) + 1) % 4 : map(value)));
    const { columns, search } = asked(values, ports, 4, 74);
    expect(search.misfit).toBe(113);
    expect(columns?.misfit).toBeGreaterThan(74);
  });

  it('refutes no map of many bits behind noise, though its own tries may not find it', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seeded(seed);
      const values = Array.from({ length: 900 }, () => Math.floor(random.next() * 2 ** 31));
      const masks = [random.below(2 ** 30), random.below(2 ** 30)];
      const map = (value: number) => parity(value & masks[0]) | (parity(value & masks[1]) << 1);
      const ports = values.map((value) => (random.next() < 0.07 ? random.below(4) : map(value)));
      const columns = new BitColumns([field(values)], Int32Array.from(values.keys()));
      const key = [columns.ofField(0)];
      const of = new PortColumns(Uint8Array.from(ports), 4);
      expect(solveColumns({ words: columns.words, key, ports: of, size: 4, useless: 74 })).toBeNull();
    }
  });

  it('refutes nothing where more may be missed than there are rows, as in a short epoch of a long capture', () => {
    const random = seeded(3);
    const values = drawn(random, 300, 16);
    const ports = values.map((value) => mixed(value, 4));
    for (const useless of [100, 299, 300, 400]) expect(asked(values, ports, 4, useless).columns).toBeNull();
  });

  it('leaves few rows to the search, where chance alone misses few', () => {
    const random = seeded(9);
    const values = drawn(random, 30, 16);
    const { columns } = asked(
      values,
      values.map((value) => mixed(value, 4)),
      4,
      4.4,
    );
    expect(columns).toBeNull();
  });
});
