/** Traffic that makes a healthy LAG look like one that deals out frames, and the other way round. */
import { describe, expect, it } from 'vitest';
import { isPingPong, type Verdict } from '../../src/flows/verdict.js';
import { seeded } from '../../src/stats/random.js';
import { frame } from '../helpers/frames.js';
import { type PortFrame, verdictOn } from '../helpers/judged-frames.js';

const GAP_NS = 20_000;
const MS = 1e6;

const segment = (port: number, ns: number, number: number): PortFrame => ({
  port,
  ns,
  frame: { seq: 1 + number * 1000, payload: 1000, id: 0 },
});
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const stream = (count: number, port: (i: number) => number, gapNs = GAP_NS) =>
  numbers(count).map((i) => segment(port(i), 1e9 + i * gapNs, i));

/** Frames take their time at random before they reach the LAG, which then deals them out in the order in which they come. */
function late(count: number, mostNs: number, port: (i: number) => number): PortFrame[] {
  const random = seeded(5);
  const come = numbers(count).map((number) => ({ number, ns: number * GAP_NS + random.below(mostNs) }));
  return come.sort((a, b) => a.ns - b.ns).map(({ number, ns }, i) => segment(port(i), ns, number));
}

function without(frames: readonly PortFrame[], share: number): PortFrame[] {
  const random = seeded(6);
  return frames.filter(() => random.below(1000) >= share * 1000);
}

describe('is not called ping-pong', () => {
  const once = (i: number) => (i < 300 ? 0 : 1);
  const failover = (again: number) => [
    ...stream(100, () => 0),
    ...numbers(100).map((i) => segment(1, 4e9 + i * GAP_NS, 100 - again + i)),
  ];
  const healthy: [string, PortFrame[]][] = [
    ...[0.1, 1, 10].map((ms): [string, PortFrame[]] => [
      `a flow that moved once, of segments up to ${ms} ms late`,
      late(600, ms * MS, once),
    ]),
    ...[5, 30, 80].map((again): [string, PortFrame[]] => [
      `a flow after a failover, with ${again} segments sent again`,
      failover(again),
    ]),
    ['a flow that moved, half of it lost by the capture', without(stream(600, once), 0.5)],
    ...[300, -300].flatMap((ms) =>
      [1, 0.3, 0.05].map((share): [string, PortFrame[]] => {
        const seen = stream(600, () => 0, MS);
        const mirrored = without(seen, 1 - share).map((each) => ({ ...each, port: 1, ns: each.ns + ms * MS }));
        return [`a flow of which a mirror shows ${share} with a clock ${ms} ms ahead`, [...seen, ...mirrored]];
      }),
    ),
    ...[0.3, 0.4, 0.5].flatMap((share) =>
      [0.5, 0.75, 0.9].map((ms): [string, PortFrame[]] => {
        const seen = numbers(60).map((i): PortFrame => {
          return { port: 0, ns: 1e9 + i * GAP_NS, frame: { seq: 1 + i * 1000, payload: 1000, id: 1 + i } };
        });
        const mirrored = without(seen, 1 - share).map((each) => ({ ...each, port: 1, ns: each.ns + ms * MS }));
        return [`a burst of which a mirror shows ${share}, ${ms} ms late`, [...seen, ...mirrored]];
      }),
    ),
    ...[1, 0.3].map((share): [string, PortFrame[]] => {
      const datagram = (i: number) => frame({ protocol: 'udp', payload: 100, id: 0, checksum: 1 + i * 77 });
      const seen = numbers(600).map((i): PortFrame => ({ port: 0, ns: i * MS, frame: datagram(i) }));
      const mirrored = without(seen, 1 - share).map((each) => ({ ...each, port: 1, ns: each.ns + 3 * MS }));
      return [`datagrams without an id of which a mirror shows ${share} 3 ms later`, [...seen, ...mirrored]];
    }),
  ];
  it.each(healthy)('%s', async (_, frames) => {
    const verdict = await verdictOn(frames);
    expect(isPingPong(verdict), verdict).toBe(false);
  });
});

describe('is never taken for a move, nor for copies', () => {
  const random = seeded(8);
  const drawn = numbers(1200).map(() => random.below(4));
  const dealt: [string, PortFrame[]][] = [
    ...[0.1, 1, 10].flatMap((ms): [string, PortFrame[]][] => [
      [`round robin of segments up to ${ms} ms late`, late(600, ms * MS, (i) => i % 4)],
      [`spraying of segments up to ${ms} ms late`, late(600, ms * MS, (i) => drawn[i]!)],
    ]),
    [
      'round robin, half of it lost by the capture',
      without(
        stream(600, (i) => i % 4),
        0.5,
      ),
    ],
    ['eight frames to one port, one to the other', stream(600, (i) => (i % 9 === 8 ? 1 : 0))],
    ['sixteen frames a port', stream(1200, (i) => Math.floor(i / 16) % 2)],
    [
      'keep-alives that change their port',
      [
        ...stream(50, () => 0),
        ...numbers(60).map((i): PortFrame => ({ port: i % 2, ns: (2 + i) * 1e9, frame: { seq: 50_000, payload: 1 } })),
      ],
    ],
  ];
  it.each(dealt)('%s', async (_, frames) => {
    const verdict: Verdict = await verdictOn(frames);
    expect(isPingPong(verdict) || verdict === 'ambiguous-clock', verdict).toBe(true);
  });

  it('and is found where little was late or lost', async () => {
    for (const frames of [
      late(600, 0.1 * MS, (i) => i % 4),
      without(
        stream(600, (i) => i % 4),
        0.3,
      ),
    ]) {
      expect(isPingPong(await verdictOn(frames))).toBe(true);
    }
  });

  it('nor hidden by clocks that show one port after the other, where few segments were seen', async () => {
    for (let seed = 1; seed <= 100; seed++) {
      const own = seeded(seed);
      const sprayed = stream(60, () => own.below(2)).filter(() => own.below(10) > 0);
      const apart = sprayed.map((each) => ({ ...each, ns: each.ns + each.port * 10 * MS }));
      expect(isPingPong(await verdictOn(apart)), `${seed}`).toBe(true);
    }
  });

  it('nor, of acknowledgements, where a clock that is seconds ahead puts one port behind the other', async () => {
    const acknowledgement = (i: number, port: number, ns: number) => ({
      port,
      ns,
      frame: { ack: 1 + i * 2000, id: 0 },
    });
    const inTurn = numbers(60).map((i) => acknowledgement(i, i % 2, 1e9 + i * MS + (i % 2) * 3e9));
    expect(await verdictOn(inTurn)).toBe('ambiguous-clock');
    const once = numbers(60).map((i) => acknowledgement(i, i < 30 ? 0 : 1, 1e9 + i * MS));
    expect(await verdictOn(once)).toBe('moved');
  });
});
