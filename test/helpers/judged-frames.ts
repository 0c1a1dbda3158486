/** Frames that a test lists one by one, on ports of its choice, through the engine to the verdicts on their flows. */

import { type FlowVerdicts, judgeFlows } from '../../src/flows/judge-flows.js';
import { type PassOf, passOf } from './engine-pass.js';
import { type FrameOptions, frame, pcap } from './frames.js';

export interface PortFrame {
  readonly port: number;
  readonly ns: number; // as the clock of that port has it
  readonly frame: FrameOptions | Uint8Array;
}

const ORIGIN = 1_700_000_000_000_000_000n;

export async function passOfFrames(frames: readonly PortFrame[], skewSeconds = 0.001, options: PassOf = {}) {
  const ports = Math.max(...frames.map(({ port }) => port)) + 1;
  const captures = Array.from({ length: ports }, (_, port) => {
    const own = frames.filter((each) => each.port === port).sort((a, b) => a.ns - b.ns);
    const records = own.map(({ ns, frame: of }) => ({
      ns: ORIGIN + BigInt(Math.round(ns)),
      bytes: of instanceof Uint8Array ? of : frame(of),
    }));
    return [`igb${port}.pcap`, pcap(records)] as const;
  });
  return passOf(Object.fromEntries(captures), { ...options, skewSeconds });
}

/** Of captures with a single flow. */
export async function verdictOn(
  frames: readonly PortFrame[],
  skewSeconds?: number,
): Promise<ReturnType<FlowVerdicts['of']>> {
  const pass = await passOfFrames(frames, skewSeconds);
  if (pass.flows.count !== 1) throw new Error(`${pass.flows.count} flows`);
  return judgeFlows(pass).of(0);
}
