/** The plainest reader of Ethernet pcap and pcapng files, for tests only: trusts the file, keeps everything in memory. */

import { readFileSync } from 'node:fs';

export interface CapturedFrame {
  readonly timeNs: bigint; // since the Unix epoch
  readonly bytes: Uint8Array;
  readonly wireLength: number;
}

export function readFrames(path: string): CapturedFrame[] {
  const file = readFileSync(path);
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  return view.getUint32(0) === 0x0a0d0d0a ? pcapngFrames(file, view) : pcapFrames(file, view);
}

function pcapFrames(file: Uint8Array, view: DataView): CapturedFrame[] {
  const magic = view.getUint32(0, true);
  const little = [0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34].includes(magic);
  const canonical = view.getUint32(0, little);
  const fractionNs = canonical === 0xa1b23c4d ? 1n : 1000n;
  const header = canonical === 0xa1b2cd34 ? 24 : 16; // Kuznetzov's variant has a longer record header
  const frames: CapturedFrame[] = [];
  for (let at = 24; at + header <= file.length; ) {
    const captured = view.getUint32(at + 8, little);
    frames.push({
      timeNs: BigInt(view.getUint32(at, little)) * 1_000_000_000n + BigInt(view.getUint32(at + 4, little)) * fractionNs,
      bytes: file.subarray(at + header, at + header + captured),
      wireLength: view.getUint32(at + 12, little),
    });
    at += header + captured;
  }
  return frames;
}

function pcapngFrames(file: Uint8Array, view: DataView): CapturedFrame[] {
  const little = view.getUint32(8, true) === 0x1a2b3c4d;
  const unitsPerSecond: bigint[] = [];
  const frames: CapturedFrame[] = [];
  for (let at = 0; at + 12 <= file.length; at += view.getUint32(at + 4, little)) {
    const type = view.getUint32(at, little);
    if (type === 1) unitsPerSecond.push(resolution(view, at, little));
    if (type !== 6) continue;
    const stamp = (BigInt(view.getUint32(at + 12, little)) << 32n) | BigInt(view.getUint32(at + 16, little));
    const captured = view.getUint32(at + 20, little);
    frames.push({
      timeNs: (stamp * 1_000_000_000n) / unitsPerSecond[view.getUint32(at + 8, little)],
      bytes: file.subarray(at + 28, at + 28 + captured),
      wireLength: view.getUint32(at + 24, little),
    });
  }
  return frames;
}

function resolution(view: DataView, block: number, little: boolean): bigint {
  const end = block + view.getUint32(block + 4, little) - 4;
  for (let at = block + 16; at + 4 <= end; ) {
    const code = view.getUint16(at, little);
    const length = view.getUint16(at + 2, little);
    if (code === 0) break;
    if (code === 9) return 10n ** BigInt(view.getUint8(at + 4));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return 1_000_000n;
}
