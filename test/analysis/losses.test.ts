/** Which link loses frames, and what only the capture lost. */
import { describe, expect, it } from 'vitest';
import type { Analysis, DirectionName } from '../../src/document/schema.js';
import { seeded } from '../../src/stats/random.js';
import { analyzeTransfers, type Transfer } from '../helpers/tcp-traffic.js';

const PORTS = 4;
const SEGMENTS = 300;

/** 32 transfers, 8 to a port; those on `bad` lose a share of their segments, the others `elsewhere`. */
function transfers(
  fate: 'before' | 'behind' | 'capture',
  {
    bad,
    share,
    elsewhere = 0,
    towardsServer = true,
  }: { bad: number; share: number; elsewhere?: number; towardsServer?: boolean },
): Transfer[] {
  return Array.from({ length: 32 }, (_, t) => {
    const random = seeded(100 + t);
    const dataPort = t % PORTS;
    const lost = Array.from({ length: SEGMENTS }, () => random.next() < (dataPort === bad ? share : elsewhere));
    const ends = { client: 1 + (t >> 2), srcPort: 5000 + t, dataPort, answerPort: (t >> 2) % PORTS, towardsServer };
    return { ...ends, segments: SEGMENTS, fate: (n) => (lost[n] && n > 0 ? fate : null) };
  });
}

const tcpOf = ({ directions }: Analysis, direction: DirectionName, port: number) =>
  directions[direction].ports[port]!.tcp!;
const found = ({ findings }: Analysis, id: string) => findings.filter((each) => each.id === id);

describe('losses', () => {
  it('before the capture are told by port, with an interval that holds the truth', async () => {
    const analysis = await analyzeTransfers(transfers('before', { bad: 2, share: 0.02 }), PORTS);
    const [finding, ...others] = found(analysis, 'load-lossy-link');
    expect(finding).toMatchObject({ severity: 'warning', ports: ['igb2'] });
    expect(others).toEqual([]);
    const tcp = tcpOf(analysis, 'ingress', 2);
    expect(tcp.lossShare).toBe(tcp.repaired! / tcp.segments);
    expect(tcp.lossInterval[0]).toBeLessThan(0.02);
    expect(tcp.lossInterval[1]).toBeGreaterThan(0.02);
    expect(tcpOf(analysis, 'ingress', 1)).toMatchObject({
      lossShare: 0,
      retransmissions: 0,
      steadyFlows: 8,
      lossyFlows: 0,
    });
    expect(analysis.quality.ackedGaps).toBe(0);
  });

  it('behind the capture are told from the station’s own repeats', async () => {
    const analysis = await analyzeTransfers(transfers('behind', { bad: 1, share: 0.02, towardsServer: false }), PORTS);
    expect(found(analysis, 'load-lossy-link').map(({ ports }) => ports)).toEqual([['igb1']]);
    const tcp = tcpOf(analysis, 'egress', 1);
    expect([tcp.repaired, tcp.repeated]).toEqual([0, tcp.retransmissions]);
  });

  it('that come again without need towards the server are no loss of the link', async () => {
    const analysis = await analyzeTransfers(transfers('behind', { bad: 1, share: 0.02 }), PORTS);
    expect(tcpOf(analysis, 'ingress', 1)).toMatchObject({ lossShare: 0, repaired: 0 });
    expect(found(analysis, 'load-lossy-link')).toEqual([]);
  });

  it('on all links alike accuse none', async () => {
    for (const share of [0.005, 0.03]) {
      const analysis = await analyzeTransfers(transfers('before', { bad: 3, share, elsewhere: share }), PORTS);
      expect(found(analysis, 'load-lossy-link')).toEqual([]);
    }
  });

  it('of the capture are told from losses of the network', async () => {
    const analysis = await analyzeTransfers(transfers('capture', { bad: 0, share: 0.02 }), PORTS);
    expect(found(analysis, 'load-lossy-link')).toEqual([]);
    expect(found(analysis, 'capture-gaps')).toMatchObject([{ severity: 'warning', ports: ['igb0'] }]);
    expect(analysis.quality).toMatchObject({ ackedGaps: tcpOf(analysis, 'ingress', 0).missed, verdict: 'limited' });
    expect(analysis.quality.ackedGaps).toBeGreaterThan(30);
  });

  it('of one flow alone accuse no link', async () => {
    const all = transfers('before', { bad: -1, share: 0 });
    const one = all.map((each, t) =>
      t === 2 ? { ...each, fate: (n: number) => (n % 4 === 3 ? 'before' : null) } : each,
    );
    expect(found(await analyzeTransfers(one as Transfer[], PORTS), 'load-lossy-link')).toEqual([]);
  });

  it('of what is behind one router accuse no link, though all of it takes one', async () => {
    const all = transfers('before', { bad: 2, share: 0.02 });
    const routed = all.map((each) => (each.dataPort === 2 ? { ...each, mac: '77' } : each));
    const analysis = await analyzeTransfers(routed, PORTS);
    expect(tcpOf(analysis, 'ingress', 2)).toMatchObject({ lossyFlows: 8, lossyStations: 1 });
    expect(found(analysis, 'load-lossy-link')).toEqual([]);
  });

  it('of one far end accuse no link, however many of its flows take it', async () => {
    const all = transfers('before', { bad: 2, share: 0.02 });
    const oneHost = all.map((each) => (each.dataPort === 2 ? { ...each, client: 90 } : each));
    const analysis = await analyzeTransfers(oneHost, PORTS);
    expect(tcpOf(analysis, 'ingress', 2)).toMatchObject({ lossyFlows: 8, steadyStations: 1, lossyStations: 1 });
    expect(found(analysis, 'load-lossy-link')).toEqual([]);
  });
});
