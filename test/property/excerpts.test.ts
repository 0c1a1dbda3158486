import { describe, expect, it } from 'vitest';
import { NOT_SCALED, SYN_NOT_SEEN } from '../../src/engine/pass.js';
import { frame } from '../helpers/frames.js';
import { type PortFrame, passOfFrames } from '../helpers/judged-frames.js';

const CLIENT = { src: '01', dst: '0a', srcIp: '192.0.2.1', dstIp: '192.0.2.10', srcPort: 4000, dstPort: 5201 };
const SERVER = { src: '0a', dst: '01', srcIp: '192.0.2.10', dstIp: '192.0.2.1', srcPort: 5201, dstPort: 4000 };
const US = 1000;
const PAYLOAD = 1000;

/** A segment each 10 us on port 0, every second one acknowledged on port 1 after 5 us. */
function transfer(segments: number): PortFrame[] {
  const frames: PortFrame[] = [];
  for (let n = 0; n < segments; n++) {
    const seq = 1 + n * PAYLOAD;
    frames.push({ port: 0, ns: n * 10 * US, frame: { ...CLIENT, seq, ack: 77, payload: PAYLOAD, window: 99 } });
    const ack = { ...SERVER, seq: 77, ack: seq + PAYLOAD, window: n % 60_000 };
    if (n % 2 === 1) frames.push({ port: 1, ns: (n * 10 + 5) * US, frame: ack });
  }
  return frames;
}

describe('excerpts of a large connection', () => {
  it('are all its segments from one time until another, in order, a few times in its life', async () => {
    const segments = 10_000;
    const pass = await passOfFrames(transfer(segments));
    const flow = [0, 1].find((each) => pass.flows.srcPort(each) === 4000)!;
    const excerpts = pass.excerpts(flow);
    expect(pass.excerpts(1 - flow)).toEqual([]);
    expect(excerpts.length).toBeGreaterThan(3);
    expect(excerpts.length).toBeLessThanOrEqual(8);
    const begins = excerpts.map(({ fromNs }) => fromNs);
    expect(begins).toEqual([...begins].sort((a, b) => a - b));
    expect(begins.at(-1)).toBeGreaterThan((segments * 10 * US) / 2);
    for (const { answer, fromNs, toNs, segments: kept } of excerpts) {
      expect(answer).toBe(1 - flow);
      expect(kept.length).toBeGreaterThan(300);
      const expected = Array.from({ length: 2 * segments }, (_, half) => half)
        .map((half) => ({ n: half >> 1, isAnswer: half % 2 === 1, ns: half * 5 * US }))
        .filter(({ n, isAnswer, ns }) => ns > fromNs && ns < toNs && (!isAnswer || n % 2 === 1))
        .map(({ n, isAnswer, ns }) => ({
          ...{ ns, isAnswer, stamp: 0, echo: 0 },
          ...(isAnswer
            ? { sequence: 77, acknowledged: 1 + (n + 1) * PAYLOAD, payload: 0, window: n % 60_000 }
            : { sequence: 1 + n * PAYLOAD, acknowledged: 77, payload: PAYLOAD, window: 99 }),
        }));
      expect(kept).toEqual(expected);
    }
  });

  // So many flows that some share their place in the index with others, and are found the long way.
  it('are the same whatever the keys of the digest, which are drawn anew each time', async () => {
    const others = Array.from(
      { length: 505 },
      (_, n): PortFrame => ({ port: 0, ns: 0, frame: { ...CLIENT, srcPort: n } }),
    );
    const frames = [...others, ...transfer(1000)];
    const of = async (digestSeed: number) => {
      const { flows, excerpts } = await passOfFrames(frames, undefined, { digestSeed });
      return Array.from({ length: flows.count }, (_, flow) => excerpts(flow));
    };
    const [first, ...more] = await Promise.all(Array.from({ length: 40 }, (_, seed) => of(seed)));
    expect(first!.flat().length).toBeGreaterThan(0);
    for (const other of more) expect(other).toEqual(first);
  });

  it('are none of what is small, or not answered', async () => {
    const small = await passOfFrames(transfer(50));
    const unanswered = await passOfFrames(transfer(2000).filter(({ port }) => port === 0));
    for (const { flows, excerpts } of [small, unanswered]) {
      for (let flow = 0; flow < flows.count; flow++) expect(excerpts(flow)).toEqual([]);
    }
  });
});

describe('the window scale of a SYN', () => {
  /** A SYN with these options, padded to words, of which the capture holds so many octets. */
  async function scaleOf(options: readonly number[], held = 40) {
    const bytes = frame({ ...CLIENT, seq: 1, flags: 0x02 });
    const header = 20 + Math.ceil(options.length / 4) * 4;
    const all = new Uint8Array(54 + header - 20);
    all.set(bytes.subarray(0, 54));
    all.set(options, 54);
    const view = new DataView(all.buffer);
    view.setUint16(16, 20 + header);
    all[46] = (header / 4) << 4;
    const pass = await passOfFrames([{ port: 0, ns: 0, frame: all.subarray(0, 54 + held) }]);
    return pass.flows.windowScale(0);
  }

  it.each([
    [[3, 3, 7], 7],
    [[2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 10], 10],
    [[1, 3, 3, 0], 0],
    [[3, 3, 99], 14], // more counts as 14 (RFC 7323 2.3)
    [[2, 4, 5, 180], NOT_SCALED],
    [[0, 3, 3, 7], NOT_SCALED], // behind the end of the options
    [[], NOT_SCALED],
    [[8, 0, 3, 3, 7], NOT_SCALED], // a length that can't be
  ])('is read from %j: %d', async (options, scale) => {
    expect(await scaleOf(options)).toBe(scale);
  });

  it('is not known where the capture ends before it', async () => {
    expect(await scaleOf([2, 4, 5, 180, 1, 3, 3, 7], 6)).toBe(SYN_NOT_SEEN);
    expect(await scaleOf([2, 4, 5, 180, 1, 3, 3, 7], 0)).toBe(SYN_NOT_SEEN);
  });

  it('is not known of a flow whose first frame is no SYN', async () => {
    const pass = await passOfFrames([{ port: 0, ns: 0, frame: { ...CLIENT, seq: 1, payload: 10 } }]);
    expect(pass.flows.windowScale(0)).toBe(SYN_NOT_SEEN);
  });
});
