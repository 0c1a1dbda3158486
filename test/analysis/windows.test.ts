import { describe, expect, it } from 'vitest';
import { type Excerpt, NOT_A_MOVER, NOT_SCALED, type Segment, SYN_NOT_SEEN } from '../../src/engine/pass.js';
import { windowUseOf } from '../../src/flows/windows.js';

const MS = 1e6;
const SEGMENT = 1448;
const SCALE = 7;

interface Path {
  readonly toSender: number; // ms from where it is captured, one way
  readonly toReceiver: number;
  readonly window: number; // octets
  readonly congestion?: number; // octets: what the sender has in flight at most
  readonly burst?: number; // octets that its application has every 100 ms; else always more
  readonly hasStamps?: boolean;
  readonly answersLate?: number; // ms that the clock of their port is behind
  readonly loseAnswers?: number; // the capture has one of so many
}

/** A transfer of 0.6 s, by what each end knows; each segment is acknowledged. */
function transfer(path: Path): Segment[] {
  const {
    toSender,
    toReceiver,
    window,
    congestion = 1e9,
    burst,
    hasStamps = true,
    answersLate = 0,
    loseAnswers,
  } = path;
  const oneWay = toSender + toReceiver;
  const out: Segment[] = [];
  const stampAt = (ms: number) => (hasStamps ? 1000 + Math.floor(ms) : 0);
  const heard: { ms: number; acknowledged: number; stamp: number }[] = [{ ms: 0, acknowledged: 0, stamp: stampAt(0) }];
  let [sent, acknowledged, stamp, n, next] = [0, 0, stampAt(0), 0, 0];
  const common = { window: 500, sequence: 0, acknowledged: 0 };
  for (let ms = 0; ms < 600; ms += 0.05) {
    while (next < heard.length && heard[next]!.ms <= ms) ({ acknowledged, stamp } = heard[next++]!);
    const has = burst === undefined ? Number.POSITIVE_INFINITY : burst * (1 + Math.floor(ms / 100));
    const allowed = Math.min(acknowledged + Math.min(window, congestion), has);
    if (sent + SEGMENT > allowed) continue;
    const ns = (ms + toSender) * MS;
    out.push({ ...common, ns, isAnswer: false, sequence: sent, payload: SEGMENT, stamp: 9, echo: stamp });
    sent += SEGMENT;
    const answer = { ms: ms + 2 * oneWay, acknowledged: sent, stamp: stampAt(ms + oneWay) };
    heard.push(answer);
    if (loseAnswers !== undefined && n++ % loseAnswers !== 0) continue;
    out.push({
      ...{ ns: (answer.ms - toSender + answersLate) * MS, isAnswer: true, sequence: 0, acknowledged: sent, payload: 0 },
      ...{ window: Math.floor(window / 2 ** SCALE), stamp: answer.stamp, echo: 9 },
    });
  }
  return out.sort((a, b) => a.ns - b.ns);
}

function useOf(
  path: Path,
  {
    scales = [SCALE, SCALE],
    isLocal = false,
    handshake = 0,
  }: { scales?: number[]; isLocal?: boolean; handshake?: number } = {},
) {
  const segments = transfer(path);
  const third = 200 * MS;
  const excerpts = [0, 1, 2].map(
    (n): Excerpt => ({
      ...{ answer: 1, fromNs: n * third, toNs: (n + 1) * third },
      segments: segments.filter(({ ns }) => ns >= n * third && ns < (n + 1) * third),
    }),
  );
  const flows = {
    mover: () => NOT_A_MOVER,
    windowScale: (flow: number) => scales[flow]!,
    firstNs: (flow: number) => (flow === 0 ? handshake * MS : 0),
    lastNs: () => 600 * MS,
  };
  return windowUseOf({ flows, excerpts: () => excerpts } as unknown as Parameters<typeof windowUseOf>[0], 0, isLocal);
}

const WINDOW = 44 * SEGMENT - ((44 * SEGMENT) % 2 ** SCALE); // as it can be said
const PLACES = [
  [0.01, 10],
  [5, 5],
  [10, 0.01],
] as const;

describe.each(PLACES)(
  'the window of a transfer captured %d ms from its sender, %d ms from its receiver',
  (toSender, toReceiver) => {
    const path = { toSender, toReceiver, window: WINDOW };

    it('is full if nothing else limits it', () => {
      const use = useOf(path)!;
      expect(use.fullShare).toBeGreaterThan(0.9);
      expect(use.usedShare).toBeGreaterThan(0.9);
      expect(use.roundTrip).toBeCloseTo(2e-3 * (toSender + toReceiver), 3);
      expect(use.octets).toBe(WINDOW);
    });

    it.each([0.3, 0.6, 0.85])('is not if the network holds it to %d of that', (of) => {
      const use = useOf({ ...path, congestion: of * WINDOW })!;
      expect(use.fullShare).toBe(0);
      expect(use.usedShare).toBeLessThan(of + 0.02);
      expect(use.idleShare).toBeLessThan(0.05);
    });

    it('is not if the sender has little to send', () => {
      const isLocal = toSender < 1;
      const use = useOf({ ...path, burst: 20 * SEGMENT }, { isLocal })!;
      expect(use.fullShare).toBe(0);
      // Elsewhere nothing says how soon its sender would have reacted.
      if (isLocal) expect(Math.abs(use.idleShare! - 0.8)).toBeLessThan(0.1);
      else expect(use.idleShare ?? 0).toBeLessThan(0.9);
      // By its handshake, where it answered the SYN.
      const known = useOf({ ...path, burst: 20 * SEGMENT }, { handshake: 2 * toSender + 0.1 })!;
      expect(known.fullShare).toBe(0);
      expect(Math.abs(known.idleShare! - 0.8)).toBeLessThan(0.1);
    });

    it('is told without time stamps only next to the sender; never said to be full elsewhere', () => {
      const use = useOf({ ...path, hasStamps: false })!;
      expect(use.fullShare > 0.7).toBe(toSender < 1);
      expect(use.idleShare).toBeNull();
      expect(useOf({ ...path, hasStamps: false, congestion: 0.85 * WINDOW })!.fullShare).toBe(0);
    });

    it('is not said to be full where clocks disagree', () => {
      for (const answersLate of [-4, 4]) {
        const use = useOf({ ...path, congestion: 0.85 * WINDOW, answersLate });
        expect(use?.fullShare ?? 0).toBeLessThan(0.01);
        const unstamped = useOf({ ...path, congestion: 0.85 * WINDOW, answersLate, hasStamps: false });
        expect(unstamped?.fullShare ?? 0).toBeLessThan(0.5);
      }
    });

    it('is not said to be full where the capture lacks most acknowledgements', () => {
      const use = useOf({ ...path, congestion: 0.6 * WINDOW, loseAnswers: 30 });
      expect(use?.fullShare ?? 0).toBeLessThan(0.5);
    });
  },
);

describe('the scale of a window', () => {
  const path = { toSender: 0.01, toReceiver: 10, window: WINDOW };

  it('is in the SYNs: without them nothing can be told', () => {
    expect(useOf(path, { scales: [SYN_NOT_SEEN, SCALE] })).toBeNull();
    expect(useOf(path, { scales: [SCALE, SYN_NOT_SEEN] })).toBeNull();
  });

  it('is 1 unless both offer it: the windows said are then too small for what was sent', () => {
    expect(useOf(path, { scales: [NOT_SCALED, SCALE] })).toBeNull();
  });
});
