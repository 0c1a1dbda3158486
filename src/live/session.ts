/** A capture that is looked at while it goes on: counts each interval, an analysis now and then, a last one at the end. */
import { setTimeout as wait } from 'node:timers/promises';
import type { JudgingOptions } from '../analysis/options.js';
import { parseIp } from '../control/addresses.js';
import type { Analysis } from '../document/schema.js';
import { LivePass } from '../engine/live-pass.js';
import type { RecordedPort } from '../recording/record.js';
import { Ageing } from './ageing.js';
import { type Kept, KeptStream, stationOf } from './beginning.js';
import { changesBetween } from './changes.js';
import { type Counts, LiveCounts } from './counts.js';
import type { Judge } from './judging.js';
import { droppedBy, emptyState, flowKey, verdictsOf } from './snapshot.js';
import type { Judged, LiveEvent, LiveState } from './state.js';

export interface LiveInput extends RecordedPort {
  /** A capture of several ports, which names them itself. */
  readonly holdsSeveral?: boolean;
}

export interface LiveOptions extends Omit<JudgingOptions, 'signal' | 'onWork'> {
  readonly ports: readonly LiveInput[];
  readonly judge: Judge;
  readonly intervalSeconds?: number; // 1
  readonly judgeSeconds?: number; // 10: between two analyses, at least
  readonly idleSeconds?: number; // 300: after so long a flow may leave the tables
  readonly maxFlows?: number; // 131,072
  readonly top?: number; // connections that are listed
  /** For so long others wait for a port that brings nothing; programs that capture elsewhere hand over frames in portions. */
  readonly holdMs?: number;
  /** How long the side that is local is looked for at the beginning, at most. */
  readonly beginningMs?: number;
  readonly onState: (state: LiveState) => void;
  /** Ends it. */
  readonly stop: AbortSignal;
}

const USUAL = {
  intervalSeconds: 1,
  judgeSeconds: 10,
  idleSeconds: 300,
  maxFlows: 1 << 17,
  top: 200,
  holdMs: 300,
  beginningMs: 8000,
};
const FIRST_JUDGED_MS = 3000;
const LOOK_MS = 500;
/** Of one processor, for analyses. */
const SHARE_OF_JUDGING = 0.1;
const KEPT_OCTETS = 64 * 1024 * 1024;
const EVENTS = 200;
const TOGETHER_MS = 2000;

/**
 * @returns the analysis of all that was captured
 * @throws CaptureError for a port that cannot be read at all
 */
export async function runLive(options: LiveOptions): Promise<Analysis> {
  return new Session(options).run();
}

class Session {
  readonly #options: LiveOptions & typeof USUAL;
  readonly #began = Date.now();
  readonly #events: LiveEvent[] = [];
  readonly #troubles: string[] = [];
  readonly #endedAt = new Map<number, number>(); // by port
  readonly #told = new Set<number>();
  #state: LiveState | null = null;
  #judged: Judged | null = null;
  #verdicts = new Map<string, string>();
  #aged: Ageing | null = null;

  constructor(options: LiveOptions) {
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    this.#options = { ...USUAL, ...given } as LiveOptions & typeof USUAL;
  }

  async run(): Promise<Analysis> {
    const { ports, stop } = this.#options;
    const end = () => {
      for (const { stream } of ports) stream.stop();
    };
    stop.addEventListener('abort', end);
    if (stop.aborted) end();
    try {
      return await this.#run();
    } finally {
      stop.removeEventListener('abort', end);
      for (const { stream } of ports) stream.close();
    }
  }

