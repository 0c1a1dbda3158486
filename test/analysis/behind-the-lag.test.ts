/** What routers behind the LAG, and fragments, make of a connection: nothing is said that holds only without them. */
import { expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { frame, pcap } from '../helpers/frames.js';
import { withFiles } from '../helpers/temporary-files.js';

interface Sent {
  readonly port: number;
  readonly ms: number;
  readonly bytes: Uint8Array;
}

const START = 1_700_000_000_000_000_000n;

function analyzed(sent: readonly Sent[], ports: number) {
  const files = Array.from({ length: ports }, (_, port) => {
    const own = sent.filter((each) => each.port === port).sort((a, b) => a.ms - b.ms);
    return [`igb${port}.pcap`, pcap(own.map(({ ms, bytes }) => ({ ns: START + BigInt(Math.round(ms * 1e6)), bytes })))];
  });
  return withFiles(Object.fromEntries(files), (paths) =>
    analyze({ inputs: paths.map((path) => ({ name: null, path })), local: ['02:00:00:00:00:0a'] }),
  );
}

it('two routers that take turns lose nothing', async () => {
  const sent = Array.from({ length: 6 }, (_, client) =>
    Array.from({ length: 400 }, (_, i): Sent[] => {
      const [srcIp, srcPort] = [`198.51.100.${client + 1}`, 4000 + client];
      const ms = i * 2 + client / 10;
      const router = i % 2; // each has its own MAC address, and so its own link
      const data = frame({ src: `3${router}`, dst: '0a', srcIp, srcPort, seq: 1 + i * 1000, payload: 1000, id: i + 1 });
      const ends = { src: '0a', dst: '30', srcIp: '192.0.2.10', dstIp: srcIp, srcPort: 5201, dstPort: srcPort };
      const answer = frame({ ...ends, ack: 1 + (i + 1) * 1000 });
      return [
        { port: 1 + router, ms, bytes: data },
        ...(router === 1 ? [{ port: 0, ms: ms + 0.05, bytes: answer }] : []),
      ];
    }),
  ).flat(2);
  const { findings, quality, directions } = await analyzed(sent, 3);
  expect(quality.ackedGaps).toBe(0);
  expect(directions.ingress.ports.map(({ tcp }) => tcp?.missed ?? 0)).toEqual([0, 0, 0]);
  expect(findings.map(({ id }) => id)).not.toContain('capture-gaps');
  expect(directions.ingress.pingPong).toEqual([]);
});

it('fragments dealt out are not one flow that stays on its link', async () => {
  const sent = Array.from({ length: 200 }, (_, i): Sent[] => [
    { port: i % 4, ms: i * 2, bytes: frame({ protocol: 'udp', id: i + 1, payload: 1472, more: true }) },
    { port: (i + 1) % 4, ms: i * 2 + 0.01, bytes: frame({ protocol: 'udp', id: i + 1, payload: 500, offset: 1480 }) },
  ]).flat();
  const { findings, directions } = await analyzed(sent, 4);
  expect(directions.ingress.topFlows[0]!.onPorts).toBe(4);
  expect(findings.map(({ id }) => id)).not.toContain('flows-single');
});
