// Spoils captures and packed captures at random and reads them with the built product (dist/), in a thread that can be
// stopped: an answer or a CaptureError is right, everything else, or no end, is a failure. No dependencies.
//   node scripts/fuzz-containers.js [--seconds 10] [--seed N] [--failures FOLDER]   fuzz
//   node scripts/fuzz-containers.js FILE...                                         read what was saved, or anything
import './node-version.js';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { defaultSeeds } from './fuzz-seeds.js';
import { inRoot, isMain } from './run.js';

const LARGEST = 1 << 20; // octets of an input; mutations may not grow it further
const HUNG_SECONDS = 20;
const MOST_MEMORY = 1.5e9; // octets of the process: a window of zstd may have 128 MiB, the rest is far less
const CHUNK = 64; // executions between two reports of the thread

/**
 * @param {object} options
 * @param {number} [options.seconds] how long, 10
 * @param {number} [options.seed] the same gives the same inputs; else by the time
 * @param {readonly Uint8Array[]} [options.seeds] what is spoiled; else small captures of every format
 * @param {string} [options.failures] folder for the first failing input
 * @returns {Promise<{executions: number, seed: number, failure: null | {path: string, reason: string}}>}
 */
export async function fuzzContainers({
  seconds = 10,
  seed = Date.now() >>> 0,
  seeds,
  failures = inRoot('reports'),
} = {}) {
  const current = new SharedArrayBuffer(8 + LARGEST);
  const seedsOrDefault = seeds ?? defaultSeeds();
  const worker = new Worker(new URL(import.meta.url), { workerData: { seed, seeds: seedsOrDefault, current } });
  const state = { executions: 0, reason: null, heard: Date.now() };
  const failed = new Promise((done) => {
    worker.on('message', ({ executions, reason }) => {
      Object.assign(state, { executions, heard: Date.now(), reason });
      if (reason !== null) done();
    });
    worker.on('error', (error) => {
      state.reason = String(error.stack ?? error);
      done();
    });
  });
  const until = Date.now() + 1000 * seconds;
  while (state.reason === null && Date.now() < until) {
    await Promise.race([
      failed,
      new Promise((done) => setTimeout(done, Math.min(500, Math.max(1, until - Date.now())))),
    ]);
    if (Date.now() - state.heard > 1000 * HUNG_SECONDS) state.reason = `no end after ${HUNG_SECONDS} s`;
    const { rss } = process.memoryUsage();
    if (rss > MOST_MEMORY) state.reason ??= `the process has ${(rss / 1e6).toFixed(0)} MB`;
  }
  await worker.terminate();
  if (state.reason === null) return { executions: state.executions, seed, failure: null };
  const octets = new Uint32Array(current, 0, 1)[0];
  const input = Uint8Array.from(new Uint8Array(current, 8, octets));
  const digest = createHash('sha256').update(input).digest('hex').slice(0, 12);
  const path = resolve(join(failures, `failing-container-${digest}`));
  mkdirSync(failures, { recursive: true });
  writeFileSync(path, input);
  return { executions: state.executions, seed, failure: { path, reason: state.reason } };
}

// --- in the thread -----------------------------------------------------------------------------------------------

async function fuzzForEver({ seed, seeds, current }) {
  const read = await reader();
  const random = randomNumbers(seed);
  const length = new Uint32Array(current, 0, 1);
  const bytes = new Uint8Array(current, 8);
  for (let executions = 0; ; executions++) {
    if (executions % CHUNK === 0) parentPort.postMessage({ executions, reason: null });
    const input = spoiled(seeds, random);
    length[0] = input.length;
    bytes.set(input);
    const portion = random(3) === 0 ? 1 + random(600) : Number.POSITIVE_INFINITY;
    const reason = await read(input, portion);
    if (reason !== null) return parentPort.postMessage({ executions, reason });
  }
}