  async #run(): Promise<Analysis> {
    const { ports, maxFlows, skewSeconds, holdMs, top, idleSeconds } = this.#options;
    const kept = ports.map(({ name, stream, holdsSeveral }) => ({
      name: holdsSeveral === true ? null : name,
      kept: new KeptStream(stream),
    }));
    const local = await this.#localSide(kept);
    const pass = new LivePass({
      inputs: ports.map((port, i) => ({
        portName: port.holdsSeveral === true ? null : port.name,
        label: port.name,
        source: kept[i]!.kept,
        speed: port.bitsPerSecond ?? null,
        drops: () => port.drops?.() ?? port.stream.drops ?? null,
      })),
      localMacs: local.macs,
      localIps: local.ips.flatMap((ip) => parseIp(ip) ?? []),
      maxFlows,
      skewSeconds: skewSeconds ?? ASSUMED_SKEW_SECONDS,
      holdMs,
    });
    const counts = new LiveCounts(pass, top);
    this.#aged = new Ageing(pass, idleSeconds);
    const judgeNow = () => this.#judge(pass, local.macs);
    let running = true;
    const whole = pass.run().finally(() => {
      running = false;
    });
    const looks = Promise.all([
      this.#tick(pass, counts, () => running),
      this.#judgeNowAndThen(judgeNow, () => running),
    ]);
    await Promise.all([whole, looks]);
    this.#look(pass, counts);
    await judgeNow();
    if (this.#judged === null) throw new Error(`the analysis failed: ${this.#troubles.at(-1)}`);
    this.#show();
    return this.#judged.document;
  }

