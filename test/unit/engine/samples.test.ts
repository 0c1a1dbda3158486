import { describe, expect, it } from 'vitest';
import { CHANGING_FIELDS } from '../../../src/engine/pass.js';
import { passOf } from '../../helpers/engine-pass.js';
import { type FrameOptions, frame, pcap } from '../../helpers/frames.js';

const START = 1_700_000_000_000_000_000n;

/** Frames of one flow in turn on two ports; `change` writes what no option of frame() does. */
async function sampleOf(
  options: FrameOptions,
  change: (ip: DataView, tci: DataView | null) => void,
  scheduling?: object,
) {
  const bytes = frame(options);
  const tagged = (options.vlans ?? []).length > 0;
  const view = (at: number) => new DataView(bytes.buffer, at);
  change(view(tagged ? 18 : 14), tagged ? view(14) : null);
  const capture = (port: number) => pcap([0, 1, 2].map((n) => ({ ns: START + BigInt(1000 * (2 * n + port)), bytes })));
  const { movers, flows } = await passOf(
    { a: capture(0), b: capture(1) },
    scheduling ? { scheduling: scheduling as never } : {},
  );
  const sample = movers.sample(0, flows.ipVersion(0) === 6);
  return Object.fromEntries(CHANGING_FIELDS.map((field) => [field, sample.values(field)[0]]));
}

const orders = [undefined, { batch: 64, orderEverything: false, dissectEverything: true }];

describe('a sample of a flow on several ports', () => {
  it.each(orders)('holds what changes from frame to frame: IPv4', async (scheduling) => {
    const options: FrameOptions = { protocol: 'udp', payload: 100, id: 0, checksum: 0xbeef, vlans: [0xa00c] };
    const change = (ip: DataView) => {
      ip.setUint8(1, 0xb8);
      ip.setUint16(4, 0); // nothing numbers these frames: within a millisecond they would be copies
      ip.setUint8(8, 57);
    };
    const expected = {
      'ip.len': 128,
      'ip.id': 0,
      'ip.dsfield': 0xb8,
      'ip.ttl': 57,
      'l4.checksum': 0xbeef,
      'ipv6.flow': 0,
      'vlan.priority': 5,
    };
    expect(await sampleOf(options, change, scheduling)).toEqual(expected);
    const numbered = await sampleOf({ ...options, id: 0x1234 }, (ip) => ip.setUint16(4, 0x1234), scheduling);
    expect(numbered).toMatchObject({ 'ip.id': 0x1234, 'ip.ttl': 64 });
  });

  it.each(orders)('holds what changes from frame to frame: IPv6', async (scheduling) => {
    const options: FrameOptions = { ip: 6, seq: 7, payload: 60, checksum: 0xcafe };
    const change = (ip: DataView) => {
      ip.setUint32(0, 0x6b8abcde);
      ip.setUint8(7, 3);
    };
    const expected = {
      'ip.len': 80,
      'ip.id': 0,
      'ip.dsfield': 0xb8,
      'ip.ttl': 3,
      'l4.checksum': 0xcafe,
      'ipv6.flow': 0xabcde,
      'vlan.priority': 0,
    };
    expect(await sampleOf(options, change, scheduling)).toEqual(expected);
  });
});
