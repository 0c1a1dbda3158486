/** Clocks of ports that differ: found from answers that come before their questions. */
import { describe, expect, it } from 'vitest';
import { measureSkew } from '../../src/flows/skew.js';
import { analyzeTransfers, type Transfer } from '../helpers/tcp-traffic.js';

const PORTS = 4;
const TURNAROUND = 0.0001; // seconds, of the traffic below

const transfers = Array.from(
  { length: 48 },
  (_, t): Transfer => ({
    ...{ client: 1 + (t >> 2), srcPort: 5000 + t, segments: 90 },
    ...{ dataPort: t % PORTS, answerPort: (t + 1 + (t >> 4)) % PORTS },
  }),
);
const skewOf = async (clocksUs: readonly number[], options: object = {}) =>
  (await analyzeTransfers(transfers, PORTS, { clocksUs, ...options })).quality;

describe('clocks of the ports', () => {
  it('are assumed to agree within a millisecond where nothing says otherwise', async () => {
    for (const clocksUs of [[], [0, 300, -300, 0]]) {
      expect((await skewOf(clocksUs)).skew).toEqual({ bound: 0.001, basis: 'assumed' });
    }
  });

  it.each([2000, 5000, -20_000])('%s us apart are measured, and the bound holds', async (us) => {
    const { skew, limits, verdict } = await skewOf([0, us, 0, 0]);
    expect(skew.basis).toBe('measured');
    expect(skew.bound).toBeGreaterThanOrEqual(Math.abs(us) / 1e6);
    expect(skew.bound).toBeLessThan(Math.abs(us) / 1e6 + 2 * TURNAROUND);
    expect(limits.join(' ')).toContain('clocks');
    expect(verdict).toBe('limited');
  });

  it('are as the user says where he does', async () => {
    expect((await skewOf([0, 5000, 0, 0], { skewSeconds: 0.002 })).skew).toEqual({ bound: 0.002, basis: 'given' });
  });
});

describe('measureSkew', () => {
  const ms = (...values: number[]) => values.map((value) => value * 1e6);

  it('believes three connections, not two', () => {
    const pair = (leastNs: number[]) => [{ from: 0, to: 1, count: 30, leastNs }];
    expect(measureSkew(pair(ms(-900, -800, 0.1)), 0.001)).toBeNull();
    expect(measureSkew(pair(ms(-5, -4.9, -4.8)), 0.001)?.seconds).toBeCloseTo(0.0058, 9);
  });

  it('says nothing of few connections, nor of answers on the port of the question', () => {
    expect(measureSkew([{ from: 0, to: 1, count: 19, leastNs: ms(-5, -5, -5) }], 0.001)).toBeNull();
    expect(measureSkew([{ from: 2, to: 2, count: 99, leastNs: ms(-5, -5, -5) }], 0.001)).toBeNull();
  });
});
