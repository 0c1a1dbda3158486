import { describe, expect, it } from 'vitest';
import { ipText } from '../../src/control/addresses.js';
import { EGRESS, type FlowTable, INGRESS, TOLD_EGRESS, TOLD_INGRESS } from '../../src/engine/pass.js';
import { passOf } from '../helpers/engine-pass.js';
import { type Captured, frame, type NgBlock, pcap, pcapng, rawFrame } from '../helpers/frames.js';
import { lacpFrame, NOBODY, party } from '../helpers/lacp-frames.js';

type Column = 'port' | 'firstFrame' | 'direction' | 'toldDirection' | 'isGroup' | 'mplsLabel';
const column = (flows: FlowTable, name: Column) => Array.from({ length: flows.count }, (_, flow) => flows[name](flow));

const START = 1_700_000_000_000_000_000n;
const captured = (bytes: Uint8Array, i = 0): Captured => ({ ns: START + BigInt(i) * 1_000_000n, bytes });
const packet = (options: Parameters<typeof frame>[0] = {}) => frame(options).subarray(14);
const join = (...parts: ArrayLike<number>[]) => Uint8Array.from(parts.flatMap((part) => [...Array.from(part)]));
const MAC = [2, 0, 0, 0, 0, 7];

/** LINKTYPE_LINUX_SLL: packet type, hardware, address length and address, protocol. */
const cooked = (type: number, protocol: number, body: Uint8Array, address = MAC) =>
  join(
    [0, type, 0, 1, 0, address.length],
    address,
    new Array(8 - address.length).fill(0),
    [protocol >> 8, protocol & 255],
    body,
  );

/** LINKTYPE_LINUX_SLL2: protocol, interface index, hardware, packet type, address length and address. */
const cooked2 = (index: number, type: number, body: Uint8Array, protocol = 0x0800) =>
  join([protocol >> 8, protocol & 255, 0, 0, 0, 0, 0, index, 0, 1, type, 6], MAC, [0, 0], body);

describe('link types beside Ethernet', () => {
  it.each([
    ['RAW', 101, packet(), 4],
    ['RAW of old BSDs', 12, packet({ ip: 6 }), 6],
    ['IPV4', 228, packet(), 4],
    ['IPV6', 229, packet({ ip: 6 }), 6],
    ['NULL of a little-endian host', 0, join([2, 0, 0, 0], packet()), 4],
    ['NULL of a big-endian host', 0, join([0, 0, 0, 2], packet()), 4],
    ['NULL, IPv6 of FreeBSD', 0, join([28, 0, 0, 0], packet({ ip: 6 })), 6],
    ['NULL, IPv6 of Darwin', 0, join([30, 0, 0, 0], packet({ ip: 6 })), 6],
    ['LOOP', 108, join([0, 0, 0, 24], packet({ ip: 6 })), 6],
    ['LINUX_SLL', 113, cooked(0, 0x0800, packet()), 4],
    ['LINUX_SLL2', 276, cooked2(3, 0, packet({ ip: 6 }), 0x86dd), 6],
  ])('%s', async (_, linkType, bytes, version) => {
    const { flows, totals } = await passOf({ a: pcap([captured(bytes)], { linkType }) });
    expect(totals).toMatchObject({ frames: 1, tcp: 1, undecodable: 0 });
    expect([flows.ipVersion(0), flows.srcPort(0), flows.dstPort(0), flows.dstMac(0)]).toEqual([version, 1000, 5201, 0]);
  });

  it('a family that is none is no IP', async () => {
    const { totals } = await passOf({ a: pcap([captured(join([7, 0, 0, 0], packet()))], { linkType: 0 }) });
    expect(totals).toMatchObject({ frames: 1, ipv4: 0, otherL2: 1 });
  });

  it('a tag inside of a cooked frame is the flow’s', async () => {
    const tagged = join([0, 42, 0x08, 0], packet());
    const { flows } = await passOf({ a: pcap([captured(cooked(0, 0x8100, tagged))], { linkType: 113 }) });
    expect([flows.vlan(0), flows.etherType(0)]).toEqual([42, 0x0800]);
  });

  it('a cooked LACPDU is handed over with an Ethernet header of what is known', async () => {
    const pdu = lacpFrame({ source: 1, actor: party(), partner: NOBODY }).bytes.subarray(14);
    const { control, totals } = await passOf({ a: pcap([captured(cooked(2, 0x8809, pdu))], { linkType: 113 }) });
    expect(totals.slow).toBe(1);
    expect(control[0]!.payloadAt).toBe(14);
    expect([...control[0]!.bytes.subarray(0, 16)]).toEqual([0, 0, 0, 0, 0, 0, ...MAC, 0x88, 0x09, 1, 1]);
  });
});

