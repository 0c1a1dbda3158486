import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passOf as passOfImage } from '../../src/engine/image.js';
import { LivePass } from '../../src/engine/live-pass.js';
import type { Source } from '../../src/sources/source.js';
import { memorySource, passOf, plain } from '../helpers/engine-pass.js';
import { type Captured, frame, pcap } from '../helpers/frames.js';

const START = 1_700_000_000_000_000_000n;
const NEVER = 1e12; // milliseconds: longer than any test

/** Flows over some ports: ordinary ones, sprayed ones, copies, fragments, losses, IPv6, tunnels. */
const traffic = fc.tuple(
  fc.integer({ min: 1, max: 4 }),
  fc.array(
    fc.record({
      gap: fc.constantFrom(0, 1_000, 40_000, 3_000_000, 800_000_000, 5_000_000_000),
      port: fc.nat(3),
      flow: fc.nat(9),
      kind: fc.constantFrom('data', 'data', 'ack', 'shut', 'udp', 'first', 'later', 'six', 'vlan', 'gre'),
      number: fc.nat(12),
      copy: fc.boolean(),
    }),
    { minLength: 1, maxLength: 150 },
  ),
);
type Traffic = typeof traffic extends fc.Arbitrary<infer T> ? T : never;

function framesOf([ports, packets]: Traffic): Captured[][] {
  const frames: Captured[][] = Array.from({ length: ports }, () => []);
  let ns = START;
  for (const { gap, port, flow, kind, number, copy } of packets) {
    ns += BigInt(gap);
    const bytes = bytesOf(flow, kind, number);
    // Most flows keep to a port of their own.
    const on = flow < 6 ? flow % ports : port % ports;
    frames[on]!.push({ ns, bytes });
    if (copy && flow === 9) frames[(on + 1) % ports]!.push({ ns: ns + 5_000n, bytes });
  }
  for (const each of frames) each.sort((a, b) => (a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0));
  return frames;
}

const BACK = { src: '0a', dst: '01', srcIp: '192.0.2.10', dstIp: '192.0.2.1' };

function bytesOf(flow: number, kind: string, number: number): Uint8Array {
  const srcPort = 5000 + flow;
  const id = number + 1;
  if (kind === 'data') return frame({ srcPort, id, seq: 1000 + number * 100, payload: 100 });
  if (kind === 'ack') return frame({ srcPort, id, ack: 7000 + number * 50 });
  if (kind === 'shut')
    return frame({ ...BACK, srcPort: 5201, dstPort: srcPort, id, ack: 7000, window: number < 9 ? 0 : 99 });
  if (kind === 'udp') return frame({ srcPort, protocol: 'udp', id, payload: 30 });
  if (kind === 'first') return frame({ srcPort, protocol: 'udp', id: number, payload: 64, more: true });
  if (kind === 'later') return frame({ srcPort, protocol: 'udp', id: number, payload: 64, offset: 64 });
  if (kind === 'vlan') return frame({ srcPort, vlans: [7], seq: 1000 + number * 100, payload: 100 });
  if (kind === 'gre') return frame({ srcPort, protocol: 47, id, payload: 60 });
  return frame({ ip: 6, srcPort, seq: 1000 + number * 100, payload: 100 });
}

const captures = (frames: readonly Captured[][]) =>
  Object.fromEntries(frames.map((each, port) => [`p${port}.pcap`, pcap(each)]));

/** Gives its bytes in portions, each when it is asked to. */
class Trickle implements Source {
  readonly size = null;
  #at = 0;
  #given = 0;
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(
    readonly name: string,
    readonly bytes: Uint8Array,
  ) {}

