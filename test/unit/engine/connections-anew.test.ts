import { describe, expect, it } from 'vitest';
import { type PortFrame, passOfFrames } from '../../helpers/judged-frames.js';

const CLIENT = { src: '01', dst: '0a', srcIp: '192.0.2.1', dstIp: '192.0.2.10', srcPort: 4000, dstPort: 5201 };
const SERVER = { src: '0a', dst: '01', srcIp: '192.0.2.10', dstIp: '192.0.2.1', srcPort: 5201, dstPort: 4000 };
const MS = 1e6;
const [SYN, ACK] = [0x02, 0x10];

/** Connections with equal ports, 100 ms each: ten segments of 100 octets each way, each acknowledged. */
function connections(first: readonly number[], { fastOpen = 0 } = {}): PortFrame[] {
  return first.flatMap((isn, n) => {
    const at = (ms: number) => (n * 100 + ms) * MS;
    const early = { ...CLIENT, seq: isn - 1 - fastOpen, flags: SYN, payload: fastOpen };
    const out: PortFrame[] = [
      { port: 0, ns: at(0), frame: early },
      { port: 1, ns: at(1), frame: { ...SERVER, seq: isn + 6_999, ack: isn, flags: SYN | ACK } },
    ];
    for (let i = 0; i < 10; i++) {
      const [up, down] = [isn + i * 100, isn + 7000 + i * 100];
      out.push({ port: 0, ns: at(2 + 2 * i), frame: { ...CLIENT, seq: up, ack: down, payload: 100 } });
      out.push({ port: 1, ns: at(3 + 2 * i), frame: { ...SERVER, seq: down, ack: up + 100, payload: 100 } });
    }
    return out;
  });
}

/** By flow: holes, repeats, and what the capture lost. */
async function countsOf(frames: readonly PortFrame[]) {
  const { flows } = await passOfFrames(frames);
  return [0, 1].map((flow) => ({
    ...{ pairs: flows.pairs(flow), holes: flows.holes(flow), repeats: flows.repeats(flow) },
    missed: flows.losses(flow).missed,
  }));
}

describe('a connection that uses the ports of another again', () => {
  // Initial numbers grow by 2^24 a second or so (RFC 6528), and may be anywhere.
  it.each([
    ['a little further', [1000, 1_600_000, 3_200_000]],
    ['just behind', [1000, 2500, 4000]],
    ['before', [50_000_000, 30_000_000, 10_000_000]],
    ['far away', [1000, 2_000_000_000, 3_500_000_000]],
  ])('begins %s without a hole or a repeat', async (_, first) => {
    // The first segment after a jump is compared with nothing.
    const clean = { holes: 0, repeats: 0, missed: 0 };
    expect(await countsOf(connections(first))).toMatchObject([clean, clean]);
  });

  it('leaves a hole of the one before open', async () => {
    const frames = connections([1000, 1_600_000]).filter((_, i) => i !== 8 && i !== 9);
    expect(await countsOf(frames)).toMatchObject([
      { holes: 1, missed: 0 },
      { holes: 1, missed: 0 },
    ]);
  });

  it('and then lacks segments is seen to do so', async () => {
    const frames = connections([1000, 1_600_000]).filter((_, i) => i !== 22 + 8);
    expect(await countsOf(frames)).toMatchObject([{ holes: 1 }, { holes: 0 }]);
  });
});

describe('data in a SYN (RFC 7413)', () => {
  it('is followed by what comes next, without a hole', async () => {
    expect(await countsOf(connections([1000], { fastOpen: 500 }))).toMatchObject([
      { pairs: 10, holes: 0, repeats: 0, missed: 0 },
      { pairs: 9, holes: 0 },
    ]);
  });

  it('is sent again where it was not taken', async () => {
    const frames = connections([1000], { fastOpen: 500 });
    frames.splice(2, 0, { port: 0, ns: 1.5 * MS, frame: { ...CLIENT, seq: 500, payload: 500 } });
    expect(await countsOf(frames)).toMatchObject([{ pairs: 10, holes: 0, repeats: 1 }, {}]);
  });
});
