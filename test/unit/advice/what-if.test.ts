import { describe, expect, it } from 'vitest';
import { Cells } from '../../../src/advice/cells.js';
import { DrawnPorts, loadsOnBuckets, overRandomTables } from '../../../src/advice/random-tables.js';
import { spreadOf } from '../../../src/advice/spread.js';
import { type WhatIfFacts, whatIfRows } from '../../../src/advice/what-if.js';
import { inferHash } from '../../../src/inference/infer.js';
import { policyNamed } from '../../../src/policies/catalogue.js';
import { seeded } from '../../../src/stats/random.js';
import { inferenceVectors, noVectors, vectorsTitle } from '../../helpers/vectors.js';
import { ip, row, rowsOf } from '../inference/rows.js';
import { header, laidFlows } from './headers.js';

/** Four clients, each with a connection to one server, as a LAG of four ports saw them. */
const clients = [11, 12, 13, 14];
const fromClients = clients.map((client, i) =>
  header({ srcIp: ip(`192.168.1.${client}`), srcMac: 0x3c7c3f000000 + client * 257, srcPort: 50000 + 2 * i }),
);

function facts(changes: Partial<WhatIfFacts> = {}): WhatIfFacts {
  const rows = rowsOf(
    fromClients.map((key) => row({ ...key, port: 2 })),
    4,
  );
  return {
    laid: laidFlows(fromClients),
    rows,
    captured: new Map([
      ['igb0', 0],
      ['igb1', 0],
      ['igb2', 4000],
      ['igb3', 0],
    ]),
    inference: inferHash(rows),
    kind: 'single-port',
    linkBitsPerSecond: 1e9,
    ...changes,
  };
}

const named = (rows: ReturnType<typeof whatIfRows>, id: string) =>
  rows.find(({ policy, knownAs }) => policy === id || knownAs.includes(id))!;

