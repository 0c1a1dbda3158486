import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passOf } from '../helpers/engine-pass.js';
import { type Captured, frame, pcap } from '../helpers/frames.js';

const START = 1_700_000_000_000_000_000n;
const OCTETS = 100; // a segment

/** One segment of a flow, `n` segments from its beginning. */
interface Segment {
  readonly ms: number;
  readonly n: number;
  readonly segments?: number;
}

const at = (ms: number, bytes: Uint8Array): Captured => ({ ns: START + BigInt(Math.round(ms * 1e6)), bytes });
const data = ({ ms, n, segments = 1 }: Segment) =>
  at(ms, frame({ seq: 1000 + n * OCTETS, payload: segments * OCTETS }));
const answer = (ms: number, n: number) =>
  at(
    ms,
    frame({
      ...{ src: '0a', dst: '01', srcIp: '192.0.2.10', dstIp: '192.0.2.1', srcPort: 5201, dstPort: 1000 },
      ack: 1000 + n * OCTETS,
    }),
  );

async function lossesOf(there: readonly Captured[], back: readonly Captured[] = []) {
  const { flows } = await passOf({ a: pcap([...there]), ...(back.length > 0 ? { b: pcap([...back]) } : {}) });
  return { ...flows.losses(0), repeats: flows.repeats(0), holes: flows.holes(0) };
}

const inOrder = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ ms: 10 * (from + i), n: from + i }));

describe('losses of a TCP flow on one port', () => {
  it('has none where every segment comes once and in order', async () => {
    expect(await lossesOf(inOrder(0, 20).map(data))).toEqual({
      ...{ late: 0, filled: 0, again: 0, missed: 0 },
      ...{ repeats: 0, holes: 0 },
    });
  });

  it.each([
    { what: 'overtaken, and here within 3 ms', ms: 52.9, is: { late: 1, filled: 0 } },
    { what: 'lost before the capture, and sent again', ms: 53.1, is: { late: 0, filled: 1 } },
  ])('tells a segment that was $what', async ({ ms, is }) => {
    const segments = [...inOrder(0, 4), { ms: 50, n: 5 }, { ms, n: 4 }, { ms: 60, n: 6 }];
    expect(await lossesOf(segments.map(data))).toMatchObject({ ...is, again: 0, missed: 0, repeats: 1, holes: 1 });
  });

  it('tells a segment that was sent again although it had been here', async () => {
    const segments = [...inOrder(0, 4), { ms: 41, n: 2 }, ...inOrder(5, 9).map(({ ms, n }) => ({ ms, n: n - 1 }))];
    expect(await lossesOf(segments.map(data))).toMatchObject({ late: 0, filled: 0, again: 1, holes: 0 });
  });

  it('sees no loss in keep-alives, nor in ports that are used again', async () => {
    const keepAlive = at(100, frame({ seq: 1000 + 4 * OCTETS - 1, payload: 1 }));
    const anew = Array.from({ length: 4 }, (_, n) =>
      at(200 + n, frame({ seq: 3_000_000_000 + n * OCTETS, payload: OCTETS })),
    );
    expect(await lossesOf([...inOrder(0, 4).map(data), keepAlive, ...anew])).toMatchObject({ repeats: 0, holes: 0 });
  });

  it('knows what the capture lost by its acknowledgement', async () => {
    const there = [...inOrder(0, 4), ...inOrder(5, 8)].map(data); // all within a tenth of a second
    expect(await lossesOf(there, [answer(5, 1), answer(75, 4)])).toMatchObject({ missed: 0, holes: 1 });
    expect(await lossesOf(there, [answer(5, 1), answer(75, 5)])).toMatchObject({ missed: 1, filled: 0 });
  });

  it('knows what the capture lost where the sender goes on for seconds without sending it again', async () => {
    const there = (ms: number) => [...inOrder(0, 4), { ms: 50, n: 5 }, { ms, n: 6 }].map(data);
    expect(await lossesOf(there(3049))).toMatchObject({ missed: 0 });
    expect(await lossesOf(there(3051))).toMatchObject({ missed: 1 });
  });

  it('agrees with a model that keeps every octet', async () => {
    const step = fc.record({
      wait: fc.constantFrom(0.5, 2, 4, 50),
      what: fc.oneof(
        { weight: 6, arbitrary: fc.constant({ kind: 'next' as const, skip: 0 }) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }).map((skip) => ({ kind: 'next' as const, skip })) },
        { weight: 2, arbitrary: fc.integer({ min: 1, max: 9 }).map((skip) => ({ kind: 'back' as const, skip })) },
      ),
      segments: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const segments: Segment[] = [];
        let [ms, next] = [0, 0];
        for (const { wait, what, segments: length } of steps) {
          ms += wait;
          const n = Math.max(0, what.kind === 'next' ? next + what.skip : next - what.skip);
          segments.push({ ms, n, segments: length });
          next = Math.max(next, n + length);
        }
        const expected = model(segments);
        fc.pre(expected.most <= 6);
        expect(await lossesOf(segments.map(data))).toMatchObject(expected.counts);
      }),
      { numRuns: 40, seed: 7 },
    );
  });
});

/** Every segment number that is missing, with the time its hole opened. */
function model(segments: readonly Segment[]) {
  const missing = new Map<number, number>();
  const counts = { late: 0, filled: 0, again: 0 };
  let next = segments[0]!.n;
  let most = 0;
  for (const { ms, n, segments: length = 1 } of segments) {
    if (n >= next) for (let lost = next; lost < n; lost++) missing.set(lost, ms);
    else {
      const opened = Array.from({ length }, (_, i) => missing.get(n + i)).filter((since) => since !== undefined);
      for (let i = 0; i < length; i++) missing.delete(n + i);
      if (opened.length === 0) counts.again++;
      else if (ms - Math.min(...opened) <= 3) counts.late++;
      else counts.filled++;
    }
    next = Math.max(next, n + length);
    most = Math.max(most, holes(missing) + 1); // one that is cut in two needs room for a moment
  }
  return { counts, most };
}

/** Runs of missing segments that were opened at once. */
const holes = (missing: ReadonlyMap<number, number>) =>
  [...missing].filter(([n, since]) => missing.get(n - 1) !== since).length;

describe('equal acknowledgements', () => {
  const acks = (...numbers: number[]) => numbers.map((n, i) => at(5 * i, frame({ ack: 1000 + n * OCTETS })));

  it.each([
    { numbers: [1, 2, 3, 4], runs: 0, what: 'none where each is new' },
    { numbers: [1, 2, 2, 2, 3], runs: 0, what: 'none of two' },
    { numbers: [1, 2, 2, 2, 2, 3], runs: 1, what: 'one of three' },
    { numbers: [1, 1, 1, 1, 1, 1, 1, 1, 2], runs: 1, what: 'one however long' },
    { numbers: [1, 1, 1, 1, 2, 2, 2, 2, 3, 3], runs: 2, what: 'two apart' },
  ])('make $what', async ({ numbers, runs }) => {
    const { flows } = await passOf({ a: pcap(acks(...numbers)) });
    expect(flows.dupAckRuns(0)).toBe(runs);
  });
});
