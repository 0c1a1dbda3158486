import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCdp } from '../../../src/control/cdp.js';
import { decodeLldp } from '../../../src/control/lldp.js';
import { isMalformed } from '../../../src/control/malformed.js';
import { decodeAmong } from '../../helpers/decode-among.js';
import { readFrames } from '../../helpers/pcap-frames.js';
import { noTshark, tshark } from '../../helpers/tshark.js';

const text = (value: string) => [...new TextEncoder().encode(value)];
const lldpTlv = (type: number, value: number[]) => [(type << 1) | (value.length >> 8), value.length & 255, ...value];
const cdpTlv = (type: number, value: number[]) => [
  type >> 8,
  type & 255,
  (value.length + 4) >> 8,
  (value.length + 4) & 255,
  ...value,
];
const lldp = (...tlvs: number[][]) => decodeAmong(decodeLldp, 0x00, Uint8Array.from(tlvs.flat()));
const cdp = (...tlvs: number[][]) => decodeAmong(decodeCdp, 0x00, Uint8Array.from([2, 180, 0, 0, ...tlvs.flat()]));

describe('decodeLldp', () => {
  it('reads who and where, MAC subtypes differing between chassis and port', () => {
    const found = lldp(
      lldpTlv(1, [4, 0, 0x1c, 0x73, 0x86, 0x10, 1]),
      lldpTlv(2, [3, 0, 0x1c, 0x73, 0x86, 0x10, 2]),
      lldpTlv(3, [0, 120]),
      lldpTlv(5, text('leaf1')),
      lldpTlv(6, text('line\nbreak')),
      lldpTlv(0, []),
      lldpTlv(5, text('padding')),
    );
    expect(found).toMatchObject({
      chassis: '00:1c:73:86:10:01',
      portId: '00:1c:73:86:10:02',
      ttlSeconds: 120,
      systemName: 'leaf1',
      systemDescription: 'line\nbreak',
      warnings: [],
    });
  });

  it('reads network addresses and interface names', () => {
    expect(lldp(lldpTlv(1, [5, 1, 192, 0, 2, 1]), lldpTlv(2, [5, ...text('Gi0/5')]))).toMatchObject({
      chassis: '192.0.2.1',
      portId: 'Gi0/5',
    });
  });

  it('does not demand the required TLVs, and reads the link aggregation of both generations', () => {
    const aggregated = { capable: true, aggregated: true, portId: 100 };
    expect(lldp(lldpTlv(127, [0, 0x80, 0xc2, 7, 3, 0, 0, 0, 100]))).toMatchObject({ linkAggregation: aggregated });
    expect(lldp(lldpTlv(127, [0, 0x12, 0x0f, 3, 3, 0, 0, 0, 100]))).toMatchObject({ linkAggregation: aggregated });
    expect(lldp(lldpTlv(127, [0, 0x12, 0x0f, 1, 3, 0, 0, 0, 100]))).toMatchObject({ linkAggregation: null });
  });

  it('reads what the port runs at, of 802.3 alone and of the whole TLV alone', () => {
    const macPhy = [0, 0x12, 0x0f, 1, 3, 0x6c, 0x01, 0, 30];
    expect(lldp(lldpTlv(127, macPhy))).toMatchObject({ mauType: 30, linkAggregation: null });
    expect(lldp(lldpTlv(127, [0, 0x80, 0xc2, ...macPhy.slice(3)]))).toMatchObject({ mauType: null });
    expect(lldp(lldpTlv(127, macPhy.slice(0, 8)))).toMatchObject({ mauType: null });
  });

  it('keeps what stands before a TLV that runs past the end', () => {
    expect(lldp(lldpTlv(5, text('leaf1')), [0x0c, 200])).toMatchObject({
      systemName: 'leaf1',
      warnings: ['TLV of type 6 runs 200 bytes past the end'],
    });
  });

  it('looks only at its own bytes and never throws', () => {
    const tlvs = fc.array(
      fc.tuple(fc.nat(8), fc.uint8Array({ maxLength: 9 })).map(([type, v]) => lldpTlv(type, [...v])),
    );
    const almost = fc
      .tuple(tlvs, fc.uint8Array({ maxLength: 12 }))
      .map(([list, rest]) => Uint8Array.from([...list.flat(), ...rest]));
    fc.assert(
      fc.property(almost, (bytes) => {
        expect(decodeAmong(decodeLldp, 0x00, bytes)).toEqual(decodeAmong(decodeLldp, 0xff, bytes));
      }),
    );
  });
});

