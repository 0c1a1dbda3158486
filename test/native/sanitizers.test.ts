/**
 * The engine under AddressSanitizer and UndefinedBehaviorSanitizer: captures whole, in every scheduling, frame by frame, and
 * cut. LACPSCOPE_CUTS=1 tries every cut, else every fifth; which ones moves with the sources, not with chance.
 */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CaptureError, UsageError } from '../../src/errors.js';
import { passOf } from '../helpers/engine-pass.js';
import { builtNative, captureFolders, capturesIn, corpus } from '../helpers/native.js';

const replay = builtNative('replay');
const share = process.env.LACPSCOPE_CUTS ?? '5';
const PROCESSES = 2;

interface Replayed {
  readonly path: string;
  readonly frames: number;
  readonly octets: number;
  readonly flows: number;
}

async function run(paths: readonly string[]): Promise<Replayed[]> {
  if ('reason' in replay || paths.length === 0) return [];
  const { stdout } = await promisify(execFile)(replay.path, ['--share', share, ...paths], { maxBuffer: 1 << 26 });
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [path, frames, octets, flows] = line.split('\t');
      return { path: path!, frames: Number(frames), octets: Number(octets), flows: Number(flows) };
    });
}

/** What the wasm module counts in the same file; null where the command refuses it, or does not read its link type. */
async function counted(path: string) {
  try {
    const { totals, flows, inputs } = await passOf({ a: new Uint8Array(readFileSync(path)) }, { maxFlows: 1 << 17 });
    if (inputs.some((input) => input.linkType !== 'EN10MB')) return null;
    return { path, frames: totals.frames, octets: totals.octets, flows: flows.count };
  } catch (error) {
    if (error instanceof CaptureError || error instanceof UsageError) return null;
    throw error;
  }
}

describe.skipIf('reason' in replay)(`sanitizers${'reason' in replay ? `: ${replay.reason}` : ''}`, () => {
  it('find nothing in samples, captures and corpus, and the harness feeds the engine as the product does', async () => {
    const paths = [...captureFolders().flatMap(capturesIn), ...corpus()];
    expect(paths).not.toEqual([]);
    const parts = Array.from({ length: PROCESSES }, (_, part) => paths.filter((_, i) => i % PROCESSES === part));
    const replayed = (await Promise.all(parts.map(run))).flat();
    expect(replayed).toHaveLength(paths.length);
    for (const file of replayed) expect((await counted(file.path)) ?? file, file.path).toEqual(file);
  });
});
