/** Two minutes of npm run fuzz. LACPSCOPE_FUZZ_SECONDS: another time for each target. */

import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { builtNative } from '../helpers/native.js';

const SECONDS = process.env.LACPSCOPE_FUZZ_SECONDS ?? '45';
const target = builtNative('fuzz-frames');
const why = 'reason' in target ? `: ${target.reason}` : '';

it.skipIf('reason' in target)(`random frames and captures break nothing in the engine${why}`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lacpscope-fuzz-'));
  let failed = true;
  try {
    const script = join(import.meta.dirname, '../../scripts/fuzz.js');
    // Two processes, one for each target, whatever the number of cores.
    const args = [script, '--seconds', SECONDS, '--jobs', '2', '--folder', folder];
    const run = promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 26 });
    const { stdout } = await run.catch((error: { stdout: string }) => error); // says what failed
    expect(stdout).toContain('Nothing failed.');
    expect(await readdir(join(folder, 'failures'))).toEqual([]);
    failed = false;
  } finally {
    if (!failed) rmSync(folder, { recursive: true, force: true }); // else the input that fails is in it
  }
});