  /** MAC and IP addresses of the side that is captured on; none where the beginning does not say. */
  async #localSide(kept: readonly Kept[]) {
    const { local = [], beginningMs, stop } = this.#options;
    for (const each of kept) each.kept.keep();
    const until = performance.now() + beginningMs;
    let found: Awaited<ReturnType<typeof stationOf>> = null;
    for (;;) {
      await wait(LOOK_MS);
      this.#show();
      found = await stationOf(kept, local);
      const octets = kept.reduce((sum, each) => sum + each.kept.octets, 0);
      // Without traffic nothing is lost by waiting for it.
      const isOver = stop.aborted || octets > KEPT_OCTETS || kept.every((each) => each.kept.hasEnded);
      const isTime = isOver || (found?.isEnough === true && performance.now() >= until);
      if (isTime || (found?.isCertain === true && performance.now() >= until - beginningMs + LEAST_BEGINNING_MS)) break;
    }
    for (const each of kept) each.kept.enough();
    return { macs: [...(found?.station.macs ?? [])], ips: found?.station.ips ?? [] };
  }

  async #tick(pass: LivePass, counts: LiveCounts, isRunning: () => boolean): Promise<void> {
    while (isRunning()) {
      await pause(this.#options.intervalSeconds * 1000, isRunning);
      this.#look(pass, counts);
    }
  }

  #look(pass: LivePass, counts: LiveCounts): void {
    const seen = counts.look((flow) => this.#verdicts.get(flowKey(flow)) ?? null);
    if (this.#aged!.dropIdle() > 0) counts.restart();
    this.#note(pass, seen);
    this.#state = this.#stateOf(pass, seen);
    this.#show();
  }

  #note(pass: LivePass, { moved }: Counts): void {
    const timeMs = Date.now();
    for (const { name, events } of this.#options.ports) {
      for (const event of events?.() ?? []) {
        this.#event({ timeMs: event.timeMs, kind: 'port', text: `${name}: ${event.detail}` });
      }
    }
    for (const { direction, from, to, flows } of moved) {
      const who = flows === 1 ? '1 flow' : `${flows} flows`;
      this.#event({ timeMs, kind: 'move', text: `${direction}: ${who} of ${from} came on ${to}` });
    }
    const { ports, stop } = this.#options;
    const isOver = stop.aborted || ports.every((_, index) => pass.hasEnded(index));
    for (const [index, { name, stream }] of ports.entries()) {
      if (!pass.hasEnded(index) || (isOver && !stream.failure)) continue;
      // Captures that end together end within a moment.
      const since = this.#endedAt.get(index) ?? timeMs;
      this.#endedAt.set(index, since);
      if (timeMs - since < TOGETHER_MS && !stream.failure) continue;
      if (this.#told.has(index)) continue;
      this.#told.add(index);
      const text = `${name}: its capture ended${stream.failure ? `: ${stream.failure}` : ''}`;
      this.#troubles.push(text);
      this.#event({ timeMs, kind: 'port', text });
    }
  }

  #event(event: LiveEvent): void {
    this.#events.push(event);
    if (this.#events.length > EVENTS) this.#events.shift();
  }

  async #judgeNowAndThen(judge: () => Promise<void>, isRunning: () => boolean): Promise<void> {
    await pause(FIRST_JUDGED_MS, isRunning);
    while (isRunning()) {
      const began = performance.now();
      await judge();
      const took = performance.now() - began;
      await pause(Math.max(this.#options.judgeSeconds * 1000, took / SHARE_OF_JUDGING), isRunning);
    }
  }

  async #judge(pass: LivePass, localMacs: readonly number[]): Promise<void> {
    const { judge, local, rate, skewSeconds, flowsListed, job, limits = [] } = this.#options;
    const timeMs = Date.now();
    const said = [...limits, ...this.#troubles.map((text) => `${text}.`), ...this.#aged!.limits()];
    const given = { local, rate, skewSeconds, flowsListed, job };
    const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    try {
      const document = await judge(pass.image(), { ...known, localMacs, limits: said });
      for (const event of changesBetween(this.#judged?.document ?? null, document, timeMs)) this.#event(event);
      this.#judged = { timeMs, document };
      this.#verdicts = verdictsOf(document);
    } catch (error) {
      const text = `An analysis failed: ${(error as Error).message}`;
      if (!this.#troubles.includes(text)) this.#troubles.push(text);
    }
  }

  #stateOf(pass: LivePass, counts: Counts): LiveState {
    const timeMs = Date.now();
    const inputs = this.#options.ports;
    const dropped = inputs.map(droppedBy);
    return {
      timeMs,
      seconds: (timeMs - this.#began) / 1000,
      intervalSeconds: counts.intervalSeconds,
      ports: pass.ports.map((name, index) => {
        const input = inputs.findIndex((each) => each.name === name);
        return {
          name,
          ...counts.ports[index]!,
          linkBitsPerSecond: this.#rateOf(name, inputs[input]?.bitsPerSecond ?? null),
          dropped: dropped[input] ?? null,
          isCaptured: input < 0 ? !inputs.every((_, each) => pass.hasEnded(each)) : !pass.hasEnded(input),
        };
      }),
      connections: counts.connections,
      flows: {
        held: counts.held,
        aged: this.#aged!.flows,
        onSeveralPorts: counts.onSeveralPorts + this.#aged!.onSeveralPorts,
        overflowFrames: counts.overflowFrames,
      },
      dropped: dropped.every((n) => n === null) ? null : dropped.reduce<number>((sum, n) => sum + (n ?? 0), 0),
      events: [...this.#events],
      judged: this.#judged,
      troubles: [...this.#troubles],
    };
  }

  #rateOf(name: string, bitsPerSecond: number | null): number | null {
    const { rate } = this.#options;
    const given = typeof rate === 'number' ? rate : rate?.get(name);
    if (given !== undefined) return given;
    const judged = this.#judged?.document.directions.ingress.ports.find(({ port }) => port === name);
    const fromNeighbour = judged?.linkRateBasis === 'assumed' ? null : judged?.linkBitsPerSecond;
    return bitsPerSecond ?? fromNeighbour ?? null;
  }

  #show(): void {
    const state = this.#state ?? emptyState(this.#options.ports, this.#began, this.#troubles);
    this.#options.onState({ ...state, events: [...this.#events], judged: this.#judged, troubles: [...this.#troubles] });
  }
}

const ASSUMED_SKEW_SECONDS = 0.001;
/** Time for a LACPDU at the fast rate, which says who is who. */
const LEAST_BEGINNING_MS = 1500;

async function pause(milliseconds: number, isRunning: () => boolean): Promise<void> {
  const until = performance.now() + milliseconds;
  for (let left = milliseconds; left > 0 && isRunning(); left = until - performance.now()) {
    await wait(Math.min(left, LOOK_MS / 5));
  }
}
