/** Cases that fuzzing found: results that followed the size of portions, or the order of flows of no great sense. */

import { describe, expect, it } from 'vitest';
import { passOf } from '../helpers/engine-pass.js';
import { type Captured, frame, pcap } from '../helpers/frames.js';

const START = 1_700_000_000_000_000_000n;
const MS = 1_000_000n;
const at = (ms: number, bytes: Uint8Array): Captured => ({ ns: START + BigInt(ms) * MS, bytes });

const slow = new Uint8Array(124);
slow.set([0x01, 0x80, 0xc2, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0x09, 1]);

describe('order', () => {
  it('the load series begins with the first frame, though a first portion holds nothing but LACPDUs', async () => {
    const udp = (id: number) => frame({ protocol: 'udp', id, payload: 30 });
    const a = pcap([at(0, slow), at(1000, udp(1)), at(3000, udp(2))]);
    const b = pcap([at(9000, frame({ srcPort: 7, protocol: 'udp', id: 3, payload: 30 }))]);
    const whole = await passOf({ a, b });
    const portioned = await passOf({ a, b }, { portion: 170 });
    expect(portioned.series).toEqual(whole.series);
    expect(whole.series.startNs).toBe(0);
  });

  it('a flow of frames without octets is followed from port to port', async () => {
    const nothing = new Uint8Array(0);
    const { flows, movers, series } = await passOf({ a: pcap([at(0, nothing)]), b: pcap([at(50, nothing)]) });
    expect([flows.frames(0), movers.count]).toEqual([2, 1]);
    expect(series.frames.flat().map((port) => port.reduce((sum, n) => sum + n, 0))).toContain(1);
  });

  it('later fragments whose first one was not seen are no whole frames with ports 0', async () => {
    const ports = { srcPort: 0, dstPort: 0, protocol: 'udp' } as const;
    const a = pcap([
      at(0, frame({ ...ports, id: 9, payload: 64, offset: 64 })),
      at(1, frame({ ...ports, id: 10, payload: 30 })),
      at(2, frame({ srcPort: 7 })),
    ]);
    const { flows } = await passOf({ a });
    const rows = Array.from({ length: flows.count }, (_, flow) => [
      flows.firstFrame(flow),
      flows.firstNs(flow),
      flows.frames(flow),
    ]);
    expect(rows.sort((x, y) => x[0]! - y[0]!)).toEqual([
      [1, 0, 1],
      [2, 1e6, 1],
      [3, 2e6, 1],
    ]);
  });

  it('the first whole frame of a flow is no gap, also after a fragment on another port', async () => {
    const igmp = (options: object) => frame({ protocol: 2, payload: 40, ...options });
    const a = pcap([at(0, igmp({ id: 1, offset: 64 }))]);
    const b = pcap([at(1, igmp({ id: 2 }))]);
    const { flows } = await passOf({ a, b });
    expect([flows.wholeFrames(0), flows.mover(0)]).toEqual([1, 0]);
    expect(Array.from({ length: 7 }, (_, bin) => flows.gapBin(0, bin))).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });
});
