/** A capture of all interfaces at once (LINUX_SLL2) made of captures of each. */
import { pcap } from './frames.js';
import type { CapturedFrame } from './pcap-frames.js';

/** @param local whose frames are outgoing; @param bond also on that index, as the kernel shows them a second time */
export function cookedCapture(
  ports: readonly (readonly CapturedFrame[])[],
  local: (mac: string) => boolean,
  { bond = null }: { readonly bond?: number | null } = {},
): Uint8Array {
  const frames = ports.flatMap((port, i) => port.map((frame) => ({ ...frame, index: i + 2 })));
  frames.sort((a, b) => Number(a.timeNs - b.timeNs) || a.index - b.index);
  const captured = frames.flatMap(({ timeNs, bytes, wireLength, index }) => {
    const of = (on: number, later: bigint) => {
      const cooked = cook(bytes, on, local(hex(bytes.subarray(6, 12))));
      return { ns: timeNs + later, bytes: cooked, wire: cooked.length + wireLength - bytes.length };
    };
    // The bonding driver keeps LACPDUs to itself.
    const slow = bytes[12] === 0x88 && bytes[13] === 0x09;
    return bond === null || slow ? [of(index, 0n)] : [of(index, 0n), of(bond, 1000n)];
  });
  return pcap(captured, { linkType: 276 });
}

const hex = (mac: Uint8Array) => [...mac].map((byte) => byte.toString(16).padStart(2, '0')).join(':');

function cook(ethernet: Uint8Array, index: number, outgoing: boolean): Uint8Array {
  const group = ethernet[0]! & 1 ? (ethernet[0] === 0xff ? 1 : 2) : 0;
  const out = new Uint8Array(20 + ethernet.length - 14);
  out.set(ethernet.subarray(12, 14), 0);
  out[7] = index;
  out[9] = 1;
  out[10] = outgoing ? 4 : group;
  out[11] = 6;
  out.set(ethernet.subarray(6, 12), 12);
  out.set(ethernet.subarray(14), 20);
  return out;
}
