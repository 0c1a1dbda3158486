/** Frames of control protocols (Slow Protocols, LLDP, CDP), taken out of the engine's buffer as they come. */
import type { Core } from './core.js';
import { CONTROL } from './layout.js';
import type { ControlKind } from './pass.js';

export interface RawControl {
  readonly kind: ControlKind;
  readonly port: number;
  readonly lane: number;
  readonly frame: number;
  readonly time: bigint; // nanoseconds since the epoch
  readonly payloadAt: number;
  readonly bytes: Uint8Array;
}

const KINDS: readonly ControlKind[] = ['slow', 'slow', 'lldp', 'cdp'];
const KEPT = 1 << 16; // frames; a LACPDU a second on 16 ports both ways fills it in half an hour

export class ControlFrames {
  readonly frames: RawControl[] = [];
  /** Beyond what is kept. */
  dropped = 0;

  /** @param keep which frames stay where there are too many: a capture that goes on for ever is judged by the last ones */
  constructor(
    readonly keep: 'first' | 'last' = 'first',
    readonly most = KEPT,
  ) {}

  drain(core: Core): void {
    const { view, bytes } = core;
    const area = core.area('control');
    const end = area + core.count('controlUsed');
    for (let at = area; at < end; ) {
      const octets = view.getUint32(at + CONTROL.octets, true);
      if (this.frames.length >= this.most && this.keep === 'first') {
        this.dropped++;
      } else {
        this.frames.push({
          kind: KINDS[view.getUint32(at + CONTROL.kind, true)]!,
          port: view.getUint32(at + CONTROL.port, true),
          lane: view.getUint32(at + CONTROL.lane, true),
          frame: view.getUint32(at + CONTROL.frame, true),
          time: view.getBigUint64(at + CONTROL.time, true),
          payloadAt: view.getUint32(at + CONTROL.payloadAt, true),
          bytes: bytes.slice(at + CONTROL.header, at + CONTROL.header + octets),
        });
      }
      at += (CONTROL.header + octets + 7) & ~7;
    }
    core.exports.clear_control();
    if (this.keep === 'last' && this.frames.length > this.most + this.most / 4) {
      this.frames.splice(0, this.frames.length - this.most);
    }
  }
}
