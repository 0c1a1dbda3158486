/** LACPDUs by hand: whole frames as the engine copies them aside. */

import type { PortInfo } from '../../src/control/lacpdu.js';
import type { ControlFrame } from '../../src/engine/pass.js';

export interface LacpFrameSpec {
  readonly source: number;
  readonly actor: PortInfo;
  readonly partner: PortInfo;
  readonly timeNs?: number;
  readonly port?: number;
  readonly frame?: number;
  readonly tag?: boolean;
}

/** Synchronized, collecting and distributing at the slow rate unless said otherwise. */
export function party(fields: Partial<PortInfo> = {}): PortInfo {
  return { systemPriority: 32768, system: 0, key: 1, portPriority: 255, port: 1, state: 0x3d, ...fields };
}

export const NOBODY: PortInfo = { systemPriority: 0, system: 0, key: 0, portPriority: 0, port: 0, state: 0 };

export function lacpFrame({
  source,
  actor,
  partner,
  timeNs = 0,
  port = 0,
  frame = 1,
  tag = false,
}: LacpFrameSpec): ControlFrame {
  const payloadAt = tag ? 18 : 14;
  const bytes = new Uint8Array(payloadAt + 110);
  const view = new DataView(bytes.buffer);
  bytes.set([0x01, 0x80, 0xc2, 0x00, 0x00, 0x02]);
  setMac(view, 6, source);
  if (tag) view.setUint32(12, 0x81000001);
  view.setUint16(payloadAt - 2, 0x8809);
  bytes.set(lacpduBytes(actor, partner), payloadAt);
  return { kind: 'slow', port, input: port, frame, timeNs, payloadAt, bytes };
}

export function lacpduBytes(actor: PortInfo, partner: PortInfo, version = 1): Uint8Array {
  const bytes = new Uint8Array(110);
  const view = new DataView(bytes.buffer);
  bytes.set([1, version, 1, 20]);
  setPort(view, 4, actor);
  bytes.set([2, 20], 22);
  setPort(view, 24, partner);
  bytes.set([3, 16], 42);
  return bytes;
}

function setPort(view: DataView, at: number, info: PortInfo): void {
  view.setUint16(at, info.systemPriority);
  setMac(view, at + 2, info.system);
  view.setUint16(at + 8, info.key);
  view.setUint16(at + 10, info.portPriority);
  view.setUint16(at + 12, info.port);
  view.setUint8(at + 14, info.state);
}

function setMac(view: DataView, at: number, mac: number): void {
  view.setUint16(at, Math.floor(mac / 2 ** 32));
  view.setUint32(at + 2, mac % 2 ** 32);
}
