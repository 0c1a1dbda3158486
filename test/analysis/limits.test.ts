import { describe, expect, it } from 'vitest';
import { analyzePaced, type PacedFlow } from '../helpers/paced-captures.js';

const LINK = 10e6;
const flow = (port: number, client: number, of: number, more: Partial<PacedFlow> = {}): PacedFlow => ({
  port,
  client,
  wireBitsPerSecond: of * LINK,
  to: 8,
  ...more,
});

async function limitsOf(flows: readonly PacedFlow[], rate: number | null = LINK) {
  const analysis = await analyzePaced(2, flows, rate === null ? {} : { rate });
  const { limits } = analysis.directions.ingress;
  return { limits, said: analysis.findings.find(({ id }) => id === 'load-not-link-limited') };
}

describe('what holds a large flow back', () => {
  it('is not a link that had room all the time', async () => {
    const { limits, said } = await limitsOf([flow(0, 20, 0.3), flow(1, 21, 0.2, { bursts: [0.2, 1.4] })]);
    expect(limits.map(({ verdict }) => verdict)).toEqual(['not-link-limited', 'not-link-limited']);
    expect(limits[0]).toMatchObject({ port: 'igb0', pauseShare: 0, fullShare: 0 });
    expect(limits[0]!.busiestInterval).toBeCloseTo(0.3, 1);
    expect(limits[1]!.pauseShare).toBeGreaterThan(0.6);
    expect(said!.title).toBe('Switch → server: the rate of its link does not limit any of the 2 large flows');
    expect(said!.explanation).toMatch(
      /192\.0\.2\.20:40000 → 192\.0\.2\.10:5201: 2\.9\d Mbit\/s for 8\.0 s, while igb0 was never more than 3\d % full\./,
    );
    expect(said!.explanation).toMatch(/It waited in pauses of 0\.1 s and more for at least \d\d % of its life\./);
    expect(said!.evidence).toHaveLength(2);
  });

  it('is the link where it was full and the flow had its share; of a smaller one it can’t be told', async () => {
    const { limits, said } = await limitsOf([flow(0, 20, 0.75), flow(0, 21, 0.23), flow(1, 22, 0.2)]);
    expect(limits.map(({ verdict }) => verdict)).toEqual(['link-limited', 'cant-tell', 'not-link-limited']);
    expect(said!.title).toContain('1 of the 3 large flows');
  });

  it('can’t be told where the link was full for a while', async () => {
    const { limits } = await limitsOf([flow(0, 20, 0.6), flow(0, 21, 0.38, { from: 5, to: 7 })]);
    expect(limits[0]).toMatchObject({ verdict: 'cant-tell' });
    expect(limits[0]!.fullShare).toBeGreaterThan(0.1);
  });

  it('can’t be told on a rate that is assumed', async () => {
    const { limits, said } = await limitsOf([flow(0, 20, 0.3), flow(1, 21, 0.1)], null);
    expect(limits.map(({ verdict, busiestInterval }) => [verdict, busiestInterval])).toEqual([
      ['cant-tell', null],
      ['cant-tell', null],
    ]);
    expect(said).toBeUndefined();
  });

  it('is not asked of acknowledgements, nor of what is short or small', async () => {
    const acks = flow(1, 21, 0.2, { frameOctets: 66 });
    const { limits } = await limitsOf([flow(0, 20, 0.8), acks, flow(0, 22, 0.01), flow(1, 23, 0.9, { to: 0.9 })]);
    expect(limits.map(({ flow: { ipSrc } }) => ipSrc)).toEqual(['192.0.2.20']);
  });
});
