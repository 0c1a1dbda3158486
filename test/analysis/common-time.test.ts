/** Captures that were begun by hand, one port after the other. */
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { frame, pcap } from '../helpers/frames.js';
import { withFiles } from '../helpers/temporary-files.js';

const START = 1_700_000_000_000_000_000n;
const SERVER = { mac: '0a', ip: '192.0.2.10' };

/** Connections of ten frames each way, one after the other for 40 s; data on port 0, answers on port 1. */
function connections(): { us: number; port: number; bytes: Uint8Array }[] {
  return Array.from({ length: 40 }, (_, n) => {
    const host = { mac: `${(n % 8) + 20}`, ip: `192.0.2.${(n % 8) + 20}`, tcp: 40_000 + n };
    return Array.from({ length: 10 }, (_, i) => {
      const us = n * 1e6 + i * 50_000;
      const there = { src: host.mac, dst: SERVER.mac, srcIp: host.ip, dstIp: SERVER.ip, srcPort: host.tcp };
      const back = { src: SERVER.mac, dst: host.mac, srcIp: SERVER.ip, dstIp: host.ip, dstPort: host.tcp };
      return [
        { us, port: 0, bytes: frame({ ...there, dstPort: 5201, seq: 1 + i * 100, payload: 100, id: i }) },
        { us: us + 100, port: 1, bytes: frame({ ...back, srcPort: 5201, ack: 101 + i * 100, id: i }) },
      ];
    }).flat();
  }).flat();
}

async function oneSided(isCaptured: (port: number, us: number) => boolean): Promise<boolean> {
  const files = [0, 1].map((port) => {
    const own = connections().filter((each) => each.port === port && isCaptured(port, each.us));
    return [`igb${port}.pcap`, pcap(own.map(({ us, bytes }) => ({ ns: START + BigInt(us) * 1000n, bytes })))];
  });
  const { findings } = await withFiles(Object.fromEntries(files), (paths) =>
    analyze({ inputs: paths.map((path) => ({ name: null, path })), local: ['02:00:00:00:00:0a'] }),
  );
  return findings.some(({ id }) => id === 'capture-port-missing');
}

describe('a port is missing', () => {
  it('not because its capture began or ended at another time', async () => {
    expect(await oneSided(() => true)).toBe(false);
    expect(await oneSided((port, us) => port === 0 || us >= 10e6)).toBe(false);
    expect(await oneSided((port, us) => port === 0 || us < 25e6)).toBe(false);
  });

  it('where answers are lacking although all ports were being captured', async () => {
    const isElsewhere = (us: number) => Math.floor(us / 1e6) % 3 === 1;
    expect(await oneSided((port, us) => port === 0 || !isElsewhere(us))).toBe(true);
  });
});
