/** Ports that have an address each: nothing of what is seen there is a hash. */
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { frame, pcap } from '../helpers/frames.js';
import { withFiles } from '../helpers/temporary-files.js';

const START = 1_700_000_000_000_000_000n;
const OWN = ['a0', 'a1', 'a2', 'a3'];

interface Choice {
  readonly mac: string; // of the server, as the client knows it
  readonly ip: string;
  readonly in: number;
  readonly out: (connection: number) => number;
  readonly sends: (port: number) => string; // the server's address on a port
}

/** 24 connections of 8 clients, twenty frames each way. */
async function analysed(choice: (client: number) => Choice, clients = 8) {
  const frames: { us: number; port: number; bytes: Uint8Array }[] = [];
  for (let n = 0; n < 24; n++) {
    const client = n % clients;
    const server = choice(client);
    const host = { mac: `${20 + client}`, ip: `192.0.2.${20 + client}`, tcp: 40_000 + 7 * n };
    for (let i = 0; i < 20; i++) {
      const us = n * 400_000 + i * 50_000;
      const there = { src: host.mac, dst: server.mac, srcIp: host.ip, dstIp: server.ip, srcPort: host.tcp };
      frames.push({ us, port: server.in, bytes: frame({ ...there, seq: 1 + i * 100, payload: 100, id: i }) });
      const out = server.out(n);
      const back = { src: server.sends(out), dst: host.mac, srcIp: server.ip, dstIp: host.ip, srcPort: 5201 };
      const bytes = frame({ ...back, dstPort: host.tcp, ack: 101 + i * 100, id: i });
      frames.push({ us: us + 100, port: out, bytes });
    }
  }
  const captures = OWN.map((_, port) => {
    const own = frames.filter((each) => each.port === port).sort((a, b) => a.us - b.us);
    return [`igb${port}.pcap`, pcap(own.map(({ us, bytes }) => ({ ns: START + BigInt(us) * 1000n, bytes })))];
  });
  return withFiles(Object.fromEntries(captures), (paths) =>
    analyze({ inputs: paths.map((path) => ({ name: null, path })) }),
  );
}

const ids = ({ findings }: Awaited<ReturnType<typeof analysed>>) => findings.map(({ id }) => id);

describe('an address for each port', () => {
  const separate = (client: number): Choice => {
    const port = client % 4;
    return { mac: OWN[port]!, ip: `192.0.2.${100 + port}`, in: port, out: () => port, sends: () => OWN[port]! };
  };
  /** Receives by the address that it gave to each client; sends by another rule, with the address of the port. */
  const balanceAlb = (client: number): Choice => ({
    ...{ mac: OWN[client % 4]!, ip: '192.0.2.100', in: client % 4 },
    ...{ out: () => (client * 3 + (client >> 2)) % 4, sends: (port: number) => OWN[port]! },
  });
  const balanceTlb = (client: number): Choice => ({ ...balanceAlb(client), mac: OWN[0]!, in: 0 });

  it.each([
    ['of separate interfaces', separate],
    ['of balance-alb', balanceAlb],
    ['of balance-tlb', balanceTlb],
  ])('%s is told, and no hash', async (_, choice) => {
    const analysis = await analysed(choice);
    expect(analysis.lag.ownAddresses.map(({ mac }) => mac.slice(-2))).toEqual(OWN);
    expect(analysis.lag.localStation).toMatchObject({ basis: 'majority' });
    expect(analysis.directions.egress.ports.every(({ frames }) => frames > 0)).toBe(true);
    expect(analysis.directions.ingress.hash).toBeNull();
    expect(analysis.directions.egress.hash).toBeNull();
    expect(ids(analysis)).toContain('load-own-addresses');
    expect(ids(analysis)).not.toContain('capture-port-missing');
    expect(ids(analysis)).not.toContain('capture-station-unknown');
  });

  it('of one client each says nothing of anybody’s choice', async () => {
    const analysis = await analysed(separate, 4);
    expect(analysis.lag.localStation.basis).toBe('unknown');
    expect([analysis.directions.ingress.hash, analysis.directions.egress.hash]).toEqual([null, null]);
    expect(ids(analysis).filter((id) => /^(load|flows|hash|capture-port)/.test(id))).toEqual([]);
  });

  it('is not seen in a static LAG that hashes MAC addresses', async () => {
    const hashed = (client: number): Choice => ({
      ...{ mac: 'a0', ip: '192.0.2.100', in: client % 4 },
      ...{ out: () => client % 4, sends: () => 'a0' },
    });
    const analysis = await analysed(hashed);
    expect(analysis.lag.ownAddresses).toEqual([]);
    expect(analysis.directions.ingress.hash).not.toBeNull();
  });

  it('is not seen between bridges, where each link has some addresses of either side', async () => {
    const bridged = (client: number): Choice => ({
      ...{ mac: `b${client}`, ip: `192.0.2.${100 + client}`, in: client % 4 },
      ...{ out: () => (client + 1) % 4, sends: () => `b${client}` },
    });
    expect((await analysed(bridged)).lag.ownAddresses).toEqual([]);
  });
});
