import { describe, expect, it } from 'vitest';
import type { HashRow } from '../../src/flows/rows.js';
import { inferHash } from '../../src/inference/infer.js';
import { policies, policyNamed } from '../../src/policies/catalogue.js';
import type { Policy } from '../../src/policies/policy.js';
import { seeded } from '../../src/stats/random.js';
import { ip, row, rowsOf } from '../unit/inference/rows.js';

/** Flows whose fields vary each on its own, so that nothing but the function decides. */
function traffic(flows: number, seed: number): HashRow[] {
  const random = seeded(seed);
  const mac = (of: number) => 0x020000000000 + ((Math.imul(of + 1, 0x9e3779b1) >>> 0) % 2 ** 31);
  return Array.from({ length: flows }, () =>
    row({
      srcMac: mac(random.below(40)),
      dstMac: mac(100 + random.below(40)),
      vlan: [10, 20, 33][random.below(3)],
      srcIp: ip(`10.${random.below(4)}.${random.below(250)}.${1 + random.below(250)}`),
      dstIp: ip(`192.168.${random.below(3)}.${1 + random.below(40)}`),
      protocol: random.below(3) === 0 ? 17 : 6,
      srcPort: 32768 + random.below(28000),
      dstPort: 1 + random.below(9000),
    }),
  );
}

/** The ports in an order that no bucket number gives away. */
const ORDERS: Readonly<Record<number, readonly number[]>> = { 3: [1, 2, 0], 4: [2, 0, 3, 1] };

/** Flows of which two policies differ in more than the names of the buckets. */
function disagreements(a: Policy, b: Policy, rows: readonly HashRow[], ports: number): number {
  const counts = Array.from({ length: ports }, () => new Array<number>(ports).fill(0));
  for (const r of rows) counts[a.bucket(r, ports)][b.bucket(r, ports)]++;
  return counts.reduce((sum, row) => sum + row.reduce((x, y) => x + y) - Math.max(...row), 0);
}

/** What can be computed from what a row keeps. */
const computable = policies().filter(({ id, secret, buckets }) => {
  return (secret === 'none' || id.startsWith('rtag7')) && buckets === null && id !== 'linux-socket-hash';
});
const lagg = ['freebsd9-lagg:l2,l3,l4;key=9e3779b9', 'freebsd-lagg:l3,l4;key=c0ffee01'].map(policyNamed);
const senders = [
  ...computable.flatMap((policy) => [3, 4].map((ports) => ({ policy, ports }))),
  ...lagg.flatMap((policy) => [3, 4].map((ports) => ({ policy, ports }))),
];

describe('a sender of a known policy is found out', () => {
  it.each(senders.map((sender) => ({ ...sender, id: sender.policy.id })))('$id, $ports ports', ({ policy, ports }) => {
    const rows = traffic(300, 11).map((r) => ({ ...r, port: ORDERS[ports][policy.bucket(r, ports)] }));
    const found = inferHash(rowsOf(rows, ports))!.function!;
    expect(found.heldOutAccuracy).toBe(1);
    const key = found.parameters.key ?? found.parameters.start?.toString() ?? null;
    const named = policyNamed(found.id + (key === null ? '' : `;key=${key}`));
    // Other versions or products may choose alike: so does what is named, on flows it never saw.
    const allowed = found.parameters.keysAlike === undefined ? 0 : 6; // keys alike on one set of flows, and nearly so on another
    expect(disagreements(named, policy, traffic(300, 12), ports), found.id).toBeLessThanOrEqual(allowed);
  });
});