/** @returns what reads an input: null if that went as it should, else what went wrong */
async function reader() {
  const built = (path) => import(new URL(`../dist/${path}`, import.meta.url).href);
  const [{ runPass }, { PackedBytes }, { PackedSource }, { compressionOf }, { CaptureError, UsageError }] =
    await Promise.all(
      ['engine/run-pass.js', 'sources/packed-bytes.js', 'sources/packed.js', 'sources/compression.js', 'errors.js'].map(
        built,
      ),
    );
  return async (bytes, portion) => {
    try {
      const packed = new PackedBytes(memorySource(bytes, portion));
      const compression = await compressionOf(packed);
      const source =
        compression === null ? memorySource(bytes, portion) : new PackedSource('input', compression, packed);
      const options = { localMacs: [], maxFlows: 4096, skewSeconds: 0 };
      const { inputs, totals } = await runPass({ inputs: [{ portName: null, source, partial: false }], ...options });
      for (const { damage } of inputs) {
        if (damage !== null && (damage.reason === '' || damage.offset < 0 || damage.framesBefore > totals.frames)) {
          return `damage that makes no sense: ${JSON.stringify(damage)}`;
        }
      }
      return null;
    } catch (error) {
      if (error instanceof UsageError) return null; // more ports than there may be
      if (!(error instanceof CaptureError)) return String(error.stack ?? error);
      return error.where.source === 'input' ? null : `an error about no input: ${error.message}`;
    }
  };
}

function memorySource(bytes, portion) {
  let at = 0;
  return {
    name: 'input',
    size: bytes.length,
    read(into) {
      const n = Math.min(portion, into.length, bytes.length - at);
      into.set(bytes.subarray(at, at + n));
      at += n;
      return n;
    },
    close() {},
  };
}

/** Whole numbers below n, the same for the same seed: xorshift32. */
function randomNumbers(seed) {
  let state = seed >>> 0 || 1;
  return (n) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  };
}

// Where lengths turn over, and what is just too much for a record, a buffer, a block.
const EXTREMES = [0, 1, 3, 4, 11, 0x7f, 0xff, 0x7fff, 0xffff, 0x40000, 0x40001, 0x400000, 0x7fffffff, 0x80000000];

function spoiled(seeds, random) {
  let bytes = Buffer.from(seeds[random(seeds.length)]);
  for (let changes = 1 + random(8); changes > 0 && bytes.length > 0; changes--) {
    const at = random(bytes.length);
    const end = Math.min(bytes.length, at + 1 + random(random(2) === 0 ? 16 : 400));
    const kind = random(8);
    if (kind < 2) bytes[at] ^= 1 << random(8);
    else if (kind === 2) bytes[at] = random(256);
    else if (kind === 3) bytes = writeNumber(bytes, at, random);
    else if (kind === 4) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
    else if (kind === 5) bytes = Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
    else if (kind === 6) bytes = spliced(bytes, at, seeds, random);
    else if (random(3) === 0) bytes = bytes.subarray(0, at);
  }
  return bytes.subarray(0, LARGEST);
}

function writeNumber(bytes, at, random) {
  const extreme = EXTREMES[random(EXTREMES.length)];
  const value = random(2) === 0 ? extreme : (0xffffffff - extreme) >>> 0;
  if (random(2) === 0 && at + 4 <= bytes.length) {
    if (random(2) === 0) bytes.writeUInt32LE(value, at);
    else bytes.writeUInt32BE(value, at);
  } else if (at + 2 <= bytes.length) bytes.writeUInt16LE(value & 0xffff, at);
  return bytes;
}

function spliced(bytes, at, seeds, random) {
  const other = seeds[random(seeds.length)];
  const from = random(other.length);
  const piece = other.subarray(from, from + random(600));
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(random(2) === 0 ? at : at + piece.length)]);
}

if (!isMainThread && workerData?.current !== undefined) await fuzzForEver(workerData);
else if (isMain(import.meta.url)) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seconds: { type: 'string' }, seed: { type: 'string' }, failures: { type: 'string' } },
  });
  const { buildIfChanged } = await import('./build.js');
  await buildIfChanged();
  const numbers = Object.fromEntries(
    ['seconds', 'seed'].filter((name) => name in values).map((name) => [name, Number(values[name])]),
  );
  if (positionals.length > 0) {
    const read = await reader();
    for (const path of positionals)
      console.log(`${path}: ${(await read(readFileSync(path), Number.POSITIVE_INFINITY)) ?? 'as it should be'}`);
  } else {
    const { executions, seed, failure } = await fuzzContainers({
      ...numbers,
      ...(values.failures ? { failures: values.failures } : {}),
    });
    console.log(`containers: ${executions} executions, seed ${seed}`);
    if (failure !== null) {
      console.log(`FAILED: ${failure.path}\n${failure.reason}`);
      process.exitCode = 1;
    }
  }
}
