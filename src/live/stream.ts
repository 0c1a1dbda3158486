/**
 * The stream of `live`: NDJSON, as document/live-schema.ts has it. A reader that is slow loses intervals, which are counted,
 * and never makes this process hold more than one piece of text.
 */

import type { LiveLine, LiveLineOf } from '../document/live-schema.js';
import type { Direction } from '../document/schema.js';
import { VERSION } from '../version.js';
import { pingPongFlows } from './ping-pong.js';
import type { Judged, LiveEvent, LiveLoad, LivePortState, LiveState } from './state.js';

export interface TextSink {
  /** Resolves when all of it was taken and there is room for more; rejects where nothing more can be written. */
  write(text: string): Promise<void>;
}

export class LiveStream {
  readonly #sink: TextSink;
  readonly #onFailure: (error: unknown) => void;
  #writing: Promise<void> | null = null;
  #isClosed = false;
  #started = false;
  #events: readonly LiveEvent[] = [];
  #judgedMs: number | null = null;
  #intervalMs: number | null = null;
  #intervals = 0;
  #lost = 0;
  #last: LiveState | null = null;

  /** @param onFailure once: the reader went away (EPIPE), or the disk is full. Nothing is written afterwards. */
  constructor(sink: TextSink, onFailure: (error: unknown) => void) {
    this.#sink = sink;
    this.#onFailure = onFailure;
  }

