import { describe, expect, it } from 'vitest';
import type { AnalyzeOptions } from '../../src/analysis/options.js';
import { analyzeFrames, analyzePaced, type PacedFlow, pacedFrames } from '../helpers/paced-captures.js';

const LINK = 10e6;
const flow = (port: number, client: number, of: number, more: Partial<PacedFlow> = {}): PacedFlow => ({
  port,
  client,
  wireBitsPerSecond: of * LINK,
  to: 6,
  ...more,
});

async function judged(flows: readonly PacedFlow[], options: Partial<AnalyzeOptions> = { rate: LINK }) {
  const analysis = await analyzePaced(2, flows, options);
  const loads = analysis.findings.filter(({ id }) => id.startsWith('load-')).map(({ id }) => id);
  return { analysis, saturation: analysis.directions.ingress.saturation, loads };
}

describe('a full link', () => {
  it('is said to be full, for how long, and by whom', async () => {
    const { analysis, saturation, loads } = await judged([
      flow(0, 20, 0.6, { from: 1, to: 5 }),
      flow(0, 21, 0.38, { from: 1, to: 5 }),
      flow(1, 22, 0.3),
    ]);
    expect(saturation.verdict).toBe('full');
    const [igb0, igb1] = saturation.ports;
    expect(igb0!.fullSeconds).toBeCloseTo(4, 0);
    expect(igb0!.spans).toHaveLength(1);
    expect(igb0!.spans[0]!.utilisation).toBeCloseTo(0.98, 1);
    expect(igb0!.flows.map(({ flow: { ipSrc } }) => ipSrc)).toEqual(['192.0.2.20', '192.0.2.21']);
    expect(igb0!.flows[0]!.share).toBeCloseTo(0.6 / 0.98, 1);
    expect(igb0!.flows[0]!.evidence).toMatchObject({ source: 'igb0.pcap', frame: 1 });
    expect(igb1).toMatchObject({ fullSeconds: 0, spans: [], flows: [] });
    expect(igb1!.busiestWindow).toBeCloseTo(0.3, 1);
    const said = analysis.findings.find(({ id }) => id === 'load-link-full')!;
    expect(said).toMatchObject({ severity: 'warning', ports: ['igb0'] });
    expect(said.title).toMatch(/^Switch → server: igb0 was full for [34]\.\d s of 6\.0 s$/);
    expect(said.explanation).toContain('192.0.2.20:40000 → 192.0.2.10:5201 (about 61 %)');
    expect(said.explanation).toContain('The others had room; at their busiest: igb1 30 %.');
    expect(loads).not.toContain('load-none-full');
  });

  it('begins at 95 % on the wire, for a second', async () => {
    const other = flow(1, 22, 0.1);
    expect((await judged([flow(0, 20, 0.94), other])).saturation.verdict).toBe('bursts');
    expect((await judged([flow(0, 20, 0.965), other])).saturation.verdict).toBe('full');
    const short = await judged([flow(0, 20, 1, { from: 2, to: 2.7 }), other]);
    expect(short.saturation.verdict).toBe('bursts');
    expect(short.loads).not.toContain('load-link-full');
    expect(short.loads).not.toContain('load-none-full');
  });

  it('ends with the load: a burst in the last second does not draw it out', async () => {
    const more = flow(0, 21, 0.12, { from: 3, to: 4, srcPort: 1 });
    const { saturation } = await judged([flow(0, 20, 0.97, { from: 1, to: 4 }), more, flow(1, 22, 0.3)]);
    const [span] = saturation.ports[0]!.spans;
    expect(Number(span!.start) - 1_800_000_000).toBeCloseTo(1, 5);
    expect(Number(span!.end) - 1_800_000_000).toBeCloseTo(4, 5);
  });

  it('counts what the wire adds to short frames', async () => {
    const short = await judged([flow(0, 20, 0.97, { frameOctets: 60 }), flow(1, 22, 0.1)]);
    expect(short.saturation.ports[0]!.fullSeconds).toBeCloseTo(6, 0);
  });

  it('is not told on an assumed rate, nor is a free one', async () => {
    const { saturation, loads } = await judged([flow(0, 20, 1), flow(1, 22, 0.5)], {});
    expect(saturation).toMatchObject({ verdict: 'unknown', ports: [], sumAtOneLink: null });
    expect(loads).toEqual(['load-spread']);
  });

  it('may be every link: then the LAG gives what it can', async () => {
    const { loads } = await judged([flow(0, 20, 0.99), flow(1, 22, 0.99)]);
    expect(loads).toContain('load-all-links-full');
  });
});

