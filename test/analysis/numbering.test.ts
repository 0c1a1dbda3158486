/** UDP, ESP and pings on several ports: put in order by what numbers them, where clocks are 5 ms apart and 1 ms is believed. */
import { describe, expect, it } from 'vitest';
import type { FrameSample } from '../../src/engine/pass.js';
import { judgeFlows } from '../../src/flows/judge-flows.js';
import { orderByNumbers } from '../../src/flows/numbering.js';
import { seeded } from '../../src/stats/random.js';
import { frame } from '../helpers/frames.js';
import { type PortFrame, passOfFrames } from '../helpers/judged-frames.js';

const GAP_NS = 400_000;
const AHEAD_NS = [0, 5e6, -3e6, 4e6]; // of the clocks of four ports
const COUNT = 300;

type Make = (i: number) => Uint8Array;
type Path = (i: number) => number;

async function judged(make: Make, path: Path, ahead = AHEAD_NS) {
  const frames = Array.from({ length: COUNT }, (_, i): PortFrame => {
    const port = path(i);
    return { port, ns: 1e7 + i * GAP_NS + ahead[port]!, frame: make(i) };
  });
  const pass = await passOfFrames(frames);
  expect(pass.flows.count).toBe(1);
  return judgeFlows(pass).judgement(0);
}

const roundRobin: Path = (i) => i % 4;
const spray = (): Path => {
  const random = seeded(3);
  const ports = Array.from({ length: COUNT }, () => random.below(4));
  return (i) => ports[i]!;
};
const moved: Path = (i) => (i < 150 ? 0 : 1);
const thereAndBack: Path = (i) => (i >= 100 && i < 200 ? 1 : 0);

/** A datagram whose payload differs from others, as the UDP checksum does. */
const udp = (id: number, i: number, ip: 4 | 6 = 4) =>
  frame({ protocol: 'udp', payload: 160, id, ip, checksum: 1 + ((i * 40503) & 0x7fff) });

function withPayload(bytes: Uint8Array, payload: readonly number[], at: number): Uint8Array {
  bytes.set(payload, at);
  return bytes;
}

/** RFC 3550 5.1: version 2, payload type 0, sequence number. */
const rtp = (i: number, ip: 4 | 6) => {
  const number = (65_500 + i) & 0xffff;
  return withPayload(udp(0, i, ip), [0x80, i % 50 === 0 ? 0x80 : 0, number >> 8, number & 255], ip === 4 ? 42 : 62);
};

const esp = (i: number) =>
  withPayload(frame({ protocol: 50, payload: 120, id: 0 }), [1, 2, 3, 4, 0, 1, i >> 8, i & 255], 34);
const ping = (i: number) =>
  withPayload(frame({ protocol: 1, payload: 64, id: 0 }), [8, 0, 0, 0, 7, 7, i >> 8, i & 255], 34);

const swapped = (id: number) => ((id & 255) << 8) | (id >> 8);

/** One counter for all flows of a host: this one gets every third number or so. */
const shared = () => {
  const random = seeded(9);
  let id = 60_000;
  const ids = Array.from({ length: COUNT }, () => {
    id += 1 + random.below(5);
    return id & 0xffff;
  });
  return (i: number) => ids[i]!;
};

const numbered: [string, string, Make][] = [
  ['a counter of its own', 'ip.id', (i) => udp((65_400 + i) & 0xffff || 1, i)],
  ['a counter of its host', 'ip.id', (i) => udp(shared()(i), i)],
  ['a counter of its host in the other byte order', 'ip.id', (i) => udp(swapped(shared()(i)), i)],
  ['RTP', 'rtp.seq', (i) => rtp(i, 4)],
  ['RTP over IPv6', 'rtp.seq', (i) => rtp(i, 6)],
  ['the sequence numbers of ESP', 'esp.sequence', esp],
  ['the sequence numbers of a ping', 'icmp.seq', ping],
];

describe.each(numbered)('a flow numbered by %s', (_, by, make) => {
  it('is found to be dealt out', async () => {
    expect(await judged(make, roundRobin)).toMatchObject({ verdict: 'round-robin', orderedBy: by });
    expect(await judged(make, spray())).toMatchObject({ verdict: 'spray', orderedBy: by });
  });

  it('is not accused for having moved', async () => {
    for (const path of [moved, thereAndBack]) {
      expect((await judged(make, path)).verdict).toBeOneOf(['moved', 'ambiguous-clock']);
    }
    expect((await judged(make, moved, [0, 0, 0, 0])).verdict).toBe('moved');
  });
});

