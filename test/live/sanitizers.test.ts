import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CAPTURES, SAMPLE } from '../cli/lacpscope.js';
import { builtNative } from '../helpers/native.js';
import { Lab, pair, whyNoLab } from './lab.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const reason = whyNoLab();
const LEAST_OCTETS = [32 + 60, 16 + 60]; // of a frame: as a block, as a record

describe.skipIf(reason !== null)(`what captures${reason === null ? '' : ` (${reason})`}`, () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.of(2);
  });
  afterAll(() => lab.close());

  it.for(['capture-threads', 'capture-memory'] as const)('%s: finds nothing', async (target, { skip }) => {
    const built = builtNative(target);
    if ('reason' in built) return skip(built.reason);
    const check = lab.start([built.path, 'p0', 'p1']);
    await check.says('listening');
    const sent = lab.send({ s0: join(SAMPLE, CAPTURES[2]!), s1: join(SAMPLE, CAPTURES[1]!) }, 3);
    lab.run('ip', 'link', 'set', 'p1', 'down');
    await check.says('p1 down');
    lab.run('ip', 'link', 'set', 'p1', 'up');
    await check.says('p1 up');
    lab.run('ip', 'link', 'del', 'p1');
    await check.says('p1 lost');
    lab.run('sh', '-c', pair(1));
    await check.says('p1 back');
    check.child.stdin!.end();
    const { status, stdout, stderr } = await check.ended();
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.not.stringContaining('Sanitizer') });
    let all = 0;
    for (const [port, least] of LEAST_OCTETS.entries()) {
      const [received, byKernel, byQueue, octets] = stdout.split('\n')[port]!.split(' ').map(Number);
      expect(octets).toBeGreaterThanOrEqual((received! - byKernel! - byQueue!) * least);
      all += received!;
    }
    expect(all).toBe(sent);
  });
});