describe('no full link', () => {
  it('is said with the busiest interval', async () => {
    const { analysis, saturation, loads } = await judged([flow(0, 20, 0.4), flow(1, 22, 0.2)]);
    expect(saturation.verdict).toBe('none-full');
    expect(loads).toContain('load-none-full');
    expect(analysis.findings.find(({ id }) => id === 'load-none-full')!.explanation).toMatch(
      /^In its busiest 0\.1 s igb0 carried at most 4\d % of 10 Mbit\/s \(as given\)/,
    );
  });

  it('is not said where the rate of one port is not known', async () => {
    const { saturation, loads } = await judged([flow(0, 20, 0.4), flow(1, 22, 0.2)], {
      rate: new Map([['igb0', LINK]]),
    });
    expect(saturation.verdict).toBe('unknown');
    expect(loads).not.toContain('load-none-full');
  });

  it('is not said where a port is missing: another was captured in its place', async () => {
    const twice = [flow(0, 20, 0.4), flow(1, 22, 0.2)].flatMap((each) => [each, { ...each, port: 2 }]);
    const { directions, quality, findings } = await analyzePaced(
      3,
      twice.filter(({ client, port }) => port < 2 || client === 20),
      { rate: LINK },
    );
    expect(quality.copies).toHaveLength(1);
    expect(directions.ingress.saturation.verdict).toBe('unknown');
    expect(directions.ingress.limits.map(({ verdict }) => verdict)).not.toContain('not-link-limited');
    expect(findings.map(({ id }) => id)).not.toContain('load-none-full');
  });

  it('is not said where an input is empty', async () => {
    const frames = pacedFrames(2, [flow(0, 20, 0.4), flow(1, 22, 0.2)]);
    const empty = await analyzeFrames([...frames, []], { rate: LINK });
    expect(empty.directions.ingress.saturation.verdict).toBe('unknown');
    const whole = await analyzeFrames(frames, { rate: LINK });
    expect(whole.directions.ingress.saturation.verdict).toBe('none-full');
  });

  it('is said of long intervals by the busiest of shorter ones, in which a link may be full and idle in turn', async () => {
    const few = (port: number, client: number) => flow(port, client, 0.005, { to: 1500 });
    const burst = (of: number) => flow(1, 22, of, { from: 1000.3, to: 1002.3 });
    const idle = await judged([few(0, 20), few(1, 21), burst(0.6)]);
    expect(idle.saturation.window).toBeGreaterThan(1);
    expect(idle.saturation).toMatchObject({ verdict: 'none-full', interval: 0.8 });
    expect(idle.saturation.ports[1]!.busiestInterval).toBeGreaterThan(0.6);
    expect(idle.saturation.ports[1]!.busiestInterval).toBeLessThan(0.65);
    expect(idle.analysis.findings.find(({ id }) => id === 'load-none-full')!.explanation).toMatch(
      /^In its busiest 0\.8 s igb1 carried at most 6\d % of 10 Mbit\/s/,
    );
    const busy = await judged([few(0, 20), few(1, 21), burst(0.97)]);
    expect(busy.saturation.verdict).toBe('unknown');
    expect(busy.loads).not.toContain('load-none-full');
  });

  it('is not said where the rate that was given is exceeded: that is said instead', async () => {
    const { saturation, loads } = await judged([flow(0, 20, 0.4), flow(1, 22, 0.2)], { rate: LINK / 5 });
    expect(saturation.ports.map(({ port }) => port)).toEqual(['igb1']);
    expect(saturation.verdict).not.toBe('none-full');
    expect(loads).toContain('load-rate-exceeded');
    expect(loads).not.toContain('load-link-full');
  });

  it('tells a sum that holds to one link from flows that are all on one', async () => {
    const spread = await judged([flow(0, 20, 0.5), flow(1, 21, 0.48)]);
    expect(spread.saturation.sumAtOneLink).toMatchObject({ linkBitsPerSecond: LINK });
    expect(spread.saturation.sumAtOneLink!.bitsPerSecond / LINK).toBeCloseTo(0.98, 1);
    expect(spread.loads).toContain('load-sum-at-one-link');
    const one = await judged([flow(0, 20, 0.5), flow(0, 21, 0.48), flow(1, 22, 0.01)]);
    expect(one.saturation.sumAtOneLink).toBeNull();
    const more = await judged([flow(0, 20, 0.5), flow(1, 21, 0.48), flow(1, 22, 0.3, { from: 4 })]);
    expect(more.saturation.sumAtOneLink).toBeNull();
  });

  it('does not tell it of a link that carries nearly all, nor where a port is missing', async () => {
    const nearly = await judged([flow(0, 20, 0.5), flow(0, 21, 0.43), flow(1, 22, 0.05)]);
    expect(nearly.saturation).toMatchObject({ verdict: 'bursts', sumAtOneLink: null });
    const halves = [flow(0, 20, 0.5), flow(1, 21, 0.48)];
    const unheard = await analyzeFrames([...pacedFrames(2, halves), []], { rate: LINK });
    expect(unheard.directions.ingress.saturation.sumAtOneLink).toBeNull();
  });

  it('names the other machine where all large flows are with one', async () => {
    const { analysis } = await judged([flow(0, 20, 0.5), flow(1, 20, 0.48, { srcPort: 40_001 })]);
    const said = analysis.findings.find(({ id }) => id === 'load-sum-at-one-link')!;
    expect(said.explanation).toContain('All large flows are with 192.0.2.20');
  });
});
