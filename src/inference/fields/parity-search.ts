/**
 * Tables over XORs of key bits, for any number of ports: a hash whose few bits choose from a table, as merchant silicon has it.
 * Correlations of the ports with every XOR at once by a Walsh-Hadamard transform, then the few XORs that predict best. inference.md
 * B.3; it finds low-bit XORs and tables of eight buckets from some 80 keys on, and neither CRCs modulo 3 nor mixing hashes.
 */

import { popCount } from '../../stats/gf2.js';
import { seeded, shuffle } from '../../stats/random.js';
import { Smallest } from '../../stats/smallest.js';
import { walshHadamard } from '../../stats/walsh-hadamard.js';
import type { Steps } from '../steps.js';

export interface ParityTable {
  readonly parities: readonly number[]; // masks of coordinates; the first is the lowest bit of the bucket
  readonly heldOut: number; // keys that were held back
  readonly hits: number; // of them on the port the table says
}

/** Keys as coordinates, and the port of each. */
export interface ParityInput {
  readonly keys: Uint32Array; // distinct
  readonly port: Uint8Array;
  readonly ports: number;
  readonly rank: number; // coordinates
}

const FOLDS = 4;
const STRONGEST = 64;
const PAIRED = 20;
const MOST_PARITIES = 6;
const FEW_PARITIES = 3; // until then single steps may show nothing: two buckets of one port cancel
const GAIN = 0.03;
const IN_A_STEP = 16; // XORs
const ENOUGH = 400; // keys to choose among XORs by; all of them fill the table
const ACCEPTED = 0.85;
const STANDARD_ERRORS = 3;
export const MOST_RANK = 18;
export const FEWEST_KEYS = 40;

/** @returns null where no table predicts the keys that were held back */
export function* searchParities(input: ParityInput): Steps<ParityTable | null> {
  const { keys, port, ports, rank } = input;
  if (keys.length < FEWEST_KEYS || rank > MOST_RANK || rank === 0) return null;
  const drawn = shuffle(Int32Array.from(keys.keys()), seeded(1));
  const heldBack = drawn.subarray(0, keys.length >> 2);
  const training = drawn.subarray(keys.length >> 2);
  const candidates = yield* strongest(input, training);
  const parities = yield* select(input, training.subarray(0, ENOUGH), candidates);
  const hits = hitsOf(input, parities, training, heldBack);
  const counts = new Float64Array(ports);
  for (const i of heldBack) counts[port[i]]++;
  const guess = counts.reduce((max, n) => Math.max(max, n), 0) / heldBack.length;
  const error = Math.sqrt((guess * (1 - guess)) / heldBack.length);
  const accuracy = hits / heldBack.length;
  const isFound = parities.length > 0 && accuracy >= ACCEPTED && accuracy >= guess + STANDARD_ERRORS * error;
  return isFound ? { parities, heldOut: heldBack.length, hits } : null;
}

/** XORs by how much the share of any port depends on them, strongest first. */
function* strongest({ keys, port, ports, rank }: ParityInput, training: Int32Array): Steps<number[]> {
  const strength = new Float64Array(2 ** rank);
  const sums = new Float64Array(2 ** rank);
  for (let p = 0; p < ports; p++) {
    const here = training.reduce((n, i) => n + (port[i] === p ? 1 : 0), 0);
    if (here === 0 || here === training.length) continue;
    const mean = here / training.length;
    sums.fill(0);
    for (const i of training) sums[keys[i]] += (port[i] === p ? 1 : 0) - mean;
    walshHadamard(sums);
    keepLargest(strength, sums, Math.sqrt(mean * (1 - mean)));
    yield;
  }
  const found = new Smallest(STRONGEST);
  for (let a = 1; a < strength.length; a++) if (strength[a] > 0) found.offer(-strength[a], a);
  return found.items();
}

function keepLargest(strength: Float64Array, sums: Float64Array, deviation: number): void {
  for (let a = 0; a < sums.length; a++) {
    const here = Math.abs(sums[a]) / deviation;
    if (here > strength[a]) strength[a] = here;
  }
}

