/** A short run of `npm run calibrate -- --set pingpong`. */

import { beforeAll, describe, expect, it } from 'vitest';
import type { JudgedStream } from './judge-streams.js';
import { accusations, numbered, simulatePingPong } from './ping-pong.js';

describe('simulated flows with sequence numbers, 60 and 300 segments', () => {
  let judged: JudgedStream[] = [];
  beforeAll(async () => {
    judged = await simulatePingPong(1, 8, { lengths: [60, 300], numberings: ['sequence'] });
  });
  const found = (isPingPong: boolean, clockNs: number) => accusations(judged, numbered(isPingPong, clockNs));

  it('are not accused if they keep to a port, stray, move, or are seen twice', () => {
    for (const clockNs of [0, 5e5, 5e6]) expect(found(false, clockNs)).toEqual({ accused: 0, flows: 2 * 3 * 6 * 8 });
  });

  it('are all found if every segment takes another port, or any', () => {
    expect(found(true, 0)).toEqual({ accused: 2 * 3 * 2 * 8, flows: 2 * 3 * 2 * 8 });
  });

  it('are all found whatever the clocks', () => {
    for (const clockNs of [5e5, 5e6]) {
      const { accused, flows } = found(true, clockNs);
      expect(accused).toBe(flows);
    }
  });
});
