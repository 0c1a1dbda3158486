/** A capture of all interfaces at once (LINUX_SLL2) made of captures of each. */
import { frame, pcap } from './frames.js';
import type { CapturedFrame } from './pcap-frames.js';

/** @param local whose frames are outgoing; @param bond also on that index, as the kernel shows them a second time */
export function cookedCapture(
  ports: readonly (readonly CapturedFrame[])[],
  local: (mac: string) => boolean,
  { bond = null, loopback = 0 }: { readonly bond?: number | null; readonly loopback?: number } = {},
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
  // Each packet of lo is seen going out and coming in, between the hosts' own addresses and without MACs.
  const first = frames[0]!.timeNs;
  for (let i = 0; i < loopback; i++) {
    for (const type of [4, 0]) {
      const inside = frame({
        srcIp: '127.0.0.1',
        dstIp: '127.0.0.1',
        srcPort: 7000 + (i % 9),
        id: i,
        payload: 9,
        seq: i * 9,
      });
      const cooked = cook(inside, 1, type === 4);
      cooked.fill(0, 12, 20);
      captured.push({ ns: first + BigInt(i) * 100_000n, bytes: cooked, wire: cooked.length });
    }
  }
  captured.sort((a, b) => Number(a.ns - b.ns));
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
