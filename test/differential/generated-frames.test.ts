/** Frames of any stack of headers: the engine and tshark read the same. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { differences } from '../helpers/compare-dissection.js';
import { dissect } from '../helpers/dissect.js';
import { pcap } from '../helpers/frames.js';
import { stackedFrame } from '../helpers/stacked-frames.js';
import { noTshark } from '../helpers/tshark.js';
import { readingOf, tsharkFrames } from '../helpers/tshark-layers.js';

const folder = mkdtempSync(join(tmpdir(), 'lacpscope-frames-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function readings(frames: readonly Uint8Array[]) {
  const path = join(folder, 'frames.pcap');
  writeFileSync(path, pcap(frames.map((bytes, i) => ({ ns: BigInt(i), bytes }))));
  return tsharkFrames(path);
}

describe.skipIf(noTshark)('generated frames (skipped where tshark is missing)', () => {
  it('have the same headers for tshark and the engine', () => {
    let compared = 0;
    let all = 0;
    fc.assert(
      fc.property(fc.array(stackedFrame, { minLength: 1, maxLength: 400, size: 'max' }), (frames) => {
        const theirs = readings(frames);
        expect(theirs.length).toBe(frames.length);
        for (const [i, frame] of theirs.entries()) {
          all++;
          if (frame.broken) continue;
          compared++;
          const stack = frame.layers.map(({ name }) => name).join(' ');
          expect(
            differences(dissect(frames[i]!, frames[i]!.length, 1), readingOf(frame)),
            `${Buffer.from(frames[i]!).toString('hex')} ${stack}`,
          ).toEqual([]);
        }
      }),
      { numRuns: 20, seed: 20_261_126, endOnFailure: true },
    );
    expect(all).toBeGreaterThan(2000);
    expect(compared).toBeGreaterThan(0.85 * all); // tshark finds fault with the payload of some
  });
});
