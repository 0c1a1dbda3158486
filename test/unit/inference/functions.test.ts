import { describe, expect, it } from 'vitest';
import { FIELDS, INCLUDED } from '../../../src/inference/fields/hypotheses.js';
import { observe } from '../../../src/inference/fields/observations.js';
import { partition } from '../../../src/inference/fields/partitions.js';
import { libraryFor } from '../../../src/inference/functions/library.js';
import { ip32, swap32 } from '../../../src/policies/bytes.js';
import { crc16Arc, crc16Ccitt, crc32, crc32c } from '../../../src/policies/crc-codes.js';
import { fnv1 } from '../../../src/policies/freebsd.js';
import { toeplitz } from '../../../src/policies/toeplitz.js';
import { seeded } from '../../../src/stats/random.js';
import { inferenceVectors, noVectors, vectorsTitle } from '../../helpers/vectors.js';
import { fromVector, ip, row, type VectorFlow } from './rows.js';

const byId = (id: string, rows = [row()], ports = [4]) => libraryFor({ ports, rows }).find((f) => f.id === id)!;
const digits = [...'123456789'].map((digit) => digit.charCodeAt(0));

describe('known functions', () => {
  it('give the check values of the catalogue of CRCs', () => {
    expect(crc32(digits)).toBe(0xcbf43926);
    expect(crc32c(digits)).toBe(0xe3069283);
    expect(crc16Ccitt(digits)).toBe(0x29b1);
    expect(crc16Arc(digits)).toBe(0xbb3d);
  });

  it("give Microsoft's published RSS hashes", () => {
    const bytes = (src: string, sport: number, dst: string, dport: number) => [
      ...ip(src),
      ...ip(dst),
      sport >> 8,
      sport & 255,
      dport >> 8,
      dport & 255,
    ];
    expect(toeplitz(bytes('66.9.149.187', 2794, '161.142.100.80', 1766))).toBe(0x51ccc178);
    expect(toeplitz(bytes('66.9.149.187', 2794, '161.142.100.80', 1766).slice(0, 8))).toBe(0x323e8fc2);
    expect(toeplitz(bytes('199.92.111.2', 14230, '65.69.140.83', 4739))).toBe(0xc626b0ea);
    const six = row({
      srcIp: ip('3ffe:2501:200:1fff::7'),
      dstIp: ip('3ffe:2501:200:3::1'),
      srcPort: 2794,
      dstPort: 1766,
    });
    expect(byId('rss-toeplitz:l3+l4').value(six)).toBe(0x40207d3d);
    expect(byId('rss-toeplitz:l3').value(six)).toBe(0x2cc18cd5);
  });

  it('give the FNV-1 of the reference code', () => {
    expect(
      fnv1(
        [...'foobar'].map((letter) => letter.charCodeAt(0)),
        0x811c9dc5,
      ),
    ).toBe(0x31f0b262);
  });

  it('fold IPv6 addresses and swap words', () => {
    expect(ip32(ip('1::2'))).toBe(0x00010002);
    expect(ip32(new Uint8Array(0))).toBe(0);
    expect(swap32(0x80010203)).toBe(0x03020180);
  });

  it('are functions of the fields they name and of nothing else', () => {
    const changes = {
      'eth.src': { srcMac: 0x0a1b2c3d4e5f },
      'eth.dst': { dstMac: 0x0a1b2c3d4e5f },
      'eth.type': { etherType: 0x88b5 },
      'vlan.id': { vlan: 77 },
      'ip.src': { srcIp: ip('172.16.99.213') },
      'ip.dst': { dstIp: ip('172.16.99.213') },
      'ip.proto': { protocol: 17 },
      'l4.srcport': { srcPort: 61234 },
      'l4.dstport': { dstPort: 61234 },
      'ipv6.flow': { flowLabel: 0xabcde },
    };
    const base = row();
    for (const f of libraryFor({ ports: [4], rows: [base] })) {
      for (const [i, change] of Object.values(changes).entries()) {
        if ((INCLUDED[f.hypothesis] >> i) & 1 || i === 2 || i === 3) continue; // FreeBSD: see the next test
        expect(f.value({ ...base, ...change }), `${f.id} ${Object.keys(changes)[i]}`).toBe(f.value(base));
      }
    }
  });

  it('give flows of one kind of packet that agree on their fields one bucket of 64', () => {
    const random = seeded(7);
    const some = <T>(...values: T[]) => values[random.below(values.length)];
    const rows = Array.from({ length: 600 }, () =>
      row({
        srcMac: some(0x0a1b2c3d4e5f, 0x0a1b2c3d4e61),
        dstMac: some(0x0a1b2c3d4e5f, 0x0a1b2c3d4e61),
        vlan: some(0, 5),
        srcIp: some(ip('10.0.0.1'), ip('10.0.7.2')),
        dstIp: some(ip('10.0.0.1'), ip('10.0.7.2')),
        protocol: some(6, 17),
        srcPort: some(5201, 40_000),
        dstPort: some(5201, 40_000),
        flowLabel: some(0, 3),
      }),
    );
    const { of, distinct } = partition(observe(rows, [4]));
    for (const f of libraryFor({ ports: [4], rows })) {
      const { labels } = distinct[of[f.hypothesis]];
      const values = new Map<number, number>();
      const apart = rows.filter((key, i) => {
        const value = values.get(labels[i]) ?? f.value(key) % 64;
        values.set(labels[i], value);
        return f.value(key) % 64 !== value;
      });
      expect(apart, f.id).toEqual([]);
    }
  });

  it('say that FreeBSD reads the VLAN where it varies, and the flow label in place of ports', () => {
    const fields = (rows: ReturnType<typeof row>[]) => {
      const f = byId('freebsd-lagg:l2,l3,l4', rows);
      return FIELDS.filter((_, i) => (INCLUDED[f.hypothesis] >> i) & 1);
    };
    const macsAndIps = ['eth.src', 'eth.dst', 'ip.src', 'ip.dst'];
    expect(fields([row()]).sort()).toEqual([...macsAndIps, 'l4.srcport', 'l4.dstport'].sort());
    expect(fields([row(), row({ vlan: 5 })])).toContain('vlan.id');
    const six = { etherType: 0x86dd, srcIp: ip('fd00::1'), dstIp: ip('fd00::2') };
    expect(fields([row({ ...six, flowLabel: 1 }), row({ ...six, flowLabel: 2 })]).sort()).toEqual(
      [...macsAndIps, 'ipv6.flow'].sort(),
    );
  });
});

