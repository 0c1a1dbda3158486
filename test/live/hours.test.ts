import { describe, expect, it, vi } from 'vitest';
import { judgeImage } from '../../src/analysis/judge-image.js';
import { LivePass } from '../../src/engine/live-pass.js';
import { Ageing } from '../../src/live/ageing.js';
import { LiveCounts } from '../../src/live/counts.js';
import type { Source } from '../../src/sources/source.js';
import { frame } from '../helpers/frames.js';

vi.setConfig({ testTimeout: 120_000 });

const START = 1_700_000_000;
const PORTS = 4;
const SERVER = 0x020000000001;
const HEADER = Uint8Array.from([0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0]);
const PATTERN = frame({ protocol: 'udp', payload: 30, src: '02:00:00:00:01:00', dst: '02:00:00:00:00:01' });

/** Eight hours in which clients come and go, and one flow of each port stays: a frame each second. */
class Hours implements Source {
  readonly size = null;
  #second = 0;
  #next = 0; // frame of the second
  #headed = false;
  #until = 0;
  #wake: () => void = () => undefined;

  constructor(
    readonly port: number,
    readonly seconds: number,
    readonly perSecond: number,
  ) {}

  get name(): string {
    return `p${this.port}`;
  }

  goOnUntil(second: number): void {
    this.#until = second;
    this.#wake();
  }

  async read(into: Uint8Array): Promise<number> {
    if (!this.#headed) {
      this.#headed = true;
      into.set(HEADER);
      return HEADER.length;
    }
    while (this.#second >= this.#until && this.#second < this.seconds) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
    const record = 16 + PATTERN.length;
    let at = 0;
    while (this.#second < Math.min(this.#until, this.seconds) && at + record <= into.length) {
      const isSteady = this.#next === 0;
      const flow = this.#second * this.perSecond + this.#next;
      view.setUint32(at, START + this.#second, true);
      view.setUint32(at + 4, Math.floor((this.#next / (this.perSecond + 1)) * 1e9) + this.port, true);
      view.setUint32(at + 8, PATTERN.length, true);
      view.setUint32(at + 12, PATTERN.length, true);
      into.set(PATTERN, at + 16);
      // The source address says which flow; the steady one has the same all the time.
      view.setUint32(at + 16 + 26, isSteady ? 0x0a000000 + this.port : 0x0b000000 + flow * PORTS + this.port);
      at += record;
      this.#next++;
      if (this.#next > this.perSecond) {
        this.#next = 0;
        this.#second++;
      }
    }
    return at;
  }

  close(): void {}
}

describe('a capture of eight hours, in a clock that runs fast', () => {
  it('needs no more memory at its end than after the first hour, and counts every frame', async () => {
    const [hours, perSecond] = [8, 8];
    const seconds = hours * 3600;
    const sources = Array.from({ length: PORTS }, (_, port) => new Hours(port, seconds, perSecond));
    let now = START;
    const pass = new LivePass({
      inputs: sources.map((source) => ({ portName: source.name, source })),
      localMacs: [SERVER],
      maxFlows: 1 << 15,
      skewSeconds: 0.001,
      holdMs: 300,
      now: () => now * 1000,
    });
    const counts = new LiveCounts(pass, 50);
    const ageing = new Ageing(pass, 300);
    const running = pass.run();
    const used: number[] = [];
    let held = 0;
    for (let second = 60; second <= seconds; second += 60) {
      now = START + second;
      for (const source of sources) source.goOnUntil(second);
      const frames = second * (perSecond + 1) * PORTS;
      while (pass.lanes.reduce((sum, lane) => sum + lane.frames, 0) < frames) await new Promise(setImmediate);
      held = Math.max(held, counts.look(() => null).held);
      if (ageing.dropIdle() > 0) counts.restart();
      if (second % 3600 === 0) {
        await judgeImage(pass.image(), { localMacs: [SERVER], limits: ageing.limits() });
        used.push(process.memoryUsage().rss);
      }
    }
    await running;
    const document = await judgeImage(pass.image(), { localMacs: [SERVER], limits: ageing.limits() });
    const flows = seconds * perSecond * PORTS + PORTS;
    expect(held).toBeLessThan(1 << 15);
    expect(ageing.flows).toBeGreaterThan(flows - (1 << 15));
    expect(counts.look(() => null).overflowFrames).toBe(0);
    expect(document.directions.ingress.frames).toBe(seconds * (perSecond + 1) * PORTS);
    const steady = document.directions.ingress.topFlows.filter(({ frames }) => frames === seconds);
    expect(steady).toHaveLength(PORTS);
    expect(document.quality.limits.join(' ')).toContain('are in the totals only');
    expect(Math.max(...used.slice(1))).toBeLessThan(used[0]! + 48 * 1024 * 1024);
  });
});
