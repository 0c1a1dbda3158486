import { describe, expect, it } from 'vitest';
import type { Direction } from '../../src/document/schema.js';
import { analyzePaced, type PacedFlow } from '../helpers/paced-captures.js';

const LINK = 10e6;
const GOODPUT = 1514 / 1538; // of the rate on the wire, without preamble, FCS and gap

async function phasesIn(flows: readonly PacedFlow[]): Promise<Direction['phases']> {
  return (await analyzePaced(3, flows, { rate: LINK })).directions.ingress.phases;
}

const share = (bitsPerSecond: number | null) =>
  bitsPerSecond === null ? null : Math.round((100 * bitsPerSecond) / LINK / GOODPUT);
const summary = ({ list }: Direction['phases']) =>
  list.map(({ bitsPerSecond, ports, flows }) => ({
    sum: share(bitsPerSecond),
    ports: ports.map(({ port, flows: n, jain }) => [port, n, jain === null ? null : Number(jain.toFixed(2))]),
    flows: flows.map((each) => share(each.bitsPerSecond)),
  }));

/** The client's test that begins and ends at these seconds, at this part of a link. */
const test = (client: number, port: number, of: number, from: number, to: number): PacedFlow => ({
  client,
  port,
  wireBitsPerSecond: of * LINK,
  from,
  to,
  srcPort: 40_000 + from,
});

describe('phases', () => {
  it('tell one client from two and three, a new test each time', async () => {
    const phases = await phasesIn([
      test(20, 0, 0.98, 0, 4),
      ...[20, 21].map((client) => test(client, 0, 0.49, 5, 9)),
      ...[20, 21, 22].map((client) => test(client, 0, 0.327, 10, 14)),
    ]);
    expect(phases.reason).toBeNull();
    expect(summary(phases)).toEqual([
      { sum: 98, ports: [['igb0', 1, 1]], flows: [98] },
      { sum: 98, ports: [['igb0', 2, 1]], flows: [49, 49] },
      { sum: 98, ports: [['igb0', 3, 1]], flows: [33, 33, 33] },
    ]);
    expect(phases.list[0]!.ports[0]!.utilisation).toBeCloseTo(0.98, 1);
    expect(phases.flows[0]).toMatchObject({ port: 'igb0', evidence: { source: 'igb0.pcap', frame: 1 } });
  });

  it('say how uneven it was, and who had a link alone', async () => {
    const phases = await phasesIn([test(20, 0, 0.6, 0, 5), test(21, 0, 0.2, 0, 5), test(22, 1, 0.9, 0, 5)]);
    expect(summary(phases)).toEqual([
      {
        sum: 170,
        ports: [
          ['igb0', 2, 0.8],
          ['igb1', 1, 1],
        ],
        flows: expect.arrayContaining([90, 60, 20]),
      },
    ]);
  });

  it('take off what is known of the others', async () => {
    // The first goes on through all; the second comes for the middle: 0.9, then 0.4 and 0.5 on one link.
    const first = [test(20, 0, 0.9, 0, 4), { ...test(20, 0, 0.4, 4, 8), srcPort: 40_000 }];
    const phases = await phasesIn([...first, test(21, 0, 0.5, 4, 8)]);
    expect(summary(phases).map(({ flows }) => flows)).toEqual([[90], [40, 50]]);
  });

  it('take starts that follow each other closely for one', async () => {
    const clients = [20, 21, 22].map((client, n) => ({ ...test(client, 0, 0.3, 0, 4 + 0.4 * n), from: 0.4 * n }));
    expect(summary(await phasesIn(clients)).map(({ flows }) => flows)).toEqual([[30, 30, 30]]);
  });

  it('give no rate to a flow whose port carries much else', async () => {
    const small = Array.from({ length: 20 }, (_, n) => ({ ...test(100 + n, 0, 0.03, 0, 8), srcPort: n + 1 }));
    const through = [test(20, 0, 0.3, 0, 8), test(21, 1, 0.3, 0, 4)];
    const phases = await phasesIn([...through, ...small]);
    // The first goes on when the second has gone: of the whole of its life alone the octets are known.
    expect(summary(phases)[0]!.flows).toEqual([null, 30]);
    expect(summary(await phasesIn(through))[0]!.flows).toEqual([30, 30]);
  });

  it('can’t tell the rates of two that both go on through several phases', async () => {
    const phases = await phasesIn([test(20, 0, 0.3, 0, 9), test(21, 0, 0.3, 3, 9), test(22, 0, 0.3, 6, 9)]);
    expect(summary(phases)).toEqual([
      { sum: 30, ports: [['igb0', 1, 1]], flows: [30] },
      { sum: 60, ports: [['igb0', 2, null]], flows: [null, null] },
      { sum: 90, ports: [['igb0', 3, null]], flows: [null, null, 30] },
    ]);
  });

  it('can’t be told of flows that pause', async () => {
    const phases = await phasesIn([{ ...test(20, 0, 0.9, 0, 12), bursts: [2, 2] }, test(21, 1, 0.2, 3, 9)]);
    expect(phases.list).toEqual([]);
    expect(phases.reason).toContain('can’t be told');
  });

  it('can’t be told where somebody comes or goes all the time', async () => {
    const many = Array.from({ length: 20 }, (_, n) => ({
      ...test(20 + n, 0, 0.3, n * 0.4, n * 0.4 + 1.2),
      srcPort: n + 1,
    }));
    const phases = await phasesIn(many);
    expect(phases).toMatchObject({ list: [], reason: expect.stringContaining('came and went') });
  });

  it('need large flows', async () => {
    expect(await phasesIn([test(20, 0, 0.02, 0, 5)])).toMatchObject({ flows: [], list: [] });
  });
});