describe.skipIf(noVectors)(vectorsTitle('known functions as the reference computes them'), () => {
  const { flows = [], values = {} } = inferenceVectors().hashFunctions ?? {};
  const ids: Record<string, string> = {
    'linux layer2': 'linux-layer2',
    'linux layer2+3': 'linux-layer2+3',
    'linux layer2+3 >>1': 'linux-layer2+3@5.15',
    'linux layer3+4': 'linux-layer3+4',
    'linux layer3+4 old': 'linux-layer3+4@3.17',
    'linux vlan+srcmac': 'linux-vlan+srcmac',
    'crc32 l3': 'crc32:l3',
    'crc32 l3+l4': 'crc32:l3+l4',
    'crc32c l3': 'crc32c:l3',
    'crc16-ccitt l3': 'crc16-ccitt:l3',
    'crc16-arc l3': 'crc16-arc:l3',
    'toeplitz ms-key l3+l4': 'rss-toeplitz:l3+l4',
    'toeplitz ms-key l3': 'rss-toeplitz:l3',
    'xor low 3 bits l3': 'xor-low:l3,3',
    'xor all bytes l3+l4': 'teamd:l3,l4',
  };

  it.each(Object.entries(ids))('%s', (name, id) => {
    expect((flows as VectorFlow[]).map((flow) => byId(id).value(fromVector(flow)))).toEqual(values[name]);
  });

  it('fnv1 from a given start', () => {
    // ICMP has ports 0 in these rows, and the reference mixes them; FreeBSD mixes none.
    const keys = (flows as VectorFlow[])
      .map(fromVector)
      .map((r) => [...r.srcIp, ...r.dstIp, r.srcPort >> 8, r.srcPort & 255, r.dstPort >> 8, r.dstPort & 255]);
    expect(keys.map((key) => fnv1(key, 0x12345678))).toEqual(values['fnv1 seed 0x12345678 l3+l4']);
  });
});