describe('a flow that nothing numbers', () => {
  const random = seeded(4);
  const ids = Array.from({ length: COUNT }, () => 1 + random.below(65_535));

  it.each<[string, string, Make]>([
    ['its ids are 0', 'constant', (i) => udp(0, i)],
    ['its ids are random', 'no-counter', (i) => udp(ids[i]!, i)],
    ['it has none', 'none', (i) => udp(0, i, 6)],
  ])('is not told from a move by clocks that may be wrong, and why is said: %s', async (_, why, make) => {
    const { verdict, orderedBy, unnumbered } = await judged(make, thereAndBack);
    expect({ verdict, orderedBy, unnumbered }).toEqual({
      verdict: 'ambiguous-clock',
      orderedBy: 'clocks',
      unnumbered: why,
    });
  });

  it('is not accused for a move while a clock is set by NTP', async () => {
    const gaps = seeded(8);
    const times = Array.from({ length: COUNT }, (_, i) => 1e9 + i * 4e6 + gaps.below(6e6));
    for (const stepMs of [-400, -100, 100, 400]) {
      const frames = Array.from({ length: COUNT }, (_, i): PortFrame => {
        const port = i < 150 ? 0 : 1;
        const step = port === 0 && i > 100 ? Math.max(0, stepMs) : port === 1 ? Math.min(0, stepMs) : 0;
        return { port, ns: times[i]! + step * 1e6, frame: udp(0, i) };
      });
      const { verdict } = judgeFlows(await passOfFrames(frames)).judgement(0);
      expect(verdict).toBeOneOf(['moved', 'ambiguous-clock']);
    }
    // Always in turn: no clock explains that.
    const dealt = Array.from({ length: COUNT }, (_, i) => ({ port: i % 2, ns: 1e9 + i * 4e6, frame: udp(0, i) }));
    expect(judgeFlows(await passOfFrames(dealt)).of(0)).toBe('round-robin');
  });

  it('and whose frames are alike may be its own copies', async () => {
    const make = () => frame({ protocol: 'udp', payload: 160, id: 0 });
    const twice = Array.from({ length: COUNT }, (_, i): PortFrame => ({ port: i % 2, ns: i * 5e5, frame: make() }));
    const pass = await passOfFrames(twice);
    expect(judgeFlows(pass).judgement(0)).toMatchObject({ verdict: 'ambiguous-clock', unnumbered: 'alike' });
  });
});

describe('a mirror that takes 2 to 8 ms', () => {
  /** A datagram each 20 ms or so, and most of them once more on another port. */
  async function mirrored(make: Make, lateMs: number) {
    const random = seeded(6);
    let ns = 1e9;
    const frames = Array.from({ length: COUNT }, (_, i) => i).flatMap((i): PortFrame[] => {
      ns += 5e6 + random.below(30e6);
      const copy = { port: 1, ns: ns + lateMs * 1e6 + random.below(2e5), frame: make(i) };
      return [{ port: 0, ns, frame: make(i) }, ...(random.below(5) === 0 ? [] : [copy])];
    });
    return judgeFlows(await passOfFrames(frames)).judgement(0);
  }

  it.each([2, 5, 8])(
    'is not taken for a flow that alternates, nor known, where all datagrams are equal: %d ms',
    async (late) => {
      const equal = () => frame({ protocol: 'udp', payload: 160, id: 0 });
      expect(await mirrored(equal, late)).toMatchObject({ verdict: 'ambiguous-clock', unnumbered: 'alike' });
    },
  );

  it.each([2, 5, 8])('is known where they differ: %d ms', async (late) => {
    expect((await mirrored((i) => udp(0, i), late)).verdict).toBe('duplicated');
  });
});

it('an identification is not read in the other byte order because it is seen on one port after the other', () => {
  // 30 ids away from the main port, and those that it had meanwhile by a clock that is 3.4 ms ahead.
  const [away, main] = [
    Array.from({ length: 30 }, (_, i) => 16_454 + i),
    Array.from({ length: 121 }, (_, i) => 16_633 + i),
  ];
  const seen = main.flatMap((id, i) => [...(i < 30 ? [{ port: 1, id: away[i]! }] : []), { port: 0, id }]);
  const sample: FrameSample = {
    count: seen.length,
    port: Uint8Array.from(seen, ({ port }) => port),
    isFull: false,
    numbers: () => new Uint32Array(seen.length),
    values: () => Uint32Array.from(seen, ({ id }) => id),
  };
  expect(orderByNumbers(sample, 17, 4)).toBe('few');
});

it('copies are known by their numbers, however far their clocks are apart', async () => {
  const frames = Array.from({ length: COUNT }, (_, i) => i).flatMap((i): PortFrame[] => [
    { port: 0, ns: 1e9 + i * 1e6, frame: rtp(i, 6) },
    ...(i % 4 === 0 ? [] : [{ port: 1, ns: 1e9 + i * 1e6 + 7.3e7, frame: rtp(i, 6) }]),
  ]);
  expect(judgeFlows(await passOfFrames(frames)).of(0)).toBe('duplicated');
});
