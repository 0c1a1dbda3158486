/** FreeBSD's lagg, whose function has a key drawn at random: of all keys those that the rows can tell apart. */

import { type HashRow, MAIN } from '../../flows/rows.js';
import { LAYERS, type LaggVersion, type Layers, laggPolicy, laggValue, layerNames } from '../../policies/freebsd.js';
import { seeded, shuffle } from '../../stats/random.js';
import { missesAllowed, tooManyMisses } from '../fields/misses.js';
import { inverse, type KeyClass, keyClasses } from './key-classes.js';
import type { LibraryFunction, SeenFields } from './library-function.js';

const isPowerOfTwo = (k: number) => (k & (k - 1)) === 0;

/** @param buckets by epoch */
export function laggFunctions(
  rows: readonly HashRow[],
  buckets: readonly number[],
  seen: SeenFields,
): LibraryFunction[] {
  const sizes = [...new Set(rows.map(({ epoch }) => buckets[epoch]))].filter((k) => k >= 2);
  const most = Math.max(0, ...sizes);
  const isPower = sizes.every(isPowerOfTwo);
  return LAYERS.flatMap((layers) => [
    ...(isPower && most <= 32 ? [sumOfBytes(layers, seen)] : [keyed('freebsd9-lagg', layers, rows, buckets, seen)]),
    ...(isPower && most <= 8 ? starts(layers, most, seen) : [keyed('freebsd-lagg', layers, rows, buckets, seen)]),
  ]);
}

/** The key is an order of the ports, and the bytes count in any order. */
function sumOfBytes(layers: Layers, seen: SeenFields): LibraryFunction {
  const policy = laggPolicy('freebsd9-lagg', { layers, key: null, inFrame: false });
  return seen.functionOf({ ...policy, mixes: 'unordered' });
}

/** One key for each remainder. */
function starts(layers: Layers, ports: number, seen: SeenFields): LibraryFunction[] {
  return Array.from({ length: ports }, (_, start) => {
    const policy = laggPolicy('freebsd-lagg', { layers, key: start, inFrame: false });
    return {
      ...seen.functionOf(policy),
      id: policy.id.replace(/;.*/, ''),
      description: `FreeBSD 11 and later lagg, lagghash ${layerNames(layers)}: FNV-1 from a start of ${start} mod ${ports}`,
      parameters: { lagghash: layerNames(layers), start, startModulus: ports },
    };
  });
}

/** Rows that the keys are sieved on: of these a wrong key misses half, on three ports. And how many classes of keys are kept. */
const SIEVE = 40;
const KEPT = 8;

interface Found extends KeyClass {
  readonly lowByte: number;
}

function keyed(
  version: LaggVersion,
  layers: Layers,
  rows: readonly HashRow[],
  buckets: readonly number[],
  seen: SeenFields,
): LibraryFunction {
  const withoutKey = seen.functionOf(laggPolicy(version, { layers, key: null, inFrame: false }));
  return { ...withoutKey, withKeys: () => keysOf(version, layers, rows, buckets, withoutKey) };
}

/**
 * FNV-1 XORs bytes into the lowest byte alone, so the rest of the key times a power of the prime is added to what the lowest byte
 * makes of the flow: 256 (n + 1) classes. times-33 adds the whole key times a power of 33: n + 1.
 */
function keysOf(
  version: LaggVersion,
  layers: Layers,
  rows: readonly HashRow[],
  buckets: readonly number[],
  withoutKey: LibraryFunction,
): LibraryFunction[] {
  const lowBytes = version === 'freebsd-lagg' ? 256 : 1;
  const valueFrom = (key: number) => laggValue(version, { layers, key, inFrame: false });
  // What one step of the rest of the key adds: it depends on the number of bytes, so rows with the most usual number are taken.
  const [zero, one] = [valueFrom(0), valueFrom(lowBytes)];
  const slope = (row: HashRow) => (one(row) - zero(row)) >>> 0;
  const { chosen, k, step } = largestGroup(rows, buckets, slope);
  if (chosen.length < 2 || tooManyMisses(leastMisses(chosen, zero), chosen.length)) return [];
  const sieve = shuffle(Int32Array.from(chosen.keys()), seeded(1)).subarray(0, SIEVE);
  const few = Array.from(sieve, (i) => chosen[i]);
  const [someClasses, allClasses] = [classesAmong(few, k), classesAmong(chosen, k)];
  const found: Found[] = [];
  for (let lowByte = 0; lowByte < lowBytes; lowByte++) {
    const value = valueFrom(lowByte);
    if (someClasses(value).length === 0) continue;
    for (const each of allClasses(value)) found.push({ ...each, lowByte });
  }
  const best = found.sort((a, b) => a.misfit - b.misfit || b.to - b.from - (a.to - a.from)).slice(0, KEPT);
  return best.flatMap(({ lowByte, from, to }): LibraryFunction[] => {
    const steps = Math.ceil((from + to) / 2 / lowBytes); // c, in steps of what can be added
    if (steps * lowBytes >= to) return [];
    const rest = Math.imul(steps, inverse(step / lowBytes)) * lowBytes;
    const policy = laggPolicy(version, { layers, key: (lowByte + rest) >>> 0, inFrame: false });
    const key = policy.id.replace(/.*;key=/, '');
    return [
      {
        ...withoutKey,
        value: policy.value,
        description: `${policy.description} from a key such as ${key}`,
        parameters: { lagghash: layerNames(layers), key, keysAlike: Math.round((to - from) / lowBytes) },
        shareOfKeys: (to - from) / 2 ** 32 / lowBytes,
      },
    ];
  });
}

function classesAmong(rows: readonly HashRow[], k: number): (value: (row: HashRow) => number) => KeyClass[] {
  const port = Uint8Array.from(rows, (row) => row.port);
  const values = new Uint32Array(rows.length);
  return (value) => {
    for (let i = 0; i < rows.length; i++) values[i] = value(rows[i]);
    return keyClasses(values, port, k, missesAllowed(rows.length));
  };
}

/** What is missed whatever the key: flows of one value that are on several ports. */
function leastMisses(rows: readonly HashRow[], value: (row: HashRow) => number): number {
  const counts = new Map<number, number>(); // of value and port
  const most = new Map<number, number>(); // of a value's most frequent port
  for (const row of rows) {
    const hash = value(row);
    const here = (counts.get(hash * 256 + row.port) ?? 0) + 1;
    counts.set(hash * 256 + row.port, here);
    if (here > (most.get(hash) ?? 0)) most.set(hash, here);
  }
  let missed = rows.length;
  for (const n of most.values()) missed -= n;
  return missed;
}

/** Main rows of one epoch whose keys are equally long: those of the epoch and length that most rows have. */
function largestGroup(rows: readonly HashRow[], buckets: readonly number[], slope: (row: HashRow) => number) {
  const groups = new Map<string, { chosen: HashRow[]; k: number; step: number }>();
  for (const row of rows) {
    const k = buckets[row.epoch];
    if (row.kind !== MAIN || k < 2) continue;
    const step = slope(row);
    const name = `${row.epoch} ${step}`;
    const group = groups.get(name) ?? { chosen: [], k, step };
    groups.set(name, group);
    group.chosen.push(row);
  }
  const rank = ({ chosen, k }: { chosen: HashRow[]; k: number }) => (isPowerOfTwo(k) ? 0 : chosen.length);
  const none = { chosen: [] as HashRow[], k: 0, step: 1 };
  return [...groups.values()].reduce((a, b) => (rank(b) > rank(a) ? b : a), none);
}