describe('a cooked capture of all interfaces', () => {
  const frames = [
    captured(cooked2(4, 0, packet({ srcPort: 1 })), 0),
    captured(cooked2(2, 4, packet({ srcPort: 2 })), 1),
    captured(cooked2(4, 0, packet({ srcPort: 1 })), 2),
  ];

  it('is one port an interface, called by its index', async () => {
    const { ports, inputs, flows } = await passOf({ any: pcap(frames, { linkType: 276 }) });
    expect(ports).toEqual(['if4', 'if2']);
    expect(inputs.map(({ port, frames, source, linkType }) => [port, frames, source, linkType])).toEqual([
      ['if4', 2, 'any', 'LINUX_SLL2'],
      ['if2', 1, 'any', 'LINUX_SLL2'],
    ]);
    expect(column(flows, 'port')).toEqual([0, 1]);
    expect(column(flows, 'firstFrame')).toEqual([1, 2]);
  });

  it('so in a pcapng, section by section', async () => {
    const blocks: NgBlock[] = [
      { kind: 'section' },
      { kind: 'interface', of: { name: 'any', linkType: 276, resolution: 9 } },
      ...frames.map(({ ns, bytes }): NgBlock => ({ kind: 'packet', ticks: ns, bytes })),
    ];
    const { ports, inputs } = await passOf({ x: pcapng([...blocks, ...blocks]) });
    expect(ports).toEqual(['if4', 'if2']);
    expect(inputs.map(({ frames }) => frames)).toEqual([4, 2]);
  });

  it('without a frame it is one idle port', async () => {
    const { inputs } = await passOf({ any: pcap([], { linkType: 276 }) });
    expect(inputs.map(({ port, frames }) => [port, frames])).toEqual([['any', 0]]);
  });

  it('more interfaces than a LAG has ports end in a clear error', async () => {
    const many = Array.from({ length: 20 }, (_, i) => captured(cooked2(i + 1, 0, packet()), i));
    await expect(passOf({ any: pcap(many, { linkType: 276 }) })).rejects.toThrow(/more than 16 member ports/);
  });

  it('frames too short to say of which interface they are count for the whole', async () => {
    const { inputs, totals } = await passOf({
      any: pcap([...frames, captured(new Uint8Array(5), 3)], { linkType: 276 }),
    });
    expect(totals.frames).toBe(4);
    expect(inputs.map(({ frames }) => frames)).toEqual([3, 1]);
  });
});

describe('the direction that a capture states', () => {
  it('by the packet type of cooked frames', async () => {
    const { flows } = await passOf({
      a: pcap(
        [captured(cooked(0, 0x0800, packet({ srcPort: 1 }))), captured(cooked(4, 0x0800, packet({ srcPort: 2 })), 1)],
        {
          linkType: 113,
        },
      ),
    });
    expect(column(flows, 'direction')).toEqual([INGRESS, EGRESS]);
    expect(column(flows, 'toldDirection')).toEqual([TOLD_INGRESS, TOLD_EGRESS]);
  });

  it.each([false, true])('by the flags of a pcapng packet, before any address (big-endian: %s)', async (big) => {
    const packets: NgBlock[] = [1, 2, undefined].map((flags, i) => ({
      kind: 'packet',
      ticks: BigInt(i),
      bytes: frame({ srcPort: i + 1, src: '01' }),
      ...(flags === undefined ? {} : { flags }),
    }));
    const { flows } = await passOf(
      { a: pcapng([{ kind: 'section' }, { kind: 'interface', of: {} }, ...packets], { big }) },
      { localMacs: [0x020000000001] },
    );
    expect(column(flows, 'direction')).toEqual([INGRESS, EGRESS, EGRESS]);
    expect(column(flows, 'toldDirection')).toEqual([TOLD_INGRESS, TOLD_EGRESS, 0]);
  });

  it('by IP address where frames have no MAC', async () => {
    const frames = [captured(packet({ srcIp: '192.0.2.1' })), captured(packet({ srcIp: '192.0.2.7' }), 1)];
    const { flows } = await passOf(
      { a: pcap(frames, { linkType: 101 }) },
      { localIps: [0xc0000207n, 0x20010db8_00000000_00000000_00000001n] },
    );
    expect(column(flows, 'direction')).toEqual([INGRESS, EGRESS]);
    expect(ipText(flows.srcIp(1))).toBe('192.0.2.7');
    const six = await passOf(
      {
        a: pcap([captured(packet({ ip: 6, srcIp: '1' })), captured(packet({ ip: 6, srcIp: '2' }), 1)], {
          linkType: 101,
        }),
      },
      { localIps: [0xc0000207n, 0x20010db8_00000000_00000000_00000001n] },
    );
    expect(column(six.flows, 'direction')).toEqual([EGRESS, INGRESS]);
  });

  it('groups are told by a cooked frame without a destination address', async () => {
    const types = [0, 1, 2].map((type, i) => captured(cooked(type, 0x0800, packet({ srcPort: i + 1 })), i));
    const { flows } = await passOf({ a: pcap(types, { linkType: 113 }) });
    expect(column(flows, 'isGroup')).toEqual([0, 1, 1]);
  });
});