  /** Writes what is new in the state, or counts it as lost while the reader has not taken the last piece. */
  take(state: LiveState): void {
    if (this.#isClosed) return;
    this.#last = state;
    if (this.#writing !== null) {
      // Events and the analysis are not lost by it: they are in the next state that is written.
      if (this.#isNew(state)) this.#lost++;
      this.#intervalMs = state.timeMs;
      return;
    }
    const lines = this.#linesOf(state);
    if (lines.length > 0) this.#write(lines);
  }

  /** What is still to be said, and the last line; resolves when all of it was taken. */
  async end(): Promise<void> {
    await this.#writing;
    const last = this.#last;
    if (last === null || this.#isClosed) return;
    this.#write([...this.#newsOf(last), endLine(last, this.#intervals, this.#lost)]);
    await this.#writing;
    this.#isClosed = true;
  }

  #linesOf(state: LiveState): LiveLine[] {
    const lines = this.#newsOf(state);
    if (this.#isNew(state)) {
      this.#intervals++;
      this.#intervalMs = state.timeMs;
      lines.push(intervalLine(state, this.#lost));
    }
    return lines;
  }

  /** A state is shown again where only an event or an analysis came. */
  #isNew({ intervalSeconds, timeMs }: LiveState): boolean {
    return intervalSeconds > 0 && timeMs !== this.#intervalMs;
  }

  #newsOf(state: LiveState): LiveLine[] {
    const lines: LiveLine[] = [];
    if (!this.#started) lines.push(startLine(state));
    this.#started = true;
    lines.push(...newEvents(this.#events, state.events).map(eventLine));
    this.#events = state.events;
    if (state.judged !== null && state.judged.timeMs !== this.#judgedMs) {
      this.#judgedMs = state.judged.timeMs;
      lines.push(analysisLine(state.judged));
    }
    return lines;
  }

  #write(lines: readonly LiveLine[]): void {
    this.#writing = this.#sink.write(lines.map(lineText).join('')).then(
      () => {
        this.#writing = null;
      },
      (error: unknown) => {
        this.#writing = null;
        this.#isClosed = true;
        this.#onFailure(error);
      },
    );
  }
}

/** Those behind the greatest part of `before` that `now` begins with: the state keeps only the last ones. */
export function newEvents(before: readonly LiveEvent[], now: readonly LiveEvent[]): readonly LiveEvent[] {
  const isSame = (a: LiveEvent | undefined, b: LiveEvent | undefined) =>
    a === b || (a?.timeMs === b?.timeMs && a?.kind === b?.kind && a?.text === b?.text);
  for (let from = 0; from < before.length; from++) {
    const kept = before.slice(from);
    if (kept.length <= now.length && kept.every((each, index) => isSame(each, now[index])))
      return now.slice(kept.length);
  }
  return now;
}

/** ASCII: names from packets cannot act on a terminal that shows the stream, and every JSON reader gives them back. */
const lineText = (line: LiveLine) =>
  `${JSON.stringify(line).replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;

/** Seconds since the epoch, as the document writes times. */
function timeText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const nanoseconds = Math.min(999_999_999, Math.round((ms - seconds * 1000) * 1e6));
  return `${seconds}.${`${nanoseconds}`.padStart(9, '0')}`;
}

function startLine({ timeMs, seconds, ports }: LiveState): LiveLineOf<'start'> {
  return {
    type: 'start',
    schema: 'lacpscope/live@1',
    tool: { name: 'lacpscope', version: VERSION },
    time: timeText(timeMs - seconds * 1000),
    ports: ports.map(({ name, linkBitsPerSecond }) => ({ port: name, linkBitsPerSecond })),
  };
}

function intervalLine(state: LiveState, lostIntervals: number): LiveLineOf<'interval'> {
  const { timeMs, seconds, intervalSeconds, ports, connections, flows, dropped, troubles } = state;
  return {
    type: 'interval',
    time: timeText(timeMs),
    seconds,
    interval: intervalSeconds,
    ports: ports.map(portOf),
    connections: connections.map(({ protocol, source, destination, ingress, egress }) => ({
      ...{ protocol, source, destination },
      ...{ ingress: ingress && { ...ingress, ports: [...ingress.ports] } },
      ...{ egress: egress && { ...egress, ports: [...egress.ports] } },
    })),
    flows,
    dropped,
    troubles: [...troubles],
    lostIntervals,
  };
}

function portOf({ name, isCaptured, linkBitsPerSecond, dropped, ingress, egress }: LivePortState) {
  const load = ({ bitsPerSecond, framesPerSecond, octets, frames }: LiveLoad) => ({
    ...{ bitsPerSecond, framesPerSecond },
    utilisation: linkBitsPerSecond === null ? null : bitsPerSecond / linkBitsPerSecond,
    ...{ octets, frames },
  });
  return {
    ...{ port: name, captured: isCaptured, linkBitsPerSecond, dropped },
    ...{ ingress: load(ingress), egress: load(egress) },
  };
}

const eventLine = ({ timeMs, kind, text }: LiveEvent): LiveLineOf<'event'> => ({
  ...{ type: 'event', time: timeText(timeMs), kind, text },
});

function analysisLine({ timeMs, document }: Judged): LiveLineOf<'analysis'> {
  const { findings, directions, lacp, quality } = document;
  return {
    type: 'analysis',
    time: timeText(timeMs),
    findings: findings.map(({ id, severity, title, ports }) => ({ id, severity, title, ports })),
    directions: { ingress: directionOf(directions.ingress), egress: directionOf(directions.egress) },
    lacp: { present: lacp.present, ports: lacp.ports.map(({ port, state }) => ({ port, state })) },
    quality: quality.verdict,
  };
}

function directionOf(direction: Direction) {
  const { hash, distribution, pingPong } = direction;
  const named = hash?.function ?? null;
  const flows = pingPongFlows(direction);
  return {
    distribution: distribution.kind,
    fields: (hash?.fields ?? []).map(({ field, verdict, probability, evidence }) => ({
      ...{ field, verdict, probability, chance: evidence.chance },
    })),
    function: named && {
      ...{ id: named.id, flowsTested: named.flowsTested, heldOutAccuracy: named.heldOutAccuracy },
      alternatives: named.alternatives,
    },
    pingPongFlows: flows,
    movedFlows: pingPong.length - flows,
  };
}

function endLine(state: LiveState, intervals: number, lostIntervals: number): LiveLineOf<'end'> {
  const loads = state.ports.flatMap(({ ingress, egress }) => [ingress, egress]);
  return {
    type: 'end',
    time: timeText(state.timeMs),
    seconds: state.seconds,
    octets: loads.reduce((sum, { octets }) => sum + octets, 0),
    frames: loads.reduce((sum, { frames }) => sum + frames, 0),
    dropped: state.dropped,
    ...{ intervals, lostIntervals },
  };
}