describe('what if', () => {
  it('lays the flows over a known function exactly', () => {
    // (11, 12, 13, 14) XOR 2 are 9, 14, 15 and 12: modulo 4 they are 1, 2, 3 and 0
    const rows = whatIfRows(facts());
    expect(named(rows, 'cisco-xor8:src-ip')).toMatchObject({
      basis: 'exact',
      maxOverMean: 1,
      effectiveLinks: 4,
      busyLinks: 4,
      range: null,
      bitsPerSecond: 4e9,
      portOctets: { 'bucket 0': 1000, 'bucket 1': 1000, 'bucket 2': 1000, 'bucket 3': 1000 },
    });
    expect(named(rows, 'dst-ip')).toMatchObject({ maxOverMean: 4, busyLinks: 1, range: { busyLinks: [1, 1] } });
    expect(rows[0]).toMatchObject({ policy: 'as-captured', maxOverMean: 4, busyLinks: 1, bitsPerSecond: 1e9 });
  });

  it('gives the mean of many tables where the function is secret, close to the exact one of four clients', () => {
    const l3 = named(whatIfRows(facts()), 'l3');
    expect(l3.basis).toBe('random-tables');
    expect(Math.abs(l3.busyLinks - 175 / 64)).toBeLessThan(0.15); // four standard errors of 200 draws
    expect(Math.abs(l3.maxOverMean - 17 / 8)).toBeLessThan(0.2);
    expect(l3.range!.busyLinks).toEqual([2, 4]);
    expect(l3.fits).toContain('not published');
  });

  it('tries the keys that a policy may have been given', () => {
    // the sum of all bytes differs by an order of the ports only, whatever the key
    expect(named(whatIfRows(facts()), 'freebsd9-lagg:l3')).toMatchObject({
      basis: 'exact',
      range: null,
      maxOverMean: 1,
    });
    const three = rowsOf(
      fromClients.map((key) => row({ ...key, port: 2 })),
      3,
    );
    const captured = new Map([
      ['igb0', 0],
      ['igb1', 0],
      ['igb2', 4000],
    ]);
    const onThree = named(whatIfRows(facts({ rows: three, captured })), 'freebsd-lagg:l3');
    expect(onThree.basis).toBe('random-seeds');
    expect(onThree.range!.busyLinks[0]).toBeLessThan(onThree.range!.busyLinks[1]);
  });

  it('compares a keyed policy by the key that fits best, where all of them can be tried', () => {
    const keys = Array.from({ length: 60 }, (_, i) => header({ srcPort: 40000 + 37 * i, srcIp: ip(`10.0.1.${i}`) }));
    const sender = policyNamed('freebsd-lagg:l3,l4;key=deadbeef');
    const seenOn = (ports: number) => {
      const rows = rowsOf(
        keys.map((key) => row({ ...key, port: sender.bucket(key, ports) })),
        ports,
      );
      const captured = new Map(Array.from({ length: ports }, (_, i) => [`igb${i}`, 1000]));
      return named(
        whatIfRows(facts({ laid: laidFlows(keys), rows, captured, inference: null, kind: 'per-flow-hash' })),
        'freebsd-lagg:l3,l4',
      );
    };
    expect(seenOn(4).flowsFitted).toEqual({ flows: 60, of: 60 });
    expect(seenOn(3).flowsFitted).toBeNull();
  });

  it('says how many of the flows a function fits, and which is in use', () => {
    const keys = Array.from({ length: 40 }, (_, i) => header({ srcPort: 40000 + 37 * i, srcIp: ip(`10.0.1.${i}`) }));
    const bucketOf = (key: (typeof keys)[number]) => {
      const word = (key.srcPort << 16) | key.dstPort;
      const address = (bytes: Uint8Array) => new DataView(bytes.buffer).getUint32(0, true);
      const swapped = new DataView(new ArrayBuffer(4));
      swapped.setUint32(0, word);
      let hash = swapped.getUint32(0, true) ^ address(key.srcIp) ^ address(key.dstIp);
      hash ^= hash >>> 16;
      hash ^= hash >>> 8;
      return (hash >>> 1) & 3;
    };
    const order = [2, 0, 3, 1];
    const rows = rowsOf(
      keys.map((key) => row({ ...key, port: order[bucketOf(key)] })),
      4,
    );
    const found = whatIfRows(facts({ laid: laidFlows(keys), rows, inference: inferHash(rows), kind: 'per-flow-hash' }));
    const linux = named(found, 'linux-layer3+4');
    expect(linux).toMatchObject({ inUse: true, flowsFitted: { flows: 40, of: 40 }, basis: 'exact' });
    expect(Object.keys(linux.portOctets).sort()).toEqual(['igb0', 'igb1', 'igb2', 'igb3']);
    expect(named(found, 'linux-layer2').inUse).toBe(false);
    expect(named(found, 'linux-layer2').flowsFitted!.flows).toBeLessThan(20);
    expect(found.filter(({ inUse, kind }) => inUse && kind === 'policy')).toHaveLength(1);
  });

  it('counts for a secret table what could refute it: flows beyond the first of equal keys', () => {
    const of = (clients: number, portOf: (client: number, i: number) => number) => {
      const keys = Array.from({ length: 40 }, (_, i) =>
        header({ srcPort: 40000 + i, srcIp: ip(`10.0.1.${i % clients}`) }),
      );
      const rows = rowsOf(
        keys.map((key, i) => row({ ...key, port: portOf(i % clients, i) })),
        4,
      );
      return named(whatIfRows(facts({ laid: laidFlows(keys), rows, inference: null, kind: 'per-flow-hash' })), 'l3');
    };
    // Of 40 addresses any table of addresses explains any links.
    expect(of(40, (_, i) => i % 4)).toMatchObject({ flowsFitted: null, fits: expect.stringContaining('Not compared') });
    expect(of(10, (client) => client % 4)).toMatchObject({
      flowsFitted: { flows: 30, of: 30 },
      fits: expect.stringContaining('Fits 30 of 30 flows that share what it reads with another.'),
    });
    // Each address on four links, one flow each: the first is right by definition.
    expect(of(10, (_, i) => Math.floor(i / 10)).flowsFitted).toEqual({ flows: 0, of: 30 });
  });

  it('weighs the alternatives: one address a link, frame by frame, one faster link', () => {
    const rows = whatIfRows(facts());
    expect(named(rows, 'separate-addresses')).toMatchObject({ busyLinks: 4, maxOverMean: 1 }); // four clients, four links
    expect(named(rows, 'round-robin')).toMatchObject({ effectiveLinks: 4, bitsPerSecond: 4e9 });
    expect(named(rows, 'one-faster-link')).toMatchObject({ busyLinks: 1, bitsPerSecond: 10e9 });
    const unknown = whatIfRows(facts({ linkBitsPerSecond: null }));
    expect(unknown.every(({ bitsPerSecond }) => bitsPerSecond === null)).toBe(true);
  });

  it('compares with the links seen only where flows have links of their own', () => {
    expect(whatIfRows(facts({ kind: 'round-robin' })).every(({ flowsFitted }) => flowsFitted === null)).toBe(true);
  });

  it('leaves out what is not on offer, unless it fits all flows', () => {
    const rows = whatIfRows(facts());
    expect(named(rows, 'crc32:src-ip')).toBeUndefined(); // on four links, where one was seen
    expect(named(rows, 'xor-low:dst-ip,3')).toBeDefined(); // one destination, one link
    expect(named(rows, 'linux-layer3+4')).toBeDefined();
  });

  it('has nothing to say without octets', () => {
    expect(whatIfRows(facts({ laid: laidFlows([]) }))).toEqual([]);
  });

  it.skipIf(noVectors)(vectorsTitle('measures balance as the reference does'), () => {
    for (const { load, jain, eff_links, max_over_mean, used } of inferenceVectors().balance) {
      const spread = spreadOf(load);
      expect(spread.jain).toBeCloseTo(jain, 8);
      expect(spread.effectiveLinks).toBeCloseTo(eff_links, 7);
      expect(spread.maxOverMean).toBeCloseTo(max_over_mean, 8);
      expect(spread.busyLinks).toBe(used);
    }
  });
});