/** Adds the XOR that predicts best, or two at once, as long as that helps. */
function* select({ keys, port, ports }: ParityInput, training: Int32Array, candidates: readonly number[]) {
  const trial = new Trial(
    Uint8Array.from(training, (i) => port[i]),
    ports,
  );
  const bits = candidates.map((mask) => Uint8Array.from(training, (i) => bucketOf(keys[i], [mask])));
  const two = pairs(Math.min(PAIRED, candidates.length));
  const chosen: number[] = []; // of the candidates
  let accuracy = trial.crossValidated([]);
  while (chosen.length < MOST_PARITIES) {
    const one: Added = yield* best(candidates.map((_, a) => [a]));
    const few = chosen.length <= FEW_PARITIES && chosen.length + 2 <= MOST_PARITIES;
    const next: Added = one.accuracy < accuracy + GAIN && few ? yield* best(two) : one;
    if (next.accuracy < accuracy + GAIN) break;
    chosen.push(...next.added);
    for (const a of next.added) trial.choose(bits[a]);
    accuracy = next.accuracy;
  }
  return chosen.map((a) => candidates[a]);

  function* best(sets: readonly (readonly number[])[]): Steps<Added> {
    let found: Added = { added: [], accuracy: Number.NEGATIVE_INFINITY };
    for (const [i, added] of sets.entries()) {
      const reached = trial.crossValidated(added.map((a) => bits[a]));
      if (reached > found.accuracy) found = { added, accuracy: reached };
      if (i % IN_A_STEP === 0) yield;
    }
    return found;
  }
}

interface Added {
  readonly added: readonly number[];
  readonly accuracy: number;
}

function pairs(candidates: number): number[][] {
  const few = [...Array(candidates).keys()];
  return few.flatMap((a, i) => few.slice(i + 1).map((b) => [a, b]));
}

/** How well the port follows from some XORs of the key: those that were chosen, and others beside them. */
class Trial {
  readonly #buckets: Uint8Array;
  readonly #foldAndPort: Uint16Array; // of each key, as one number
  readonly #counts: Int32Array; // keys by bucket, fold and port
  readonly #none: Uint8Array; // an XOR that is always 0
  #chosen = 0;

  constructor(
    port: Uint8Array,
    readonly ports: number,
  ) {
    this.#buckets = new Uint8Array(port.length);
    this.#none = new Uint8Array(port.length);
    this.#foldAndPort = Uint16Array.from(port, (p, i) => (i % FOLDS) * ports + p);
    this.#counts = new Int32Array(2 ** (MOST_PARITIES + 1) * FOLDS * ports);
  }

  choose(bits: Uint8Array): void {
    for (let i = 0; i < bits.length; i++) this.#buckets[i] |= bits[i] << this.#chosen;
    this.#chosen++;
  }

  /** Share of the keys that a table learnt from the other folds places right. @param more two at most */
  crossValidated(more: readonly Uint8Array[]): number {
    const [one = this.#none, other = this.#none] = more;
    const counts = this.#counts.fill(0);
    countCells(counts, this.#buckets, one, other, this.#chosen, this.#foldAndPort, FOLDS * this.ports);
    let hits = 0;
    const cells = 2 ** (this.#chosen + more.length) * FOLDS * this.ports;
    for (let bucket = 0; bucket < cells; bucket += FOLDS * this.ports) hits += hitsIn(counts, bucket, this.ports);
    return hits / this.#buckets.length;
  }
}

// Small functions, each compiled once and soon.
function countCells(
  counts: Int32Array,
  buckets: Uint8Array,
  one: Uint8Array,
  other: Uint8Array,
  chosen: number,
  foldAndPort: Uint16Array,
  size: number, // of a bucket
): void {
  for (let i = 0; i < buckets.length; i++) {
    const bucket = buckets[i] | ((one[i] | (other[i] << 1)) << chosen);
    counts[bucket * size + foldAndPort[i]]++;
  }
}

/** Keys of a bucket on the port that most of the other folds have there, the lowest on ties. */
function hitsIn(counts: Int32Array, bucket: number, ports: number): number {
  let hits = 0;
  for (let fold = 0; fold < FOLDS; fold++) {
    let learnt = -1;
    let most = 0;
    for (let p = 0; p < ports; p++) {
      let others = 0;
      for (let other = 0; other < FOLDS; other++) if (other !== fold) others += counts[bucket + other * ports + p];
      if (others <= most) continue;
      learnt = p;
      most = others;
    }
    if (learnt >= 0) hits += counts[bucket + fold * ports + learnt];
  }
  return hits;
}

function hitsOf(
  { keys, port, ports }: ParityInput,
  parities: readonly number[],
  training: Int32Array,
  heldBack: Int32Array,
): number {
  const counts = new Int32Array(2 ** parities.length * ports);
  for (const i of training) counts[bucketOf(keys[i], parities) * ports + port[i]]++;
  let hits = 0;
  for (const i of heldBack) {
    const here = counts.subarray(bucketOf(keys[i], parities) * ports, (bucketOf(keys[i], parities) + 1) * ports);
    const most = here.reduce((max, n) => Math.max(max, n), 0);
    if (most > 0 && here.indexOf(most) === port[i]) hits++;
  }
  return hits;
}

/** The XORs of a key as the bits of a number. */
export function bucketOf(key: number, parities: readonly number[]): number {
  let bucket = 0;
  for (let bit = 0; bit < parities.length; bit++) bucket |= (popCount(key & parities[bit]) & 1) << bit;
  return bucket;
}
