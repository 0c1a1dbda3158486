/** A mirror session that shows a part of the frames of three ports on a fourth. */

import { describe, expect, it } from 'vitest';
import { seeded } from '../../src/stats/random.js';
import { type Captured, frame } from '../helpers/frames.js';
import { analyzeFrames, at, SERVER } from '../helpers/paced-captures.js';

interface Mirror {
  readonly onto: number; // port
  readonly share: number; // of the frames of the other ports
  readonly lateMs: number;
  readonly hasOwn: boolean; // flows of its own
  readonly clockMs?: number; // of that port
  readonly of?: number; // of so many ports
}

/** Twelve flows a port, 100 segments each. */
async function judged({ onto, share, lateMs, hasOwn, clockMs = 0, of = 3 }: Mirror) {
  const random = seeded(5);
  const frames: Captured[][] = Array.from({ length: 4 }, () => []);
  for (let flow = 0; flow < 48; flow++) {
    const port = flow % 4;
    if (port === onto && !hasOwn) continue;
    for (let n = 0, seconds = random.below(1000) / 1e6; n < 100; n++, seconds += random.below(40_000) / 1e6) {
      const bytes = frame({
        ...{ src: '01', dst: SERVER, srcIp: `192.0.2.${20 + flow}`, dstIp: '192.0.2.10', srcPort: 40_000 + flow },
        ...{ seq: 1 + n * 1000, payload: 1000, id: 1 + n },
      });
      const ahead = (each: number) => (each === onto ? clockMs / 1e3 : 0);
      frames[port]!.push({ ns: at(seconds + ahead(port)), bytes });
      if (port === onto || port >= of || random.below(1000) >= share * 1000) continue;
      frames[onto]!.push({ ns: at(seconds + lateMs / 1e3 + ahead(onto)), bytes });
    }
  }
  const analysis = await analyzeFrames(frames, { rate: 1e9 });
  return {
    ...{ analysis, ingress: analysis.directions.ingress, mirrors: analysis.quality.mirrors },
    said: analysis.findings.find(({ id }) => id === 'capture-mirrored'),
    ids: analysis.findings.map(({ id }) => id),
  };
}

describe('frames of other ports on a member port', () => {
  it.each([
    [0.6, 0.02],
    [0.6, 4],
    [0.1, 0.02],
    [0.85, 1],
  ])('are known for copies, and are no load: a share of %d, %d ms late', async (share, lateMs) => {
    const { analysis, ingress, mirrors, said, ids } = await judged({ onto: 3, share, lateMs, hasOwn: true });
    expect(mirrors).toMatchObject([{ port: 'igb3', of: ['igb0', 'igb1', 'igb2'], hasOwn: true, isMutual: false }]);
    expect(Math.abs(mirrors[0]!.share - share)).toBeLessThan(0.05);
    expect(said).toMatchObject({ severity: 'warning', ports: ['igb3', 'igb0', 'igb1', 'igb2'] });
    // What came before the flow was seen twice is not known for copies: a frame or two of each flow.
    const loads = ingress.ports.map(({ frames }) => frames);
    expect(loads.slice(0, 3)).toEqual([1200, 1200, 1200]);
    expect(loads[3]).toBeGreaterThanOrEqual(1200);
    expect(loads[3]).toBeLessThan(1300);
    expect(ingress.ports.map(({ flows }) => flows)).toEqual([12, 12, 12, 12]);
    expect(ingress.balance.maxOverMean).toBeLessThan(1.1);
    expect(ingress.pingPong).toEqual([]);
    expect(ingress.distribution.kind).toBe('per-flow-hash');
    expect(ingress.saturation.verdict).toBe('unknown');
    expect(ingress.ports[3]!.utilisation).toBeNull();
    expect(analysis.quality.verdict).toBe('limited');
    expect(ids).not.toContain('load-none-full');
    expect(ids).not.toContain('capture-aggregate');
  });

  it('make a port that has no others no member', async () => {
    const { ingress, said, ids } = await judged({ onto: 3, share: 0.6, lateMs: 0.02, hasOwn: false });
    expect(said!.explanation).toContain('It has no others');
    expect(ingress.saturation).toMatchObject({ verdict: 'none-full' });
    expect(ingress.saturation.ports.map(({ port }) => port)).toEqual(['igb0', 'igb1', 'igb2']);
    expect(ids).not.toContain('lacp-not-a-member');
  });

  it('of a part of the members say nothing of the others', async () => {
    const { ingress, mirrors, ids } = await judged({ onto: 3, share: 0.6, lateMs: 0.02, hasOwn: false, of: 2 });
    expect(mirrors).toMatchObject([{ port: 'igb3', of: ['igb0', 'igb1'], hasOwn: false }]);
    expect(ingress.saturation.ports.map(({ port }) => port)).toEqual(['igb0', 'igb1', 'igb2']);
    expect(ids).not.toContain('lacp-not-a-member');
  });

  it('are not taken from the load of either where clocks leave open which one is the mirror', async () => {
    const { ingress, mirrors, said } = await judged({ onto: 3, share: 0.6, lateMs: 0.02, hasOwn: true, clockMs: -0.5 });
    expect(mirrors.every(({ port, isMutual }) => port === 'igb3' || isMutual || mirrors.length > 1)).toBe(true);
    expect(said).toBeDefined();
    expect(ingress.saturation.verdict).toBe('unknown');
    expect(ingress.pingPong).toEqual([]);
  });

  it('are none of a LAG without copies', async () => {
    const { mirrors, said, analysis } = await judged({ onto: 3, share: 0, lateMs: 0, hasOwn: true });
    expect([mirrors, said]).toEqual([[], undefined]);
    expect(analysis.quality.verdict).toBe('good');
  });
});
