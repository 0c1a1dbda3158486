import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { judgeImage } from '../../src/analysis/judge-image.js';
import type { Analysis } from '../../src/document/schema.js';
import { runLive } from '../../src/live/session.js';
import type { LiveState } from '../../src/live/state.js';
import type { Stream } from '../../src/sources/spool.js';

const SAMPLES = join(import.meta.dirname, '../../samples');
const RECORD = 16;

/** A capture that comes as its frames came, only faster. */
class Replay implements Stream {
  readonly size = null;
  stopped = false;
  readonly #parts: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  readonly #began = performance.now();

  constructor(
    readonly name: string,
    bytes: Uint8Array,
    originSeconds: number,
    faster: number,
    quietMs = 0,
  ) {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    this.#parts.push({ at: 0, bytes: bytes.subarray(0, 24) });
    const scale = view.getUint32(0, true) === 0xa1b23c4d ? 1e9 : 1e6;
    for (let at = 24; at < bytes.length; ) {
      const seconds = view.getUint32(at, true) + view.getUint32(at + 4, true) / scale;
      const end = at + RECORD + view.getUint32(at + 8, true);
      this.#parts.push({ at: quietMs + ((seconds - originSeconds) * 1000) / faster, bytes: bytes.subarray(at, end) });
      at = end;
    }
  }

  async read(into: Uint8Array): Promise<number> {
    for (;;) {
      const [next] = this.#parts;
      if (next === undefined || this.stopped) return 0;
      const left = next.at - (performance.now() - this.#began);
      if (left > 0) {
        await wait(Math.min(left, 50));
        continue;
      }
      let filled = 0;
      while (this.#parts.length > 0 && this.#parts[0]!.at <= performance.now() - this.#began) {
        const { bytes } = this.#parts[0]!;
        if (filled + bytes.length > into.length) break;
        into.set(bytes, filled);
        filled += bytes.length;
        this.#parts.shift();
      }
      return filled;
    }
  }

  stop(): void {
    this.stopped = true;
  }

  close(): void {
    this.stop();
  }
}

const firstSeconds = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(24, true);

async function replayed(sample: string, files: readonly string[], faster: number, quietMs = 0) {
  const paths = files.map((file) => join(SAMPLES, sample, file));
  const contents = paths.map((path) => new Uint8Array(readFileSync(path)));
  const origin = Math.min(...contents.filter(({ length }) => length > 24).map(firstSeconds));
  const ports = files.map((file, i) => {
    const name = file.replace(/\..*$/, '');
    return { name, stream: new Replay(name, contents[i]!, origin, faster, quietMs) };
  });
  const states: LiveState[] = [];
  const document = await runLive({
    ports,
    judge: judgeImage,
    intervalSeconds: 0.2,
    judgeSeconds: 0.3,
    holdMs: 60_000, // a busy machine may be late with any port: nothing is to depend on that here
    beginningMs: 600,
    onState: (state) => states.push(state),
    stop: new AbortController().signal,
  });
  const offline = await analyze({ inputs: paths.map((path, i) => ({ name: ports[i]!.name, path })) });
  return { document, offline, states };
}

/** Flows that are alike stand in the order in which they were seen, which is that of reading. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(ordered);
    const isOfObjects = items.every((item) => typeof item === 'object' && item !== null);
    return isOfObjects ? items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, ordered(each)]));
}

/** By the names of ports, where files have other ones; without what is taken from flows in the order in which they were read. */
function said(document: Analysis) {
  const drawn = new Set(['evidence', 'direct', 'examples', 'pairsMoved', 'pairsDiffering']);
  const text = JSON.stringify(document, (name, value) => (drawn.has(name) ? undefined : value));
  return ordered(JSON.parse(text.replaceAll(/"(igb\d)\.pcap/g, '"$1'))) as Analysis;
}

describe('a capture that is looked at while it goes on', () => {
  it('says at its end what an analysis of the same frames says, flow by flow', async () => {
    const files = ['igb0.pcap', 'igb1.pcap', 'igb2.pcap', 'igb3.pcap'];
    const { document, offline, states } = await replayed('linkfail-l34', files, 8);
    const [live, file] = [said(document), said(offline)];
    const parts = ['capture', 'lag', 'directions', 'directionSplit', 'lacp', 'quality'] as const;
    for (const part of parts) expect(live[part], part).toEqual(file[part]);
    const found = ({ findings }: Analysis) =>
      findings.map(({ id, severity, title, ports }) => [id, severity, title, ports]);
    expect(found(live)).toEqual(found(file));
    expect(live.inputs.map(({ frames, octets }) => [frames, octets])).toEqual(
      file.inputs.map(({ frames, octets }) => [frames, octets]),
    );
    expect(states.length).toBeGreaterThan(5);
  });

  it('waits for traffic to say which side is the local one', async () => {
    const files = ['igb0.pcap', 'igb1.pcap', 'igb2.pcap', 'igb3.pcap'];
    const { document, offline } = await replayed('sf-l23-four-clients', files, 12, 2500);
    const frames = ({ directions }: Analysis) => [directions.ingress.frames, directions.egress.frames];
    expect(frames(document)).toEqual(frames(offline));
    expect(document.lag.localStation.macs).toEqual(offline.lag.localStation.macs);
  });
});
