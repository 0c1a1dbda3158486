import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type LiveLine, liveSchema } from '../../../src/document/live-schema.js';
import type { LiveEvent, LiveState } from '../../../src/live/state.js';
import { LiveStream, newEvents } from '../../../src/live/stream.js';
import { FIRST_STATE, hostileState, PING_PONG_STATE, STATE, unknownRates } from '../../helpers/live-state.js';

const schema = z.toJSONSchema(liveSchema, { io: 'input' });
const isByPublished = new Ajv2020({ strict: false }).compile(schema);

/** A reader that takes a piece each time it is told to; at once with `isFast`. */
function reader({ isFast = true } = {}) {
  const pieces: string[] = [];
  const waiting: { readonly take: () => void; readonly fail: (error: unknown) => void }[] = [];
  const onFailure = vi.fn();
  const write = (text: string) => {
    pieces.push(text);
    return isFast ? Promise.resolve() : new Promise<void>((take, fail) => waiting.push({ take, fail }));
  };
  const stream = new LiveStream({ write }, onFailure);
  const lines = () =>
    pieces
      .join('')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as LiveLine);
  return { stream, pieces, waiting, lines, onFailure };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const tick = (n: number, state: LiveState = STATE): LiveState => ({
  ...state,
  seconds: state.seconds + n,
  timeMs: state.timeMs + n * 1000,
});

async function said(...states: readonly LiveState[]): Promise<LiveLine[]> {
  const { stream, lines } = reader();
  for (const state of states) {
    stream.take(state);
    await settled();
  }
  await stream.end();
  return lines();
}

describe('the stream of live', () => {
  it('is one object a line, as the schema has it and nothing else', async () => {
    const lines = await said(FIRST_STATE, STATE, tick(1, PING_PONG_STATE), tick(2, unknownRates(STATE)));
    expect(lines.map(({ type }) => type)).toEqual([
      ...['start', 'event', 'event', 'event', 'analysis', 'interval'],
      ...['event', 'interval', 'event', 'event', 'event', 'interval', 'end'],
    ]);
    for (const line of lines) {
      expect(liveSchema.parse(line)).toEqual(line);
      expect(isByPublished(line)).toBe(true);
    }
    expect(isByPublished({ ...lines[0], schema: 'lacpscope/live@2' })).toBe(false);
  });

  it('says of an interval what the state says', async () => {
    const interval = (await said(STATE)).find(({ type }) => type === 'interval');
    expect(interval).toMatchObject({
      ...{ time: '1795332481.000000000', seconds: 131, interval: 1, dropped: 0, lostIntervals: 0 },
      flows: STATE.flows,
    });
    expect(interval).toHaveProperty('ports.2.ingress', {
      ...{ bitsPerSecond: STATE.ports[2]!.ingress.bitsPerSecond, framesPerSecond: 99_880, utilisation: 0.9988 },
      ...{ octets: STATE.ports[2]!.ingress.octets, frames: STATE.ports[2]!.ingress.frames },
    });
    expect(interval).toHaveProperty('connections.0.ingress.ports', ['igb2']);
    const [unknown] = (await said(unknownRates(STATE))).filter(({ type }) => type === 'interval');
    expect(unknown).toHaveProperty('ports.2.ingress.utilisation', null);
  });

  it('tells each analysis once, in short', async () => {
    const later = { ...STATE, judged: { ...PING_PONG_STATE.judged!, timeMs: STATE.judged!.timeMs + 5000 } };
    const analyses = (await said(STATE, tick(1), later)).filter(({ type }) => type === 'analysis');
    expect(analyses).toHaveLength(2);
    expect(analyses[0]).toMatchObject({
      findings: [{ id: 'load-one-link' }, { id: 'load-spread' }, { id: 'pingpong-none' }, {}],
      directions: {
        ingress: {
          ...{ distribution: 'single-port', function: null, pingPongFlows: 0 },
          fields: [{ field: 'l4.srcport', verdict: 'unused', chance: 4 ** -16 }, {}, {}, {}],
        },
        egress: { function: { id: 'linux-layer3+4', heldOutAccuracy: 1 } },
      },
    });
    expect(analyses[1]).toMatchObject({ directions: { ingress: { pingPongFlows: 1, movedFlows: 0 } } });
  });

  it('tells each interval once, though the state may be shown again', async () => {
    const again = { ...STATE, events: [...STATE.events, { timeMs: STATE.timeMs, kind: 'port' as const, text: 'up' }] };
    const types = (await said(STATE, { ...STATE }, again)).map(({ type }) => type);
    expect(types.filter((type) => type === 'interval')).toHaveLength(1);
    expect(types.filter((type) => type === 'event')).toHaveLength(4);
  });

  it('loses intervals to a slow reader, counts them, and holds one piece', async () => {
    const { stream, pieces, waiting, lines } = reader({ isFast: false });
    const late: LiveEvent = { timeMs: STATE.timeMs + 50_000, kind: 'port', text: 'igb3 went down' };
    for (let n = 0; n < 100; n++) {
      stream.take({ ...tick(n), events: n < 50 ? STATE.events : [...STATE.events, late] });
      await settled();
    }
    expect(pieces).toHaveLength(1);
    waiting.shift()!.take();
    await settled();
    stream.take({ ...tick(100), events: [...STATE.events, late] });
    waiting.shift()!.take();
    await settled();
    const ended = stream.end();
    await settled();
    waiting.shift()!.take();
    await ended;
    const intervals = lines().filter((line) => line.type === 'interval');
    expect(intervals.map(({ seconds, lostIntervals }) => [seconds, lostIntervals])).toEqual([
      [131, 0],
      [231, 99],
    ]);
    expect(lines().filter(({ type }) => type === 'event')).toHaveLength(4); // the late one is not lost
    expect(lines().at(-1)).toMatchObject({ type: 'end', intervals: 2, lostIntervals: 99 });
  });

  it('ends where the reader went away, and says so once', async () => {
    const { stream, pieces, waiting, onFailure } = reader({ isFast: false });
    stream.take(STATE);
    waiting.shift()!.fail(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    await settled();
    stream.take(tick(1));
    await stream.end();
    expect(onFailure).toHaveBeenCalledOnce();
    expect(pieces).toHaveLength(1);
  });

  it('is ASCII, and gives hostile names back as they were', async () => {
    const { stream, pieces, lines } = reader();
    const state = hostileState(STATE);
    stream.take(state);
    await stream.end();
    expect(pieces.join('')).toMatch(/^[ -~\n]*$/);
    expect(lines().find(({ type }) => type === 'interval')).toHaveProperty('ports.2.port', state.ports[2]!.name);
  });

  it('says nothing where nothing was seen', async () => {
    expect(await said()).toEqual([]);
  });
});

describe('new events', () => {
  const event = (n: number): LiveEvent => ({ timeMs: n, kind: 'move', text: 'moved' });

  it('are those behind what was said, whatever the state still keeps', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), fc.integer({ min: 1, max: 30 }), (before, more, kept) => {
        const all = Array.from({ length: before + more }, (_, n) => event(n));
        const first = all.slice(0, before).slice(-kept);
        const now = all.slice(-kept).map((each) => ({ ...each }));
        expect(newEvents(first, now)).toEqual(all.slice(before).slice(-kept));
      }),
    );
  });
});
