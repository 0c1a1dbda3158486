import { describe, expect, it } from 'vitest';
import { estimateJob } from '../../../src/advice/job.js';
import { duration } from '../../../src/report/words.js';
import { fixtureAnalysis } from '../../helpers/fixture-analysis.js';

const lag = (ports: number, clients: number, linkBitsPerSecond?: number) =>
  fixtureAnalysis({
    ...{ ports, clients, connections: 1, spread: { ingress: 'all', egress: 'all' } },
    ...(linkBitsPerSecond === undefined ? {} : { linkBitsPerSecond }),
  });
const TIB = 2 ** 40;
const onOneGigabit = (octets: number) => (octets * 8) / (1e9 * (1448 / 1538));

describe('a job', () => {
  const job = estimateJob(lag(4, 4, 1e9), { octets: 16 * TIB, clients: 4 })!;
  const time = (policy: string) => job.rows.find((row) => row.policy === policy)!;

  it('takes as long as its fullest link', () => {
    expect(time('one-link').seconds).toBeCloseTo(onOneGigabit(16 * TIB), 3);
    expect(time('planned').seconds).toBeCloseTo(onOneGigabit(4 * TIB), 3);
    expect(time('separate-addresses').seconds).toBe(time('planned').seconds);
    expect(time('round-robin').seconds).toBeCloseTo(onOneGigabit(4 * TIB), 3);
    // 16 TiB over 10 Gbit/s, but each client has a link of 1 Gbit/s for its 4 TiB
    expect(time('one-faster-link').seconds).toBeCloseTo(onOneGigabit(4 * TIB), 3);
  });

  it('has the exact odds of four clients on four links where luck decides', () => {
    const { seconds, range, chances } = time('fair-hash');
    const part = onOneGigabit(4 * TIB);
    expect(seconds).toBeCloseTo((17 / 8) * part, 3);
    expect(range!.map((each) => Math.round(each / part))).toEqual([1, 3]); // 3/32 and 1/64 in the tails
    expect(chances.map((each) => each.chance)).toEqual(
      [3 / 32, 45 / 64, 3 / 16, 1 / 64].map((p) => expect.closeTo(p, 12)),
    );
  });

  it('is exact for formulas of addresses, with the clients of the capture', () => {
    // Clients are 10.20.30.1 to .4, the server 10.20.30.10: XORed with it they are 11, 8, 9 and 14, modulo 4 are 3, 0, 1, 2
    const exact = job.rows.filter(({ direction }) => direction === 'ingress');
    const blade = exact.find(({ policy, knownAs }) => [policy, ...knownAs].includes('hp-blade'))!;
    expect(blade.description).toContain('1 of 4 on one link');
    expect(blade.seconds).toBeCloseTo(onOneGigabit(4 * TIB), 3);
  });

  it('counts a client once that has addresses of both IP versions, and no address without flows', () => {
    const analysis = lag(4, 4);
    const { directions } = analysis;
    for (const [name, own] of Object.entries(directions)) {
      const more = own.peers.flatMap((peer, i) => [
        { ...peer, ip: `2001:db8::${i + 1}` },
        { ...peer, ip: `fe80::${i + 1}` },
        { ...peer, ip: null, flows: 0 },
      ]);
      own.peers = [...own.peers, ...more, { ...own.peers[0]!, ip: '10.20.30.99', flows: 0 }];
      const address = name === 'egress' ? 'ipDst' : 'ipSrc';
      own.topFlows = own.topFlows.flatMap((each, i) => [
        each,
        { ...each, flow: { ...each.flow, [address]: `2001:db8::${i + 1}` } },
      ]);
    }
    const { clients, rows } = estimateJob(analysis, { octets: TIB, clients: null })!;
    expect(clients).toBe(4);
    const alone = estimateJob(lag(4, 4), { octets: TIB, clients: null })!;
    expect(rows).toEqual(alone.rows);
  });

  it('counts all clients there are, and says when the rate is assumed', () => {
    const seen = estimateJob(lag(4, 6), { octets: TIB, clients: null })!;
    expect(seen).toMatchObject({ clients: 6, linkRateBasis: 'assumed', linkBitsPerSecond: 1e9 });
    expect(estimateJob(lag(4, 0), { octets: TIB, clients: null })).toBeNull();
    expect(
      estimateJob(lag(4, 2), { octets: TIB, clients: 300 })!.rows.every(({ direction }) => direction === null),
    ).toBe(true);
  });

  it.each([
    [0.5, '0.5 s'],
    [59, '59 s'],
    [90, '1 min 30 s'],
    [3599, '60 min'],
    [7260, '2 h 1 min'],
    [90_000, '1 d 1 h'],
    [864_000, '10 d'],
  ])('of %d s is said as %s', (seconds, text) => {
    expect(duration(seconds).replaceAll('\u00a0', ' ')).toBe(text);
  });
});