describe('cells', () => {
  const cells = new Cells([
    header({ srcIp: ip('10.0.0.1'), dstIp: ip('10.0.0.2') }),
    header({ srcIp: ip('10.0.0.2'), dstIp: ip('10.0.0.1') }),
    header({ srcIp: ip('10.0.0.4'), dstIp: ip('10.0.0.7') }),
    header({ srcIp: ip('10.0.0.1'), dstIp: ip('10.0.0.2'), srcPort: 9 }),
  ]);
  it('are as fine as what the policy reads, and how', () => {
    expect([...cells.of(['ip.src', 'ip.dst'], 'ordered')]).toEqual([0, 1, 2, 0]);
    expect([...cells.of(['ip.src', 'ip.dst'], 'unordered')]).toEqual([0, 0, 1, 0]);
    expect([...cells.of(['ip.src', 'ip.dst'], 'xor')]).toEqual([0, 0, 0, 0]);
    expect([...cells.of(['ip.src', 'l4.srcport'], 'ordered')]).toEqual([0, 1, 2, 3]);
    expect([...cells.of([], 'ordered')]).toEqual([0, 0, 0, 0]);
  });

  it('of one flow each give a table what throwing balls gives', () => {
    const octets = new Float64Array(16).fill(1);
    const laid = { octets, isSampled: new Uint8Array(16) };
    const { busyLinks, maxOverMean } = overRandomTables(laid, Int32Array.from(octets.keys()), new DrawnPorts(4));
    expect(Math.abs(busyLinks - 3.96)).toBeLessThan(0.06);
    expect(Math.abs(maxOverMean - 6.139 / 4)).toBeLessThan(0.08);
  });
});

describe('a sample of many flows', () => {
  const many = 600;
  const laid = { octets: new Float64Array(many).fill(1000), isSampled: new Uint8Array(many).fill(1) };
  const drawn = seeded(5);

  it('is not taken for so few: flows with keys of their own lie evenly', () => {
    expect(
      overRandomTables(
        laid,
        Int32Array.from({ length: many }, (_, i) => i),
        new DrawnPorts(4),
      ).maxOverMean,
    ).toBeCloseTo(1, 12);
    // two clients are two, however many flows they have
    const two = overRandomTables(
      laid,
      Int32Array.from({ length: many }, (_, i) => i % 2),
      new DrawnPorts(4),
    );
    expect(two.busyLinks).toBeLessThan(2);
    expect(two.maxOverMean).toBeGreaterThan(2);
  });

  it('lies evenly on buckets unless it says otherwise', () => {
    const fair = Int32Array.from({ length: many }, () => drawn.below(4));
    expect([...loadsOnBuckets(laid, fair, 4)]).toEqual([150_000, 150_000, 150_000, 150_000]);
    const even = Int32Array.from({ length: many }, () => 2 * drawn.below(2)); // a hash that ends on the lowest bit
    expect([...loadsOnBuckets(laid, even, 4)].filter((load) => load === 0)).toHaveLength(2);
    const whole = { ...laid, isSampled: new Uint8Array(many) }; // all there are: as they are
    const loads = loadsOnBuckets(whole, fair, 4);
    expect(new Set(loads).size).toBeGreaterThan(1);
    expect(loads.reduce((sum, load) => sum + load, 0)).toBe(600_000);
  });
});
