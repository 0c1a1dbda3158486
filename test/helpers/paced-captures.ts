/** Captures of a LAG whose flows send at rates that are known: frames at equal distances, one file a port. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { analyze } from '../../src/analysis/analyze.js';
import type { AnalyzeOptions } from '../../src/analysis/options.js';
import type { Analysis } from '../../src/document/schema.js';
import { type Captured, frame, pcap } from './frames.js';

export interface PacedFlow {
  readonly port: number;
  readonly client: number; // the last number of its address
  readonly srcPort?: number;
  readonly wireBitsPerSecond: number; // preamble, FCS and gap included
  readonly from?: number; // seconds
  readonly to: number;
  readonly frameOctets?: number; // without FCS
  readonly out?: boolean; // sent by the server
  /** Seconds of sending and of silence, in turn. */
  readonly bursts?: readonly [number, number];
}

export const SERVER = '02:00:00:00:00:0a';
const START = 1_800_000_000n * 1_000_000_000n;
/** A time of such a capture. */
export const at = (seconds: number) => START + BigInt(Math.round(seconds * 1e9));
const HEADERS = 54;

/** Captured frames of each port, headers only. */
export function pacedFrames(ports: number, flows: readonly PacedFlow[]): Captured[][] {
  const frames: Captured[][] = Array.from({ length: ports }, () => []);
  for (const flow of flows) {
    const { port, client, srcPort = 40_000, from = 0, to, frameOctets = 1514, out = false, bursts } = flow;
    const mac = `02:00:00:00:01:${client.toString(16).padStart(2, '0')}`;
    const [near, far] = ['192.0.2.10', `192.0.2.${client}`];
    const bytes = frame({
      ...(out
        ? { src: SERVER, dst: mac, srcIp: near, dstIp: far }
        : { src: mac, dst: SERVER, srcIp: far, dstIp: near }),
      ...(out ? { srcPort: 5201, dstPort: srcPort } : { srcPort, dstPort: 5201 }),
      protocol: 'udp',
      payload: HEADERS - 42,
    });
    new DataView(bytes.buffer).setUint16(16, frameOctets - 14); // the IP length as on the wire
    const step = ((frameOctets + 24) * 8) / flow.wireBitsPerSecond;
    for (let seconds = from; seconds < to; seconds += step) {
      if (bursts !== undefined && (seconds - from) % (bursts[0] + bursts[1]) >= bursts[0]) continue;
      frames[port]!.push({ ns: at(seconds), bytes, wire: frameOctets });
    }
  }
  return frames.map(inOrder);
}

const inOrder = (frames: readonly Captured[]) => [...frames].sort((a, b) => (a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0));

export const analyzePaced = (
  ports: number,
  flows: readonly PacedFlow[],
  options: Partial<AnalyzeOptions> = {},
): Promise<Analysis> => analyzeFrames(pacedFrames(ports, flows), options);

/** @param ports frames of each, in any order */
export async function analyzeFrames(
  ports: readonly (readonly Captured[])[],
  options: Partial<AnalyzeOptions> = {},
): Promise<Analysis> {
  const folder = mkdtempSync(join(tmpdir(), 'lacpscope-paced-'));
  try {
    const inputs = ports.map((frames, port) => {
      const path = join(folder, `igb${port}.pcap`);
      writeFileSync(path, pcap(inOrder(frames)));
      return { name: null, path };
    });
    return await analyze({ inputs, local: [SERVER], ...options });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