describe('decodeCdp', () => {
  it('reads who and where', () => {
    expect(cdp(cdpTlv(1, text('Switch')), cdpTlv(3, text('GigabitEthernet0/5')), cdpTlv(6, text('cisco')))).toEqual({
      version: 2,
      ttlSeconds: 180,
      deviceId: 'Switch',
      portId: 'GigabitEthernet0/5',
      softwareVersion: null,
      platform: 'cisco',
      systemName: null,
      warnings: [],
    });
  });

  it('stops at a length that cannot be, without an endless loop', () => {
    expect(cdp(cdpTlv(1, text('Switch')), [0, 3, 0, 0])).toMatchObject({
      deviceId: 'Switch',
      warnings: ['TLV of type 3 has length 0, 4 bytes are left'],
    });
  });

  it('refuses an unknown version', () => {
    expect(decodeAmong(decodeCdp, 0x00, Uint8Array.from([9, 180, 0, 0]))).toMatchObject({ malformed: 'CDP' });
  });

  it('looks only at its own bytes and never throws', () => {
    const almost = fc
      .tuple(fc.constantFrom([], [1], [2, 180, 0, 0]), fc.uint8Array({ maxLength: 40 }))
      .map(([header, rest]) => Uint8Array.from([...header, ...rest]));
    fc.assert(
      fc.property(almost, (bytes) => {
        expect(decodeAmong(decodeCdp, 0x00, bytes)).toEqual(decodeAmong(decodeCdp, 0xff, bytes));
      }),
    );
  });
});

const noCorpus = !process.env.LACPSCOPE_SHARED;
const corpus = (name: string) => join(process.env.LACPSCOPE_SHARED ?? '', 'corpus/lldp-cdp', name);

describe.skipIf(noTshark || noCorpus)('neighbours as tshark reads them (needs tshark and LACPSCOPE_SHARED)', () => {
  it.each([
    'arkime-arkime__wireshark-lldp.pcap',
    'dotpcap-packetnet__lldp.pcap',
    'lldpd-lldpd__connectx.pcap',
    'lldpd-lldpd__sg200.pcap',
    'the-tcpdump-group-tcpdump__LLDP_and_CDP.pcap',
    'the-tcpdump-group-tcpdump__lldp_8021_linkagg.pcap',
  ])('LLDP in %s', (name) => {
    const theirs = tshark(corpus(name), 'lldp', [
      'frame.number',
      'lldp.tlv.system.name',
      'lldp.time_to_live',
      'lldp.port.id',
      'lldp.port.id.mac',
    ]);
    const ours = readFrames(corpus(name)).flatMap(({ bytes }, i) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      if (view.getUint16(12) !== 0x88cc) return [];
      const pdu = decodeLldp(view, 14, bytes.length);
      if (isMalformed(pdu)) return [];
      const isMac = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(pdu.portId ?? '');
      const [id, mac] = isMac ? ['', pdu.portId] : [pdu.portId ?? '', ''];
      return [[`${i + 1}`, pdu.systemName ?? '', `${pdu.ttlSeconds ?? ''}`, id, mac]];
    });
    expect(ours).toEqual(
      theirs.map(([frame, name, ttl, id = '', mac = '']) => [frame, name, ttl.split('|')[0], id, mac]),
    );
    expect(ours.length).toBeGreaterThan(0);
  });

  it.each([
    'ITI-ICS-Security-Tools__Profinet_Failed.pcap',
    'arkime-arkime__wireshark-lldp.pcap',
    'dotpcap-packetnet__lldp.pcap',
    'lldpd-lldpd__sg200.pcap',
    'the-tcpdump-group-tcpdump__LLDP_and_CDP.pcap',
    'the-tcpdump-group-tcpdump__lldp_mudurl.pcap',
  ])('MAU type in %s', (name) => {
    const theirs = tshark(corpus(name), 'lldp.ieee.802_3.pmd_mau_type', [
      'frame.number',
      'lldp.ieee.802_3.pmd_mau_type',
    ]);
    const ours = readFrames(corpus(name)).flatMap(({ bytes }, i) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const at = view.getUint16(12) === 0x88cc ? 14 : view.getUint16(16) === 0x88cc ? 18 : null;
      if (at === null) return [];
      const pdu = decodeLldp(view, at, bytes.length);
      if (isMalformed(pdu) || pdu.mauType === null) return [];
      return [[`${i + 1}`, `0x${pdu.mauType.toString(16).padStart(4, '0')}`]];
    });
    expect(ours).toEqual(theirs.map(([frame, types]) => [frame, types!.split('|')[0]]));
    expect(ours.length).toBeGreaterThan(0);
  });

  it.each([
    'the-tcpdump-group-tcpdump__3560_CDP.pcap',
    'zeek-zeek__cdp-v1.pcap',
    'the-tcpdump-group-tcpdump__LLDP_and_CDP.pcap',
  ])('CDP in %s', (name) => {
    const theirs = tshark(corpus(name), 'cdp', ['frame.number', 'cdp.deviceid', 'cdp.portid', 'cdp.platform']);
    const ours = readFrames(corpus(name)).flatMap(({ bytes }, i) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      if (view.getUint16(12) > 1500 || view.getUint32(18) !== 0x000c2000) return [];
      const pdu = decodeCdp(view, 22, Math.min(bytes.length, 14 + view.getUint16(12)));
      if (isMalformed(pdu)) return [];
      return [[`${i + 1}`, pdu.deviceId ?? '', pdu.portId ?? '', pdu.platform ?? '']];
    });
    expect(ours).toEqual(theirs);
    expect(ours.length).toBeGreaterThan(0);
  });
});
