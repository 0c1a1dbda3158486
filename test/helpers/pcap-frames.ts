/** The plainest reader of pcap and pcapng files, for tests only: trusts the file up to its end, keeps everything in memory. */

import { readFileSync } from 'node:fs';

export interface CapturedFrame {
  readonly timeNs: bigint; // since the Unix epoch
  readonly bytes: Uint8Array;
  readonly wireLength: number;
  readonly linkType: number;
}

export const readFrames = (path: string): CapturedFrame[] => framesOf(readFileSync(path));

export function framesOf(file: Uint8Array): CapturedFrame[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  return view.getUint32(0) === 0x0a0d0d0a ? pcapngFrames(file, view) : pcapFrames(file, view);
}

function pcapFrames(file: Uint8Array, view: DataView): CapturedFrame[] {
  const magic = view.getUint32(0, true);
  const little = [0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34].includes(magic);
  const canonical = view.getUint32(0, little);
  const fractionNs = canonical === 0xa1b23c4d ? 1n : 1000n;
  const header = canonical === 0xa1b2cd34 ? 24 : 16; // Kuznetzov's variant has a longer record header
  const linkType = view.getUint32(20, little) & 0xffff;
  const frames: CapturedFrame[] = [];
  for (let at = 24; at + header <= file.length; ) {
    const captured = view.getUint32(at + 8, little);
    if (at + header + captured > file.length) break;
    frames.push({
      timeNs: BigInt(view.getUint32(at, little)) * 1_000_000_000n + BigInt(view.getUint32(at + 4, little)) * fractionNs,
      bytes: file.subarray(at + header, at + header + captured),
      wireLength: view.getUint32(at + 12, little),
      linkType,
    });
    at += header + captured;
  }
  return frames;
}

function pcapngFrames(file: Uint8Array, view: DataView): CapturedFrame[] {
  let little = true;
  let interfaces: { unitsPerSecond: bigint; linkType: number; snapLength: number }[] = [];
  const frames: CapturedFrame[] = [];
  let length = 0;
  for (let at = 0; at + 12 <= file.length; at += length) {
    const type = view.getUint32(at, little);
    if (type === 0x0a0d0d0a) {
      little = view.getUint32(at + 8, true) === 0x1a2b3c4d;
      interfaces = [];
    }
    length = view.getUint32(at + 4, little);
    if (length < 12 || at + length > file.length) break;
    if (type === 1) {
      interfaces.push({
        unitsPerSecond: resolution(view, at, little),
        linkType: view.getUint16(at + 8, little),
        snapLength: view.getUint32(at + 12, little),
      });
    }
    if (type === 3) {
      const wireLength = view.getUint32(at + 8, little);
      const { linkType, snapLength } = interfaces[0];
      const captured = Math.min(wireLength, length - 16, snapLength || length);
      frames.push({ timeNs: 0n, bytes: file.subarray(at + 12, at + 12 + captured), wireLength, linkType });
    }
    if (type !== 6 && type !== 2) continue;
    const { unitsPerSecond, linkType } =
      interfaces[type === 6 ? view.getUint32(at + 8, little) : view.getUint16(at + 8, little)];
    const stamp = (BigInt(view.getUint32(at + 12, little)) << 32n) | BigInt(view.getUint32(at + 16, little));
    const captured = view.getUint32(at + 20, little);
    frames.push({
      timeNs: (stamp * 1_000_000_000n) / unitsPerSecond,
      bytes: file.subarray(at + 28, at + 28 + captured),
      wireLength: view.getUint32(at + 24, little),
      linkType,
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
    const value = view.getUint8(at + 4);
    if (code === 9) return value & 0x80 ? 2n ** BigInt(value & 0x7f) : 10n ** BigInt(value);
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return 1_000_000n;
}
