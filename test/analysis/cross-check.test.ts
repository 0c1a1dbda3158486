import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { crossCheck } from '../../src/analysis/cross-check.js';
import type { InputSummary } from '../../src/engine/pass.js';
import { passOf } from '../helpers/engine-pass.js';
import { frame, pcap, pcapng } from '../helpers/frames.js';

const folder = mkdtempSync(join(tmpdir(), 'lacpscope-cross-check-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const frames = Array.from({ length: 20 }, (_, i) => ({ ns: BigInt(i) * 1_000_000n, bytes: frame({ payload: i }) }));
const usual = pcap(frames, { nanoseconds: false });

async function resultOf(bytes: Uint8Array, input: Partial<InputSummary> = {}) {
  const path = join(folder, 'a.pcap');
  writeFileSync(path, bytes);
  const plain = input.compression === undefined ? bytes : usual;
  const [summary] = (await passOf({ 'a.pcap': plain })).inputs;
  const [check] = await crossCheck([{ ...summary!, ...input }], () => path);
  return check!.result;
}

function withVersion(major: number, minor: number): Uint8Array {
  const bytes = usual.slice();
  bytes.set([major, 0, minor, 0], 4);
  return bytes;
}

describe('the second reader', () => {
  it('agrees about a usual pcap', async () => {
    expect(await resultOf(usual)).toMatchObject({ frames: 20, agrees: true });
    expect(await resultOf(pcap(frames, { nanoseconds: false, big: true }))).toMatchObject({ frames: 20, agrees: true });
  });

  it.each([
    ['nanoseconds', pcap(frames), {}],
    ['a pcapng', pcapng([{ kind: 'section' }]), {}],
    ['a version before 2.4', withVersion(2, 1), {}],
    ['a packed capture', gzipSync(usual), { compression: 'gzip' }],
    ['a packed capture that does not look like one', usual, { compression: 'zstd' }],
    ['a damaged capture', usual.slice(0, -3), {}],
  ] as const)('is not asked about %s', async (_, bytes, input) => expect(await resultOf(bytes, input)).toBeNull());

  it('is not asked about a pipe, nor waits for one', async () => {
    const [summary] = (await passOf({ 'a.pcap': usual })).inputs;
    const pipe = join(folder, 'pipe');
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
    expect(await crossCheck([summary!], () => pipe)).toEqual([{ source: 'a.pcap', result: null }]);
    expect(await crossCheck([summary!], () => 'standard input')).toEqual([{ source: 'a.pcap', result: null }]);
  });
});
