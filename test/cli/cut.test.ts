import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { CaptureError } from '../../src/errors.js';
import { capture, recordEdges } from './lacpscope.js';

// Every byte of the file header and of the first record, and around the edges of those that follow.
const whole = capture('igb0.pcap').subarray(0, 3072);
const edges = recordEdges(whole).filter((at) => at <= whole.length);
const around = edges.flatMap((at) => [at - 1, at, at + 1, at + 8, at + 16, at + 17]);
const cuts = [...new Set([...Array(140).keys(), ...around])].filter((at) => at <= whole.length);

const folder = mkdtempSync(join(tmpdir(), 'lacpscope-cut-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function outcome(cut: number): Promise<string> {
  const path = join(folder, 'igb0.pcap');
  writeFileSync(path, whole.subarray(0, cut));
  try {
    const { inputs } = await analyze({ inputs: [{ name: null, path }], maxFlows: 1000 });
    return `${inputs[0]!.frames} frames, ${inputs[0]!.complete ? 'whole' : 'cut'}`;
  } catch (error) {
    if (error instanceof CaptureError) return 'refused';
    throw error;
  }
}

function expected(cut: number): string[] {
  if (cut < edges[0]!) return ['refused'];
  const frames = edges.filter((at) => at <= cut).length - 1;
  const said = `${frames} frames, ${edges.includes(cut) ? 'whole' : 'cut'}`;
  return frames === 0 && !edges.includes(cut) ? [said, 'refused'] : [said];
}

describe('a capture cut off at any byte', () => {
  it('is refused, or read up to its last whole record', { timeout: 180_000 }, async () => {
    const wrong: string[] = [];
    for (const cut of cuts) {
      const said = await outcome(cut);
      if (!expected(cut).includes(said)) wrong.push(`cut at ${cut}: ${said}; expected ${expected(cut).join(' or ')}`);
    }
    expect(cuts.length).toBeGreaterThan(200);
    expect(wrong).toEqual([]);
  });
});
