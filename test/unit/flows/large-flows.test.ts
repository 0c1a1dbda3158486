import { describe, expect, it } from 'vitest';
import { INGRESS } from '../../../src/engine/pass.js';
import { largestLives, pausesOf } from '../../../src/flows/large-flows.js';
import { buildPass, type FlowSpec, SECOND } from '../../helpers/pass-builder.js';

describe('pausesOf', () => {
  /** @param bins gaps up to 10 µs, 100 µs, 1 ms, 10 ms, 0.1 s, 1 s, and longer */
  const pauses = (bins: readonly number[], more: FlowSpec = {}) => {
    const frames = bins.reduce((sum, n) => sum + n, 1);
    const flow = { frames, gapBins: bins, firstNs: 0, lastNs: 10 * SECOND, ...more };
    return pausesOf(buildPass({ flows: [flow] }), 0);
  };

  it('is nothing without a gap of 0.1 s', () => {
    expect(pauses([0, 0, 10_000, 0, 0, 0, 0])).toEqual({ count: 0, least: 0, most: 0 });
  });

  it('lies between the bounds of each gap', () => {
    expect(pauses([0, 0, 0, 6000, 0, 5, 0])).toEqual({ count: 5, least: 0.5, most: 4 });
    expect(pauses([0, 0, 0, 2000, 0, 9, 0])).toEqual({ count: 9, least: 0.9, most: 8 });
  });

  it('is what short gaps leave of the life, at least', () => {
    expect(pauses([0, 0, 1000, 0, 0, 0, 3])).toEqual({ count: 3, least: 9, most: 9.9 });
    // Gaps before fragments are in no bin, so they are not all of its life.
    expect(pauses([0, 0, 1000, 0, 0, 0, 3], { laterFragments: 10 }).least).toBe(3);
  });
});

describe('largestLives', () => {
  it('has a life on each port for a flow on several, most octets first, and none for broadcast', () => {
    const runs = [
      { port: 0, frames: 30, firstNs: 0, lastNs: SECOND },
      { port: 1, frames: 10, firstNs: 2 * SECOND, lastNs: 3 * SECOND },
    ];
    const pass = buildPass({
      flows: [{ mover: { runs } }, { port: 2, octets: 2000, srcPort: 1 }, { dstMac: 0xffffffffffff, octets: 9999 }],
    });
    expect(largestLives(pass, INGRESS).map(({ flow, port, octets }) => [flow, port, octets])).toEqual([
      [0, 0, 3000],
      [1, 2, 2000],
      [0, 1, 1000],
    ]);
  });
});
