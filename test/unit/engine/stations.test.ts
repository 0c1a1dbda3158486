import { expect, it } from 'vitest';
import { passOf } from '../../helpers/engine-pass.js';
import { frame, pcap } from '../../helpers/frames.js';

it('keeps stations apart, of which there may be as many as flows', async () => {
  const STATIONS = 5000; // more than their index begins with room for
  const octets = (i: number) => [i >> 8, i & 0xff].map((octet) => octet.toString(16).padStart(2, '0')).join(':');
  const frames = Array.from({ length: 2 * STATIONS }, (_, i) => ({
    ns: BigInt(i) * 1_000n,
    bytes: frame({
      src: `02:00:00:00:${octets(i % STATIONS)}`,
      vlans: i % 3 === 0 ? [7] : [],
      ip: i % 2 === 0 ? 4 : 6,
      srcPort: 4000 + (i % 100),
    }),
  }));
  const { flows } = await passOf({ a: pcap(frames) }, { maxFlows: 20_000 });
  const seen = Array.from({ length: flows.count }, (_, flow) => [
    flows.srcMac(flow) - 0x020000000000,
    flows.vlan(flow),
    flows.ipVersion(flow),
    flows.srcPort(flow),
  ]);
  const sent = frames.map((_, i) => [i % STATIONS, i % 3 === 0 ? 7 : -1, i % 2 === 0 ? 4 : 6, 4000 + (i % 100)]);
  expect(new Set(seen.map(String))).toEqual(new Set(sent.map(String)));
});
