/** Bulk transfers over TCP as captures of the server's ports see them: every second segment is acknowledged. */

import { analyze } from '../../src/analysis/analyze.js';
import type { AnalyzeOptions } from '../../src/analysis/options.js';
import type { Analysis } from '../../src/document/schema.js';
import { type Captured, frame, pcap } from './frames.js';
import { withFiles } from './temporary-files.js';

const START = 1_700_000_000_000_000_000n;
const SEGMENT = 1000; // octets
const APART_US = 500;
const TURNAROUND_US = 100;
const AGAIN_US = 30_000; // a lost segment is sent again so much later
const SERVER = { mac: '0a', ip: '192.0.2.10' };

export interface Transfer {
  readonly client: number; // 1 to 99
  readonly mac?: string; // last two digits; else its own
  readonly srcPort: number;
  readonly dataPort: number; // member port of the data, and of the answers
  readonly answerPort: number;
  readonly towardsServer?: boolean; // true
  readonly segments: number;
  /** What becomes of the n-th segment. `before`: lost before the capture; `behind`: after it; `capture`: the capture missed it. */
  readonly fate?: (n: number) => 'before' | 'behind' | 'capture' | null;
}

/** Frames of each of `ports` member ports. `clocksUs`: what the clock of a port is ahead. */
export function captureTransfers(
  transfers: readonly Transfer[],
  ports: number,
  clocksUs: readonly number[] = [],
): Uint8Array[] {
  const frames: { us: number; port: number; bytes: Uint8Array }[] = [];
  transfers.forEach((transfer, t) => {
    for (const each of framesOf(transfer, 37 * t)) frames.push({ ...each, us: each.us + (clocksUs[each.port] ?? 0) });
  });
  return Array.from({ length: ports }, (_, port) => {
    const own = frames.filter((each) => each.port === port).sort((a, b) => a.us - b.us);
    return pcap(own.map(({ us, bytes }): Captured => ({ ns: START + BigInt(us + 1_000_000) * 1000n, bytes })));
  });
}

function framesOf(transfer: Transfer, startUs: number) {
  const { client, srcPort, dataPort, answerPort, towardsServer = true, segments, fate = () => null } = transfer;
  const host = { mac: transfer.mac ?? client.toString(16).padStart(2, '0'), ip: `192.0.2.${client + 100}` };
  const [sender, receiver] = towardsServer ? [host, SERVER] : [SERVER, host];
  const [from, to] = towardsServer ? [srcPort, 5201] : [5201, srcPort];
  const ends = (a: typeof host, b: typeof host, p: number, q: number) => ({
    ...{ src: a.mac, dst: b.mac, srcIp: a.ip, dstIp: b.ip, srcPort: p, dstPort: q },
  });
  const there = ends(sender, receiver, from, to);
  const back = ends(receiver, sender, to, from);
  const sequence = (n: number) => 1001 + n * SEGMENT;
  const out: { us: number; port: number; bytes: Uint8Array }[] = [];
  const data = (us: number, n: number) =>
    out.push({ us, port: dataPort, bytes: frame({ ...there, seq: sequence(n), payload: SEGMENT, id: us % 65_521 }) });
  const answer = (us: number, n: number) =>
    out.push({ us, port: answerPort, bytes: frame({ ...back, ack: sequence(n) }) });
  out.push({ us: startUs, port: dataPort, bytes: frame({ ...there, seq: 1000, flags: 0x02 }) });
  out.push({ us: startUs + TURNAROUND_US, port: answerPort, bytes: frame({ ...back, ack: 1001, flags: 0x12 }) });
  for (let n = 0; n < segments; n++) {
    const us = startUs + 1000 + n * APART_US;
    const what = fate(n);
    if (what !== 'before' && what !== 'capture') data(us, n);
    if (what === 'before' || what === 'behind') data(us + AGAIN_US, n);
    if (n % 2 === 1) answer(us + TURNAROUND_US, n + 1);
  }
  return out;
}

export function analyzeTransfers(
  transfers: readonly Transfer[],
  ports: number,
  options: Partial<AnalyzeOptions> & { readonly clocksUs?: readonly number[] } = {},
): Promise<Analysis> {
  const { clocksUs, ...rest } = options;
  const captures = captureTransfers(transfers, ports, clocksUs);
  return withFiles(Object.fromEntries(captures.map((bytes, port) => [`igb${port}.pcap`, bytes])), (paths) =>
    analyze({ inputs: paths.map((path) => ({ name: null, path })), local: [`02:00:00:00:00:${SERVER.mac}`], ...rest }),
  );
}
