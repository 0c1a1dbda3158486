/** Who is plugged into each member port, as LLDP and CDP say. */

import { readMac } from '../control/addresses.js';
import { decodeCdp } from '../control/cdp.js';
import { decodeLldp } from '../control/lldp.js';
import { isMalformed } from '../control/malformed.js';
import type { Neighbour } from '../document/schema.js';
import type { ControlFrame, Pass } from '../engine/pass.js';

/** The last word of each sender per port and protocol; what the local station itself announces is left out. */
export function readNeighbours(
  pass: Pick<Pass, 'ports' | 'control'>,
  station: { readonly macs: ReadonlySet<number> },
): Neighbour[] {
  const last = new Map<string, { port: number; neighbour: Neighbour }>();
  for (const frame of pass.control) {
    if (frame.kind === 'slow' || frame.bytes.length < 14) continue;
    const view = new DataView(frame.bytes.buffer, frame.bytes.byteOffset, frame.bytes.length);
    if (station.macs.has(readMac(view, 6))) continue;
    const port = pass.ports[frame.port];
    const neighbour = frame.kind === 'lldp' ? lldpNeighbour(view, frame, port) : cdpNeighbour(view, frame, port);
    if (neighbour === null) continue;
    const key = JSON.stringify([frame.port, neighbour.protocol, neighbour.chassis, neighbour.portId]);
    last.set(key, { port: frame.port, neighbour });
  }
  return [...last.values()].sort((a, b) => a.port - b.port).map(({ neighbour }) => neighbour);
}

function lldpNeighbour(view: DataView, { payloadAt, bytes }: ControlFrame, port: string): Neighbour | null {
  const found = decodeLldp(view, payloadAt, bytes.length);
  if (isMalformed(found)) return null;
  const { chassis, portId, systemName, systemDescription } = found;
  return { port, protocol: 'lldp', chassis, portId, systemName, systemDescription };
}

function cdpNeighbour(view: DataView, { payloadAt, bytes }: ControlFrame, port: string): Neighbour | null {
  const found = decodeCdp(view, payloadAt, cdpEnd(view, payloadAt, bytes.length));
  if (isMalformed(found)) return null;
  const { deviceId, portId, systemName, softwareVersion } = found;
  return {
    port,
    protocol: 'cdp',
    chassis: deviceId,
    portId,
    systemName: systemName ?? deviceId,
    systemDescription: softwareVersion,
  };
}

/** The 802.3 length stands before LLC and SNAP (8 bytes) and counts from there; short frames are padded behind it. */
function cdpEnd(view: DataView, payloadAt: number, captured: number): number {
  const length = payloadAt >= 22 ? view.getUint16(payloadAt - 10) : captured;
  return length <= 1500 ? Math.min(captured, payloadAt - 8 + length) : captured;
}
