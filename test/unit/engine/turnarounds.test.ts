import { describe, expect, it } from 'vitest';
import { passOf } from '../../helpers/engine-pass.js';
import { type Captured, frame, pcap } from '../../helpers/frames.js';

const START = 1_700_000_000_000_000_000n;
const SYN = 0x02;
const SYN_ACK = 0x12;
const at = (us: number, bytes: Uint8Array): Captured => ({ ns: START + BigInt(us) * 1000n, bytes });

const there = (srcPort: number, flags: number) => frame({ srcPort, flags });
const back = (dstPort: number, flags: number) =>
  frame({ src: '0a', dst: '01', srcIp: '192.0.2.10', dstIp: '192.0.2.1', srcPort: 5201, dstPort, flags });

describe('time from a SYN to its answer', () => {
  it('is kept by port of both: the three shortest, also below zero', async () => {
    const waits = [900, 500, -40, 700, 60];
    const a = waits.flatMap((_, n) => [at(10_000 * n, there(1000 + n, SYN))]);
    const b = waits.map((wait, n) => at(10_000 * n + wait, back(1000 + n, SYN_ACK)));
    const { turnarounds, ports } = await passOf({ a: pcap(a), b: pcap(b) });
    expect(ports).toEqual(['a', 'b']);
    expect(turnarounds).toEqual([{ from: 0, to: 1, count: 5, leastNs: [-40_000, 60_000, 500_000] }]);
  });

  it.each([
    { what: 'the first frame is no SYN', asks: there(1000, 0x10), answers: back(1000, SYN_ACK) },
    { what: 'the answer does not acknowledge', asks: there(1000, SYN), answers: back(1000, SYN) },
    { what: 'the answer is another connection’s', asks: there(1000, SYN), answers: back(1001, SYN_ACK) },
  ])('is not taken where $what', async ({ asks, answers }) => {
    const { turnarounds } = await passOf({ a: pcap([at(0, asks)]), b: pcap([at(50, answers)]) });
    expect(turnarounds).toEqual([]);
  });

  it('is not taken of two attempts: a SYN sent again after a second, or ports that are used again', async () => {
    for (const wait of [-60_000_000, -900_000, 900_000]) {
      const a = pcap([at(100_000_000, there(1000, SYN))]);
      const b = pcap([at(100_000_000 + wait, back(1000, SYN_ACK))]);
      expect((await passOf({ a, b })).turnarounds).toEqual([]);
    }
  });

  it('is not taken of flows on several ports, and is the same whatever the order of decoding', async () => {
    const a = pcap([at(0, there(1000, SYN)), at(900, there(1000, 0x10)), at(1000, there(1001, SYN))]);
    const b = pcap([at(30, back(1000, SYN_ACK)), at(950, there(1000, 0x10)), at(1080, back(1001, SYN_ACK))]);
    for (const batch of [1, 64]) {
      for (const dissectEverything of [false, true]) {
        const scheduling = { batch, orderEverything: false, dissectEverything };
        const { turnarounds } = await passOf({ a, b }, { scheduling });
        expect(turnarounds).toEqual([{ from: 0, to: 1, count: 1, leastNs: [80_000] }]);
      }
    }
  });

  it('is found for IPv6', async () => {
    const six = (options: object) => frame({ ip: 6, ...options });
    const asks = six({ flags: SYN });
    const answers = six({
      src: '0a',
      dst: '01',
      srcIp: '10',
      dstIp: '1',
      srcPort: 5201,
      dstPort: 1000,
      flags: SYN_ACK,
    });
    const { turnarounds } = await passOf({ a: pcap([at(0, asks)]), b: pcap([at(50, answers)]) });
    expect(turnarounds).toEqual([{ from: 0, to: 1, count: 1, leastNs: [50_000] }]);
  });
});
