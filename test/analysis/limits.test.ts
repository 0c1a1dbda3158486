import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { type Captured, frame, pcap } from '../helpers/frames.js';
import { analyzePaced, type PacedFlow } from '../helpers/paced-captures.js';
import { withFiles } from '../helpers/temporary-files.js';

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
    expect(said).toBeUndefined(); // of a few of the octets: the table has it
  });

  it('is said if it is known of most of the octets', async () => {
    const full = [flow(0, 20, 0.75, { to: 4 }), flow(0, 21, 0.23, { to: 4 })];
    const { said } = await limitsOf([...full, flow(1, 22, 0.6)]);
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

describe('a receiver without room', () => {
  const CLIENT = { src: '01', dst: '0a', srcIp: '192.0.2.1', dstIp: '192.0.2.10', srcPort: 4000, dstPort: 5201 };
  const SERVER = { src: '0a', dst: '01', srcIp: '192.0.2.10', dstIp: '192.0.2.1', srcPort: 5201, dstPort: 4000 };

  /** 1,000 octets each 10 ms for 4 s; in each second the window is closed for `closedMs` after an acknowledgement. */
  async function judged(closedMs: number) {
    const [sent, answered]: Captured[][] = [[], []];
    const at = (ms: number) => 1_700_000_000_000_000_000n + BigInt(Math.round(ms * 1e6));
    for (let n = 0, seq = 1; n < 400; n++) {
      const ms = n * 10;
      if (ms % 1000 < closedMs) continue;
      sent!.push({ ns: at(ms), bytes: frame({ ...CLIENT, seq, payload: 1000, id: n + 1 }) });
      seq += 1000;
      const isLast = ms % 1000 === 990 && closedMs > 0;
      answered!.push({ ns: at(ms + 1), bytes: frame({ ...SERVER, ack: seq, window: isLast ? 0 : 8192 }) });
      if (isLast) answered!.push({ ns: at(ms + 1 + closedMs), bytes: frame({ ...SERVER, ack: seq, window: 8192 }) });
    }
    const analysis = await withFiles({ 'igb0.pcap': pcap(sent!), 'igb1.pcap': pcap(answered!) }, (paths) =>
      analyze({ inputs: paths.map((path) => ({ name: null, path })), local: ['02:00:00:00:00:0a'], rate: LINK }),
    );
    const said = analysis.findings.find(({ id }) => id === 'load-not-link-limited');
    return { limit: analysis.directions.ingress.limits[0]!, said };
  }

  it('holds a flow back if its window is closed for a good part of the time', async () => {
    const { limit, said } = await judged(300);
    expect(limit.verdict).toBe('receiver-limited');
    expect(limit.closedWindow).toMatchObject({ frames: 4, times: 4 });
    expect(limit.closedWindow!.share).toBeCloseTo(0.3, 1);
    expect(said!.explanation).toMatch(
      /Its receiver closed the window at least 4 times, for at least 3\d % of its life\./,
    );
    expect(said!.advice).toMatch(/^Look at the receiver/);
  });

  it('does not if it was closed for a moment, or never', async () => {
    expect((await judged(20)).limit).toMatchObject({ verdict: 'not-link-limited', closedWindow: { times: 4 } });
    expect((await judged(0)).limit.closedWindow).toEqual({ frames: 0, times: 0, share: 0 });
  });
});
