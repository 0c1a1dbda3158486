/** What the document names as a flow's display filter finds the frames of that flow in Wireshark, and no others. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { displayFilter } from '../../src/flows/flow-name.js';
import { passOf } from '../helpers/engine-pass.js';
import { pcap } from '../helpers/frames.js';
import { stackedFrame } from '../helpers/stacked-frames.js';
import { noTshark, tshark } from '../helpers/tshark.js';

const folder = mkdtempSync(join(tmpdir(), 'lacpscope-filter-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(noTshark)('display filters (skipped where tshark is missing)', () => {
  it('find the first frame of every flow, of any stack of headers', async () => {
    const frames = fc.sample(stackedFrame, { numRuns: 60, seed: 4 });
    const path = join(folder, 'frames.pcap');
    const bytes = pcap(frames.map((frame, i) => ({ ns: BigInt(i), bytes: frame })));
    writeFileSync(path, bytes);
    const { flows } = await passOf({ a: bytes });
    expect(flows.count).toBeGreaterThan(50);
    for (let flow = 0; flow < flows.count; flow++) {
      const filter = displayFilter(flows, flow, flows.frames(flow) === flows.wholeFrames(flow));
      const found = tshark(path, filter, ['frame.number']).map(([n]) => Number(n));
      expect(found, filter).toContain(flows.firstFrame(flow));
      expect(found.length, filter).toBeLessThan(6);
    }
  });
});