describe('lengths of old captures', () => {
  const bytes = frame({ payload: 200 });
  /** Version 2.x with the two lengths in that order. */
  const old = (minor: number, first: number, second: number) => {
    const file = pcap([{ ns: START, bytes: bytes.subarray(0, 96), wire: bytes.length }], { nanoseconds: false });
    const view = new DataView(file.buffer);
    view.setUint16(6, minor, true);
    view.setUint32(32, first, true);
    view.setUint32(36, second, true);
    return file;
  };

  it.each([
    [4, 96, bytes.length],
    [2, bytes.length, 96],
    [3, bytes.length, 96],
    [3, 96, bytes.length],
  ])('version 2.%i, %i before %i', async (minor, first, second) => {
    const { inputs, totals } = await passOf({ a: old(minor, first, second) });
    expect(totals).toMatchObject({ frames: 1, octets: bytes.length });
    expect(inputs[0]).toMatchObject({ capturedOctets: 96, damage: null });
  });

  it('a captured length beyond that on the wire is the length', async () => {
    const file = pcap([{ ns: START, bytes, wire: 60 }]);
    const { totals, inputs } = await passOf({ a: file });
    expect([totals.octets, inputs[0]!.capturedOctets]).toEqual([bytes.length, bytes.length]);
  });
});

describe('what stands between Ethernet and IP', () => {
  const label = (value: number, last: boolean) => [
    value >> 12,
    (value >> 4) & 255,
    ((value & 15) << 4) | (last ? 1 : 0),
    64,
  ];

  it.each([
    ['one label', [label(17, true)], packet()],
    ['a stack', [label(17, false), label(18, false), label(19, true)], packet()],
    ['a pseudowire with a control word', [label(17, true)], join([0, 0, 0, 0], frame({ src: '0b' }))],
    ['a pseudowire without one', [label(17, true)], frame({ src: '0b' })],
    [
      'a pseudowire whose first address begins like a control word',
      [label(17, true)],
      frame({ dst: '00:1b:21:00:00:01' }),
    ],
  ])('MPLS: %s', async (_, labels, body) => {
    const { flows, totals } = await passOf({ a: pcap([captured(rawFrame(0x8847, join(...labels, body)))]) });
    expect(totals).toMatchObject({ tcp: 1, undecodable: 0 });
    expect([flows.mplsLabel(0), flows.etherType(0), flows.dstPort(0)]).toEqual([17, 0x8847, 5201]);
  });

  it('MPLS: what cannot be told is no IP', async () => {
    const body = new Uint8Array(60).fill(0x55);
    const { totals, flows } = await passOf({ a: pcap([captured(rawFrame(0x8847, join(label(17, true), body)))]) });
    expect([totals.otherL2, totals.undecodable, flows.mplsLabel(0)]).toEqual([1, 0, 17]);
  });

  it('labels end two flows that are alike otherwise', async () => {
    const frames = [17, 18].map((value, i) => captured(rawFrame(0x8847, join(label(value, true), packet())), i));
    const { flows } = await passOf({ a: pcap(frames) });
    expect(column(flows, 'mplsLabel')).toEqual([17, 18]);
  });

  it('PPPoE', async () => {
    const body = packet({ ip: 6 });
    const header = [0x11, 0, 0x12, 0x34, (body.length + 2) >> 8, (body.length + 2) & 255, 0, 0x57];
    const { flows, totals } = await passOf({ a: pcap([captured(rawFrame(0x8864, join(header, body)))]) });
    expect([totals.ipv6, flows.pppoeSession(0), flows.etherType(0)]).toEqual([1, 0x1234, 0x8864]);
  });

  it.each([0x8100, 0x88a8, 0x9100, 0x9200])('tag 0x%s, the outermost id of a stack', async (tagType) => {
    const { flows } = await passOf({ a: pcap([captured(frame({ vlans: [7, 8, 9], tagType }))]) });
    expect([flows.vlan(0), flows.etherType(0), flows.dstPort(0)]).toEqual([7, 0x0800, 5201]);
  });

  it('LLC and SNAP', async () => {
    const body = join([0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0], packet());
    const { totals } = await passOf({ a: pcap([captured(rawFrame(body.length, body))]) });
    expect(totals.tcp).toBe(1);
  });

  it('headers that the snap length cut are not seen, and no zeros', async () => {
    const cut = join(label(17, false));
    const { totals, flows } = await passOf({ a: pcap([{ ...captured(rawFrame(0x8847, cut)), wire: 100 }]) });
    expect([totals.undecodable, totals.truncated, flows.mplsLabel(0)]).toEqual([1, 1, 17]);
  });
});
