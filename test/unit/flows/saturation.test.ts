import { describe, expect, it } from 'vitest';
import { INGRESS } from '../../../src/engine/pass.js';
import { saturationOf } from '../../../src/flows/saturation.js';
import type { WireLoad } from '../../../src/flows/wire-load.js';
import { buildPass } from '../../helpers/pass-builder.js';

const LINK = 1e9;

/** Ten seconds of a load that is known within bounds, as shares of the link; the other port is idle. */
function saturation(
  load: Record<Exclude<keyof WireLoad, 'peak'>, number>,
  intervalSeconds = 1,
  seconds = intervalSeconds,
) {
  const of = (share: number) => new Float64Array(10).fill(share * LINK);
  const wire = [load, { atLeast: 0, likely: 0, atMost: 0 }].map(
    ({ atLeast, likely, atMost }): WireLoad => ({
      ...{ atLeast: of(atLeast), likely: of(likely), atMost: of(atMost) },
      peak: { bitsPerSecond: atMost * LINK, seconds },
    }),
  );
  const series = [0, 1].map(() => [0, 1].map(() => new Array<number>(10).fill(1000)));
  const pass = buildPass({ ports: ['igb0', 'igb1'], seriesOctets: series, seriesFrames: series, intervalSeconds });
  const rates = [0, 1].map(() => ({ bitsPerSecond: LINK, basis: 'given' as const }));
  return saturationOf(pass, INGRESS, { members: [0, 1], rates, wire, lives: [], isComplete: true });
}

describe('saturationOf, where offload leaves open how frames were cut', () => {
  it('says full if it is so however they were cut', () => {
    expect(saturation({ atLeast: 0.943, likely: 1, atMost: 1 })).toMatchObject({
      verdict: 'full',
      ports: [{ port: 'igb0', fullSeconds: 10 }, { fullSeconds: 0 }],
    });
  });

  it('says neither full nor free if it may be both', () => {
    expect(saturation({ atLeast: 0.88, likely: 0.96, atMost: 0.97 }).verdict).toBe('bursts');
    expect(saturation({ atLeast: 0.8, likely: 0.85, atMost: 0.91 }).verdict).toBe('bursts');
    expect(saturation({ atLeast: 0.8, likely: 0.85, atMost: 0.89 }).verdict).toBe('none-full');
  });

  it('says full of long intervals too, but not free', () => {
    expect(saturation({ atLeast: 0.96, likely: 0.96, atMost: 0.97 }, 8)).toMatchObject({ verdict: 'full', window: 8 });
    expect(saturation({ atLeast: 0.1, likely: 0.1, atMost: 0.1 }, 8).verdict).toBe('unknown');
  });

  it('says free of long intervals if the busiest of shorter ones is known', () => {
    expect(saturation({ atLeast: 0.1, likely: 0.1, atMost: 0.89 }, 8, 0.8)).toMatchObject({
      ...{ verdict: 'none-full', interval: 0.8 },
      ports: [{ busiestInterval: 0.89 }, { busiestInterval: 0 }],
    });
    expect(saturation({ atLeast: 0.1, likely: 0.1, atMost: 0.91 }, 8, 0.8).verdict).toBe('unknown');
  });
});
