/** Streams as captures of the member ports, through the engine, to what is said of each flow. */

import { judgeFlows } from '../../../src/flows/judge-flows.js';
import { isPingPong, type Verdict } from '../../../src/flows/verdict.js';
import { passOf } from '../../helpers/engine-pass.js';
import { type Captured, pcap } from '../../helpers/frames.js';
import type { Random } from '../random.js';
import type { Stream } from './streams.js';

export interface Circumstances {
  readonly ports: number;
  readonly loss: number; // share of frames that no capture has
  readonly clockNs: number; // clocks of the ports are off by up to so much, either way
}

export interface JudgedStream extends Circumstances {
  readonly stream: Pick<Stream, 'path' | 'packets' | 'numbering'>; // without its datagrams: there are millions
  readonly verdict: Verdict;
  readonly accused: boolean;
}

const ORIGIN = 1_700_000_000_000_000_000n;
const FIRST_PORT = 20_000;
const SKEW_SECONDS = 0.001; // what is assumed of captures that say nothing of their clocks

export async function judgeStreams(
  random: Random,
  streams: readonly Stream[],
  circumstances: Circumstances,
): Promise<JudgedStream[]> {
  const { ports, loss, clockNs } = circumstances;
  const offsets = Array.from({ length: ports }, () => (2 * random.real() - 1) * clockNs);
  const captured: Captured[][] = offsets.map(() => []);
  streams.forEach((stream, i) => {
    const frameOf = stream.frames({ srcIp: `198.51.${100 + (i >> 8)}.${i & 255}`, srcPort: FIRST_PORT + i });
    for (const sent of stream.sent) {
      if (random.chance(loss)) continue;
      const ns = Math.max(0, Math.round(sent.ns + offsets[sent.port] + clockNs));
      captured[sent.port].push({ ns: ORIGIN + BigInt(ns), bytes: frameOf(sent) });
    }
  });
  for (const frames of captured) frames.sort((a, b) => (a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0));
  const pass = await passOf(Object.fromEntries(captured.map((frames, port) => [`igb${port}.pcap`, pcap(frames)])), {
    skewSeconds: SKEW_SECONDS,
  });
  const verdicts = judgeFlows(pass);
  const found = new Map<number, Verdict>();
  for (let flow = 0; flow < pass.flows.count; flow++) {
    if (pass.flows.firstFragments(flow) + pass.flows.wholeFrames(flow) > 0) {
      found.set(pass.flows.srcPort(flow) - FIRST_PORT, verdicts.of(flow));
    }
  }
  return streams.map(({ path, packets, numbering }, i) => {
    const verdict = found.get(i) ?? 'insufficient';
    return { ...circumstances, stream: { path, packets, numbering }, verdict, accused: isPingPong(verdict) };
  });
}