  give(octets: number): void {
    this.#given = Math.min(this.bytes.length, this.#given + octets);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async read(into: Uint8Array): Promise<number> {
    while (this.#at === this.#given && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const n = Math.min(into.length, this.#given - this.#at);
    into.set(this.bytes.subarray(this.#at, this.#at + n));
    this.#at += n;
    return n;
  }

  close(): void {
    this.end();
  }
}

function livePass(sources: readonly Source[], holdMs = NEVER, maxFlows = 4096): LivePass {
  const inputs = sources.map((source) => ({ portName: source.name.replace('.pcap', ''), source }));
  return new LivePass({ inputs, localMacs: [], maxFlows, skewSeconds: 0.001, holdMs, digestSeed: 7 });
}

describe('a pass over inputs that go on', () => {
  it('counts what a pass over the same files counts, whatever comes first', async () => {
    await fc.assert(
      fc.asyncProperty(
        traffic,
        fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 900 }))),
        async (drawn, steps) => {
          const files = captures(framesOf(drawn));
          const sources = Object.entries(files).map(([name, bytes]) => new Trickle(name, bytes));
          const live = livePass(sources);
          const running = live.run();
          for (const [lane, octets] of steps) {
            sources[lane % sources.length]!.give(octets);
            await new Promise(setImmediate);
          }
          const seen = passOfImage(live.image()); // in the midst of it: changes nothing
          expect(seen.totals.frames).toBeLessThanOrEqual(drawn[1].length * 2);
          for (const source of sources) {
            source.give(source.bytes.length);
            source.end();
          }
          await running;
          const image = plain(passOfImage(live.image()));
          expect(image).toEqual(plain(await passOf(files)));
          expect(plain(live.pass())).toEqual(image);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('goes on without a port that is quiet', async () => {
    const frames = Array.from({ length: 400 }, (_, i) => ({
      ns: START + BigInt(i) * 1_000_000n,
      bytes: frame({ srcPort: 5000 + (i % 7), id: i + 1, protocol: 'udp', payload: 30 }),
    }));
    const busy = new Trickle('busy.pcap', pcap(frames));
    const quiet = new Trickle('quiet.pcap', pcap([]));
    const live = livePass([busy, quiet], 60);
    const running = live.run();
    quiet.give(24);
    busy.give(busy.bytes.length);
    await expect
      .poll(
        () => {
          live.core.exports.load_totals();
          return live.core.view.getBigUint64(live.core.area('loadTotals') + 8, true);
        },
        { timeout: 5000 },
      )
      .toBe(400n);
    busy.end();
    quiet.end();
    await running;
    expect(live.horizonNs).toBeNull(); // all is counted: there is none
    expect(live.pass().totals.frames).toBe(400);
  });

  it('says what cannot be read', async () => {
    const live = livePass([memorySource('p0.pcap', new TextEncoder().encode('no capture, but a text of some length'))]);
    await expect(live.run()).rejects.toThrow('p0.pcap');
  });
});

describe('flows that leave the tables', () => {
  /** Frames up to a moment, then all flows leave that were idle for a while, then the others. */
  async function aged(frames: readonly Captured[][], at: bigint, idleNs: bigint) {
    const files = captures(frames);
    const sources = Object.entries(files).map(([name, bytes]) => new Trickle(name, bytes));
    const live = livePass(sources);
    const running = live.run();
    frames.forEach((each, port) => {
      const before = each.filter(({ ns }) => ns < at).map(({ bytes }) => 16 + bytes.length);
      sources[port]!.give(24 + before.reduce((sum, octets) => sum + octets, 0));
    });
    const given = frames.flat().filter(({ ns }) => ns < at).length;
    while (live.lanes.reduce((sum, lane) => sum + lane.frames, 0) < given) await new Promise(setImmediate);
    for (const lane of sources.keys()) live.core.exports.promise(lane, at);
    live.core.exports.run(); // all that came is counted
    const dropped = live.core.exports.drop_idle(at - idleNs);
    for (const source of sources) {
      source.give(source.bytes.length);
      source.end();
    }
    await running;
    return { dropped, pass: live.pass(), stations: live.core.count('stations') };
  }

  const key = (row: ReturnType<typeof plain>['rows'][number]) =>
    JSON.stringify([row.src, row.dst, row.type, row.vlan, row.proto, row.ports, row.id, row.ips]);

  it('take nothing from those that stay, and nothing from the sums', async () => {
    let dropped = 0;
    await fc.assert(
      fc.asyncProperty(
        traffic,
        fc.nat(100),
        fc.constantFrom(10_000_000n, 1_000_000_000n, 6_000_000_000n),
        async (drawn, percent, idleNs) => {
          const frames = framesOf(drawn);
          const times = frames.flat().map(({ ns }) => ns);
          const last = times.reduce((a, b) => (a > b ? a : b));
          const at = START + ((last - START) * BigInt(percent)) / 100n;
          const result = await aged(frames, at, idleNs);
          dropped += result.dropped;
          const whole = plain(await passOf(captures(frames)));
          const left = plain(result.pass);
          const rows = new Map(whole.rows.map((row) => [key(row), row]));
          for (const row of left.rows) {
            const full = rows.get(key(row))!;
            const isWhole = row.first[1] === full.first[1] && row.times[0] === full.times[0];
            // What a receiver said went with the flow of its acknowledgements, if that was idle.
            const closures = row.closures.length === 0 ? [] : full.closures;
            if (isWhole) expect(row).toEqual({ ...full, closures });
            else expect(row.frames).toBeLessThan(full.frames);
          }
          // Copies are told by a table of the last frames, which goes too.
          const { undecodable, ...totals } = whole.totals;
          expect(left.totals).toMatchObject(totals);
          expect(left.series).toEqual(whole.series);
        },
      ),
      { numRuns: 150 },
    );
    expect(dropped).toBeGreaterThan(100); // else nothing was tried
  });

  it('leave nothing behind of stations that come and go', async () => {
    const station = (i: number) => `02:00:00:00:00:${i.toString(16).padStart(2, '0')}`;
    const frames = Array.from({ length: 60 }, (_, i) => ({
      ns: START + BigInt(i) * 1_000_000_000n,
      bytes: frame({ src: station(i), srcPort: 5000 + i, payload: 10 }),
    }));
    const { dropped, pass, stations } = await aged([frames], START + 40_000_000_000n, 5_000_000_000n);
    expect(dropped).toBe(35);
    expect(stations).toBe(25);
    const left = plain(pass).rows.map(({ src, ports }) => [src & 0xff, ports[0]]);
    expect(left).toEqual(Array.from({ length: 25 }, (_, i) => [35 + i, 5035 + i]));
  });
});