describe('a sender whose buckets are not one for each port', () => {
  const infer = (policy: Policy, ports: number, table: readonly number[], flows = 300) => {
    const rows = traffic(flows, 11).map((r) => ({ ...r, port: table[policy.value(r) % table.length] }));
    return inferHash(rowsOf(rows, ports))!.function;
  };

  it.each([
    { id: 'cisco-xor8:l3', ports: 3, table: [2, 2, 2, 0, 0, 0, 1, 1] },
    { id: 'cisco-xor8:src-port', ports: 5, table: [4, 0, 0, 2, 1, 1, 2, 3] },
    { id: 'hp-blade', ports: 6, table: [1, 1, 0, 2, 3, 3, 5, 4] },
    { id: 'cisco-xor8:l4', ports: 3, table: [1, 1, 0, 0, 0, 1, 0, 1] }, // none for the third port
    { id: 'vitesse-aggr:dmac,smac,ip', ports: 3, table: [2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1] },
  ])('deals $table.length buckets of $id to $ports ports in an order of its own', ({ id, ports, table }) => {
    const found = infer(policyNamed(id), ports, table)!;
    expect([found.id, ...found.alternatives]).toContain(id);
    expect(found.portOrder).toEqual(table.map((port) => `igb${port}`));
    expect(found.heldOutAccuracy).toBe(1);
  });

  it.each(['ovs-tcp', 'ovs-slb', 'ovs-tcp;build=sse42', 'ovs-slb;build=sse42'])('%s moves 256 buckets about', (id) => {
    const random = seeded(5);
    const table = Array.from({ length: 256 }, () => random.below(4));
    const found = infer(policyNamed(id), 4, table, 400)!;
    expect(found.id).toBe(id);
    expect(found.portOrder).toHaveLength(256);
    for (const [bucket, port] of found.portOrder.entries()) if (port !== null) expect(port).toBe(`igb${table[bucket]}`);
  });

  it.each(['linux-layer3+4', 'teamd:eth,l3', 'crc32:l3+l4'])('%s uses three of four ports', (id) => {
    const found = infer(policyNamed(id), 4, [3, 0, 2])!;
    expect(found.id).toBe(id);
    expect(found.portOrder).toEqual(['igb3', 'igb0', 'igb2']);
    expect(found.description).toContain('ports that carry flows');
  });
});

describe('a sender whose function nobody knows', () => {
  /** One client network, so that few bits vary, and what a table makes of three XORs of them. */
  const few = (flows: number) =>
    traffic(flows, 21).map((r, i) => ({
      ...r,
      srcMac: 0x020000000001,
      dstMac: 0x020000000002,
      vlan: 0,
      protocol: 6,
      srcIp: ip(`10.0.0.${1 + (r.srcPort % 61)}`),
      dstIp: ip(`10.0.1.${1 + (i % 5)}`),
      dstPort: 5201,
    }));
  const bit = (value: number, at: number) => (value >> at) & 1;
  const bits = (r: HashRow) =>
    (bit(r.srcIp[3], 1) ^ bit(r.srcPort, 2)) |
    ((bit(r.dstIp[3], 0) ^ bit(r.srcIp[3], 3)) << 1) |
    (bit(r.srcPort, 0) << 2);

  it('is described by the bits its table goes by, which predict flows that were held back', () => {
    const table = [0, 1, 2, 2, 1, 0, 0, 1];
    const found = inferHash(
      rowsOf(
        few(900).map((r) => ({ ...r, port: table[bits(r)] })),
        3,
      ),
    )!.function!;
    expect(found.id).toBe('parity-table');
    expect(found.heldOutAccuracy).toBeGreaterThan(0.95);
    expect(found.portOrder).toHaveLength(8);
    expect(found.parameters.bitsNeverExercised).toMatchObject({ 'ip.src': '6-31', 'ip.dst': '3-31' });
  });

  it('is not described where nothing predicts', () => {
    const mixed = (r: HashRow) => {
      let h = Math.imul(r.srcPort ^ (r.srcIp[3] << 16) ^ (r.dstIp[3] << 24) ^ 0x5bd1e995, 0x85ebca6b);
      h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
      return (h ^ (h >>> 16)) >>> 0;
    };
    for (const ports of [3, 4, 5]) {
      const rows = few(900).map((r) => ({ ...r, port: mixed(r) % ports }));
      expect(inferHash(rowsOf(rows, ports))!.function).toBeNull();
    }
  });
});
