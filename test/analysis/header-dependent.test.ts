/** Ports chosen by a field that changes from frame to frame (class P7), told from spraying and from taking turns. */
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { type Random, seeded } from '../../src/stats/random.js';
import { type Captured, type FrameOptions, frame, pcap } from '../helpers/frames.js';
import { withFiles } from '../helpers/temporary-files.js';

const START = 1_700_000_000_000_000_000n;
const FLOWS = 6;
const FRAMES = 300;

interface Sent {
  readonly fields: FrameOptions;
  readonly port: number;
}
type Sender = (n: number, random: Random, ports: number) => Sent;

async function kindsOf(send: Sender, { ports = 4, ip = 4 }: { ports?: number; ip?: 4 | 6 } = {}) {
  const captures: Captured[][] = Array.from({ length: ports }, () => []);
  const random = seeded(5);
  for (let n = 0; n < FRAMES; n++) {
    for (let flow = 0; flow < FLOWS; flow++) {
      const { fields, port } = send(n, random, ports);
      const common = { srcPort: 4000 + 17 * flow, protocol: 'udp', payload: 200, ip } as const;
      const ns = START + BigInt(n * 1_000_000 + flow * 100_000);
      captures[port]!.push({ ns, bytes: frame({ ...common, ...fields }) });
    }
  }
  const files = Object.fromEntries(captures.map((own, port) => [`igb${port}.pcap`, pcap(own)]));
  const analysis = await withFiles(files, (paths) =>
    analyze({
      inputs: paths.map((path) => ({ name: null, path })),
      local: ['02:00:00:00:00:0a'],
      skewSeconds: 0.00005,
    }),
  );
  const { pingPong, distribution } = analysis.directions.ingress;
  return {
    kinds: [...new Set(pingPong.map(({ kind }) => kind))],
    classes: [...new Set(pingPong.map((entry) => entry.class))],
    fields: [...new Set(pingPong.map(({ dependsOn }) => dependsOn))],
    distribution: distribution.kind,
    listed: pingPong.length,
    verdict: analysis.findings[0]!,
  };
}

const random16 = (random: Random) => random.below(65_536);

describe('a port that follows a field of the frame', () => {
  it.each<[string, Sender, string]>([
    [
      'the last bits of the IP id',
      (_, r) => {
        const id = random16(r);
        return { fields: { id }, port: id & 3 };
      },
      'ip.id',
    ],
    [
      'the checksum',
      (_, r) => {
        const checksum = random16(r);
        return { fields: { checksum }, port: (checksum ^ (checksum >> 1)) & 3 };
      },
      'l4.checksum',
    ],
    [
      'the length',
      (_, r) => {
        const payload = 100 + r.below(40);
        return { fields: { payload, id: random16(r) }, port: (payload * 7) % 4 };
      },
      'ip.len',
    ],
  ])('is told: %s', async (_, send, field) => {
    const { kinds, classes, fields, distribution, listed, verdict } = await kindsOf(send);
    expect({ kinds, classes, fields, listed }).toEqual({
      kinds: ['header-dependent'],
      classes: ['P7'],
      fields: [field],
      listed: FLOWS,
    });
    expect(distribution).toBe('per-packet');
    expect(verdict).toMatchObject({ id: 'pingpong-header', severity: 'fault' });
    expect(verdict.title).toMatch(/which changes from frame to frame/);
  });

  it('is not seen in random spraying', async () => {
    for (const ports of [2, 3, 4]) {
      const spray: Sender = (_, r) => ({
        fields: { id: random16(r), checksum: random16(r), payload: 100 + r.below(8) },
        port: r.below(ports),
      });
      expect((await kindsOf(spray, { ports })).kinds).toEqual(['per-packet']);
    }
  });

  it('is not seen where frames take turns, though the IP id counts with them', async () => {
    const turns: Sender = (n, _, ports) => ({ fields: { id: n + 1, checksum: 7 }, port: n % ports });
    expect((await kindsOf(turns)).kinds).toEqual(['round-robin']);
    expect((await kindsOf(turns, { ports: 2 })).kinds).toEqual(['round-robin']);
  });

  it('is not seen in a length that two kinds of frames have', async () => {
    // Short and long frames in turn, dealt out in turn.
    const turns: Sender = (n, r) => ({ fields: { id: random16(r), payload: n % 2 === 0 ? 20 : 1000 }, port: n % 2 });
    expect((await kindsOf(turns, { ports: 2 })).kinds).toEqual(['round-robin']);
  });
});
