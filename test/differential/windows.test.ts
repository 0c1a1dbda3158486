/** How much of its receive window a flow uses, against tshark's sequence analysis; and that it is the same at both ends of the path. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { analyzeFrames } from '../helpers/paced-captures.js';
import { framesOf } from '../helpers/pcap-frames.js';
import { noTshark, tshark } from '../helpers/tshark.js';

const pathOf = (name: string) => join(import.meta.dirname, 'windows', `${name}.pcap.gz`);
const SENDER = '10.9.0.1';
const DELAY = 0.02; // of the path, there and back

/** Data on one port, answers on another. */
async function limitOf(name: string) {
  const frames = framesOf(gunzipSync(readFileSync(pathOf(name))));
  const isFromSender = ({ bytes }: (typeof frames)[number]) => bytes.subarray(26, 30).join('.') === SENDER;
  const isAtSender = name.endsWith('at-sender');
  const mac = frames.find((frame) => isFromSender(frame) === isAtSender)!.bytes.subarray(6, 12);
  const local = [Array.from(mac, (octet) => octet.toString(16).padStart(2, '0')).join(':')];
  const ports = [true, false].map((fromSender) =>
    frames
      .filter((frame) => isFromSender(frame) === fromSender)
      .map(({ timeNs, bytes, wireLength }) => ({ ns: timeNs, bytes, wire: wireLength })),
  );
  const analysis = await analyzeFrames(ports, { local, rate: 1e9 });
  const said = analysis.findings.find(({ id }) => id === 'load-not-link-limited')?.explanation;
  return { ...analysis.directions[isAtSender ? 'egress' : 'ingress'].limits[0]!, said };
}

/** Means over its data: octets in flight, of the window that was said last; and segments that fill it. */
function byTshark(name: string) {
  const rows = tshark(pathOf(name), 'tcp and frame.number > 40', [
    ...['ip.src', 'tcp.len', 'tcp.window_size', 'tcp.analysis.bytes_in_flight', 'tcp.analysis.window_full'],
  ]);
  let [window, used, full, segments] = [0, 0, 0, 0];
  for (const [src, length, size, inFlight, isFull] of rows) {
    if (src !== SENDER) window = Number(size);
    else if (Number(length) > 1000 && window > 0) {
      segments++;
      used += Number(inFlight) / window;
      full += isFull ? 1 : 0;
    }
  }
  return { used: used / segments, full: full / segments };
}

describe('a receive window that is full', () => {
  it.each(['at-sender', 'at-receiver'])('is seen %s', async (end) => {
    const { verdict, window, bitsPerSecond, said } = await limitOf(`receiver-64k-${end}`);
    expect(verdict).toBe('receiver-limited');
    expect(window!.roundTrip).toBeGreaterThan(DELAY);
    expect(window!.roundTrip).toBeLessThan(1.1 * DELAY);
    expect((window!.octets * 8) / window!.roundTrip! / bitsPerSecond).toBeCloseTo(1, 0.5);
    expect(window!.fullShare).toBeGreaterThan(0.5);
    expect(said).toMatch(
      /Its receive window of 38\.\d KiB was full for \d\d % of the time in \d+ excerpts?, and in use to \d\d % on average: at a round trip of 20\.\d ms it allows 15\.\d Mbit\/s\. For the 1 Gbit\/s of igb0 it would have to be 2\.[34]\d? MiB/,
    );
  });

  it.each(['at-sender', 'at-receiver'])('is not where the sender’s buffer is, as its kernel says, %s', async (end) => {
    const { verdict, window } = await limitOf(`sender-64k-${end}`);
    expect(verdict).toBe('not-link-limited');
    expect(window!.fullShare).toBe(0);
  });
});

describe.skipIf(noTshark)('use of a receive window, against tshark at the sender', () => {
  it.each(['receiver-64k', 'sender-64k'])('is as much: %s', async (name) => {
    const { window } = await limitOf(`${name}-at-sender`);
    const { used, full } = byTshark(`${name}-at-sender`);
    expect(Math.abs(window!.usedShare - used)).toBeLessThan(0.1);
    expect(full > 0.1).toBe(window!.fullShare > 0.5);
  });
});
