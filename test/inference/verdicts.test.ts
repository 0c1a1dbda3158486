import { describe, expect, it } from 'vitest';
import type { HashRow } from '../../src/flows/rows.js';
import { ICMP, NO_IP } from '../../src/flows/rows.js';
import { ALL_UNKNOWN } from '../../src/inference/fields/evaluate.js';
import { bitsNeeded, type InferredField } from '../../src/inference/fields/verdicts.js';
import { libraryFor } from '../../src/inference/functions/library.js';
import type { LibraryFunction } from '../../src/inference/functions/library-function.js';
import { inferHash } from '../../src/inference/infer.js';
import { policyNamed } from '../../src/policies/catalogue.js';
import { seeded } from '../../src/stats/random.js';
import { ip, row, rowsOf } from '../unit/inference/rows.js';

const client = (n: number): Partial<HashRow> => ({
  srcMac: 0x020000000000 + n * 0x1357,
  srcIp: ip(`192.168.1.${10 + n}`),
  srcPort: 40000 + n * 977,
});
const byId = (id: string, ports = 4): LibraryFunction =>
  libraryFor({ ports: [ports], rows: [row()] }).find((f) => f.id === id)!;

/** Clients, servers and services at random, and the port the function gives. */
function traffic(flows: number, f: LibraryFunction, ports: number, seed = 1): HashRow[] {
  const random = seeded(seed);
  return Array.from({ length: flows }, () => {
    const [c, s] = [random.below(12), random.below(3)];
    const made = row({
      srcMac: 0x020000000000 + c * 0x1357,
      srcIp: ip(`10.1.${c % 3}.${17 + c * 5}`),
      dstMac: 0x020000001000 + s,
      dstIp: ip(`10.2.0.${3 + 9 * s}`),
      srcPort: 32768 + random.below(28000),
      dstPort: [80, 443, 5201][random.below(3)],
      protocol: random.next() < 0.7 ? 6 : 17,
    });
    return { ...made, port: f.value(made) % ports };
  });
}

const verdicts = (rows: readonly HashRow[], ports = 4, changes = {}) => {
  const inferred = inferHash(rowsOf(rows, ports, changes))!;
  return { ...inferred, ...Object.fromEntries(inferred.fields.map((f) => [f.field, f.verdict])) } as typeof inferred &
    Record<string, string>;
};

describe('verdicts', () => {
  it('call nothing used while nothing moved: four clients on one port', () => {
    const inferred = verdicts([0, 1, 2, 3].map((n) => row(client(n))));
    expect(inferred.singlePort).toBe(true);
    expect(inferred.function).toBeNull();
    expect(inferred.fields.map(({ verdict }) => verdict)).not.toContain('used');
    expect(inferred['eth.src']).toBe('confounded');
    expect(inferred.fields.find(({ field }) => field === 'eth.src')!.confoundedWith).toContain('ip.src');
    expect(inferred['ip.dst']).toBe('untested');
  });

  it('confuse no field with one inside of tunnels where there are none', () => {
    const rows = [0, 1, 2, 3].map((n) => row({ ...client(n), port: n }));
    const source = inferHash(rowsOf(rows, 4))!.fields.find(({ field }) => field === 'ip.src')!;
    expect(source.confoundedWith).toEqual(['eth.src', 'l4.srcport']);
  });

  it('call nothing used on one port, however many addresses', () => {
    const random = seeded(5);
    const rows = Array.from({ length: 60 }, (_, n) => row({ ...client(n % 16), dstPort: 1000 + random.below(60000) }));
    const inferred = verdicts(rows);
    expect(inferred.fields.map(({ verdict }) => verdict)).not.toContain('used');
    expect(inferred.function).toBeNull();
  });

  it('call 20 source ports of one client on one link unused, if they exercise enough bits', () => {
    const ports = [5301, 5302, 5304, 5308, 5316, 5332, 5364, 5428];
    const rows = [0, 1, 2, 3].flatMap((n) => ports.map((srcPort) => row({ ...client(n), srcPort, port: n })));
    const inferred = verdicts(rows);
    expect(inferred['l4.srcport']).toBe('unused');
    expect(inferred.fields.find(({ field }) => field === 'l4.srcport')!.evidence).toMatchObject({
      distinctValues: 8,
      pairsDiffering: 28, // seven per client
      pairsMoved: 0,
      exercisedBits: 7,
      chance: 4 ** -7,
    });
  });

  it('do not call adjacent source ports unused: they exercise one bit, which a linear hash may ignore', () => {
    const rows = [0, 1, 2, 3].flatMap((n) => [40000, 40001].map((srcPort) => row({ ...client(n), srcPort, port: n })));
    const inferred = verdicts(rows);
    const port = inferred.fields.find(({ field }) => field === 'l4.srcport')!;
    expect(port.evidence.exercisedBits).toBe(1);
    expect(port.verdict).not.toBe('unused');
    expect(bitsNeeded(4)).toBe(3);
    expect([2, 3, 8].map(bitsNeeded)).toEqual([5, 3, 2]);
  });

  it('show the pairs that prove a field', () => {
    const ports = [5301, 5302, 5304, 5308, 5316, 5332, 5364, 5428];
    const rows = ports.map((srcPort, i) => row({ srcPort, port: [2, 0, 3, 1, 1, 2, 0, 3][i] }));
    const field = inferHash(rowsOf(rows, 4))!.fields.find((f) => f.field === 'l4.srcport')!;
    expect(field.verdict).toBe('used');
    expect(field.evidence).toMatchObject({ pairsDiffering: 7, pairsMoved: 6, chance: null });
    expect(field.pairs).toHaveLength(3);
    expect(field.pairs[0]).toMatchObject({ a: 0, b: 1, values: [5301, 5302], ports: [2, 0] });
  });

  it('take no proof from flows of two packets, from strays, or across epochs', () => {
    const two = (changes: Partial<HashRow>[]) =>
      changes.map((change, port) => row({ srcPort: 40000 + port, port, ...change }));
    const pairs = (rows: HashRow[], changes = {}) =>
      inferHash(rowsOf(rows, 4, changes))!.fields.find((f) => f.field === 'l4.srcport')!.pairs;
    expect(pairs(two([{}, {}]))).toHaveLength(1);
    expect(pairs(two([{}, { frames: 2 }]))).toHaveLength(0);
    expect(pairs(two([{}, { stray: true }]))).toHaveLength(0);
    const epochs = [0, 1].map((i) => ({ startNs: i, endNs: i + 1, ports: [0, 1, 2, 3] }));
    expect(pairs(two([{}, { epoch: 1 }]), { epochs })).toHaveLength(0);
  });

  it('say nothing of port numbers that were cut off', () => {
    const f = byId('linux-layer2');
    const rows = traffic(80, f, 4).map((r) => ({ ...r, srcPort: 0, dstPort: 0 }));
    const one = rows.map((r, i) => (i === 0 ? { ...r, srcPort: 7 } : r));
    const inferred = verdicts(one, 4, { portsSeen: false });
    expect(inferred['l4.srcport']).toBe('undetermined');
    expect(inferred.fields.find(({ field }) => field === 'l4.srcport')!.probability).toBeNull();
    expect(inferred.hypotheses.flatMap(({ fields }) => fields)).not.toContain('l4.srcport');
  });

  it('judge nothing by fields that leave a fifth of the flows unexplained', () => {
    const strays = (share: number) => {
      const random = seeded(9);
      return traffic(200, byId('xor-low:dst-port,2'), 4).map((r) =>
        random.next() < share ? { ...r, port: random.below(4) } : r,
      );
    };
    expect(verdicts(strays(0.02))['l4.dstport']).toBe('used');
    for (const { verdict } of inferHash(rowsOf(strays(0.3), 4))!.fields)
      expect(['used', 'unused']).not.toContain(verdict);
  });

  it('have no answer without a choice', () => {
    expect(inferHash(rowsOf([row()], 1))).toBeNull();
    expect(inferHash(rowsOf([], 4))).toBeNull();
    expect(inferHash(rowsOf([row({ kind: ICMP })], 4))).toBeNull();
  });
});

describe('functions', () => {
  const FIELDS_OF: Record<string, string[]> = {
    'linux-layer3+4': ['ip.src', 'ip.dst', 'l4.srcport', 'l4.dstport'],
    'crc32:l3': ['ip.src', 'ip.dst'],
    'rss-toeplitz:l3+l4': ['ip.src', 'ip.dst', 'l4.srcport', 'l4.dstport'],
    'freebsd9-lagg:l3,l4': ['ip.src', 'ip.dst', 'l4.srcport', 'l4.dstport'],
  };

  it.each(Object.entries(FIELDS_OF))('%s is found on four ports, with the order of the ports', (id, used) => {
    const order = [2, 0, 3, 1];
    const rows = traffic(150, byId(id), 4).map((r) => ({ ...r, port: order[r.port] }));
    const inferred = verdicts(rows);
    expect([inferred.function!.id, ...inferred.function!.alternatives]).toContain(id);
    for (const field of used) expect(inferred[field], field).toBe('used');
    for (const field of ['eth.src', 'eth.dst', 'ip.proto']) expect(inferred[field], field).not.toBe('used');
    expect(inferred.function).toMatchObject({ flowsExplained: 150, flowsTested: 150, heldOutAccuracy: 1 });
    if (inferred.function!.id === id) {
      expect(inferred.function!.portOrder).toEqual(order.map((port) => `igb${port}`));
    }
  });

  it('a linear hash without a name is called affine, and predicts held-back flows', () => {
    // An XOR of single bits nobody ships: two parities over addresses and ports.
    const strange = (r: HashRow) =>
      (parity(r.srcIp[3] & 0b1011) << 1) ^
      (parity(r.dstIp[3] & 0b1110) << 1) ^
      parity((r.srcPort & 0x0145) ^ (r.dstPort & 0x81));
    const rows = traffic(300, byId('crc32:l3'), 4, 3).map((r) => ({ ...r, port: strange(r) }));
    const inferred = verdicts(rows);
    expect(inferred.function!.id).toBe('affine');
    expect(inferred.function!.heldOutAccuracy).toBe(1);
    expect(inferred['l4.srcport']).toBe('used');
    expect(inferred['eth.src']).toBe('unused');
  });

  it('a sum without a name says which fields are used, on a prime number of ports', () => {
    // One server; of the 120 clients' addresses and ports hardly two agree, so that no table says anything.
    const rows = traffic(120, byId('crc32:l3'), 5, 4).map((r, i) => {
      const made = {
        ...r,
        dstIp: ip('10.2.0.3'),
        dstMac: 0x020000001000,
        srcIp: ip(`10.1.${i & 3}.${1 + ((i * 37) % 250)}`),
      };
      return { ...made, port: (made.srcIp[3] + 3 * made.srcIp[2] + made.srcPort + 2 * made.dstPort) % 5 };
    });
    const found = verdicts(rows, 5);
    expect(found).toMatchObject({ 'ip.src': 'used', 'l4.srcport': 'used', 'l4.dstport': 'used', 'eth.src': 'unused' });
    const without = inferHash(rowsOf(rows, 5), { unknown: { ...ALL_UNKNOWN, sums: false } })!;
    expect(without.fields.find(({ field }) => field === 'ip.src')!.verdict).not.toBe('used');
  });

  it('are learnt over epochs, each with its own ports', () => {
    const f = byId('linux-layer3+4');
    const base = traffic(120, f, 4);
    const orders = [
      [0, 1, 2, 3],
      [2, 0, 1],
    ];
    const rows = orders.flatMap((order, epoch) =>
      base.map((r) => ({ ...r, epoch, port: order[f.value(r) % order.length] })),
    );
    const epochs = [
      { startNs: 0, endNs: 10, ports: [0, 1, 2, 3] },
      { startNs: 10, endNs: 40, ports: [0, 1, 3] },
    ];
    const inferred = verdicts(rows, 4, { epochs });
    expect(inferred.function!.id).toBe('linux-layer3+4');
    expect(inferred.portOrders).toEqual([
      ['igb0', 'igb1', 'igb2', 'igb3'],
      ['igb3', 'igb0', 'igb1'],
    ]);
    expect(inferred.function!.portOrder).toEqual(['igb3', 'igb0', 'igb1']); // of the longer one
    expect(inferred.function!.parameters).toMatchObject({ epochs: inferred.portOrders });
  });

  it('leave a bucket without flows unnamed', () => {
    const f = byId('linux-layer3+4');
    const rows = traffic(150, f, 4).filter((r) => r.port !== 2);
    expect(verdicts(rows).function).toMatchObject({ id: 'linux-layer3+4', portOrder: ['igb0', 'igb1', null, 'igb3'] });
  });

  it('name no function by adjacent ports, on which functions agree that have little in common', () => {
    const adjacent = (flows: number, port: (srcPort: number) => number) =>
      Array.from({ length: flows }, (_, i) => row({ srcPort: 40_000 + i, port: port(40_000 + i) }));
    const rows = rowsOf(
      adjacent(16, (srcPort) => srcPort % 3),
      3,
    );
    const sum = inferHash(rows, { unknown: { ...ALL_UNKNOWN, sums: false } })!;
    expect(sum.functionPosterior).toBeGreaterThan(0.9); // an XOR of five bits, which it is not
    expect(sum.function).toBeNull();
    expect(inferHash(rows)!.function).toBeNull();
    expect(verdicts(adjacent(24, (srcPort) => (srcPort >> 3) & 3)).function).toBeNull();
  });

  it('name no table for getting right what one port that nearly all flows take gets right too', () => {
    for (const ports of [2, 3]) {
      const random = seeded(31);
      const rows = traffic(300, byId('crc32:l3'), ports).map((r) => ({ ...r, port: random.below(14) === 0 ? 1 : 0 }));
      expect(verdicts(rows, ports).function).toBeNull();
    }
  });

  it('call no field unused because a function over fewer ports does without it', () => {
    // Addresses and ports count up together, and the sender adds them: two ports of five carry flows.
    const rows = Array.from({ length: 100 }, (_, i) => {
      const [host, srcPort] = [11 + (i >> 1), 40_000 + 2 * i];
      const srcMac = 0x020000000000 + (Math.imul((i >> 1) + 1, 0x9e3779b1) >>> 0);
      return row({ srcMac, srcIp: ip(`192.168.1.${host}`), srcPort, port: (host + srcPort + 4) % 5 });
    });
    for (const unknown of [ALL_UNKNOWN, { ...ALL_UNKNOWN, affine: false, sums: false, lowTables: false }]) {
      const { classes, fields } = inferHash(rowsOf(rows, 5), { unknown })!;
      expect(fields.find(({ field }) => field === 'ip.src')!.verdict).not.toBe('unused');
      if (!unknown.lowTables) expect(classes.library).toBeGreaterThan(0.95);
    }
  });

  it('that differ for IPv4 and IPv6 are judged apart', () => {
    const [four, six] = [byId('xor-low:src-ip,2'), byId('linux-layer3+4')];
    const rows4 = traffic(80, four, 4, 11);
    const rows6 = traffic(80, four, 4, 12).map((r) => {
      const made = {
        ...r,
        etherType: 0x86dd,
        srcIp: ip(`fd00::${r.srcIp[3].toString(16)}`),
        dstIp: ip(`fd00::${(r.dstIp[3] + 100).toString(16)}`),
      };
      return { ...made, port: six.value(made) % 4 };
    });
    const inferred = verdicts([...rows4, ...rows6]);
    expect(inferred.families!.map(({ family }) => family)).toEqual(['ipv4', 'ipv6']);
    const of = (i: number, name: string) => inferred.families![i].fields.find(({ field }) => field === name)!.verdict;
    expect([of(0, 'l4.srcport'), of(1, 'l4.srcport')]).toEqual(['unused', 'used']);
    expect(inferred['eth.type']).not.toBe('used');
  });

  describe('of IPv4 and IPv6 under one function that reads them apart', () => {
    const mixed = (id: string, ports: number) => {
      const policy = policyNamed(id);
      const random = seeded(9);
      const rows = Array.from({ length: 300 }, (_, i) => {
        const six = i % 2 === 0;
        const [client, server] = [1 + random.below(200), 1 + random.below(5)];
        const made = row({
          etherType: six ? 0x86dd : 0x0800,
          srcMac: 0x020000000000 + random.below(50),
          srcIp: ip(six ? `fd00:${random.below(9)}::${client.toString(16)}` : `10.0.${random.below(9)}.${client}`),
          dstIp: ip(six ? `fd00::${server}` : `10.0.1.${server}`),
          srcPort: 30_000 + random.below(20_000),
          dstPort: 1 + random.below(9000),
          flowLabel: six ? random.below(2 ** 20) : 0,
        });
        return { ...made, port: (policy.bucket(made, ports) + 1) % ports };
      });
      return inferHash(rowsOf(rows, ports))!;
    };
    const used = (fields: readonly InferredField[]) =>
      fields.filter(({ verdict }) => verdict === 'used').map(({ field }) => field);
    const ips = ['ip.src', 'ip.dst'];

    it.each([
      { id: 'teamd:l3,l4', six: [...ips, 'l4.dstport'] },
      { id: 'freebsd-lagg:l3,l4;key=5', six: [...ips, 'ipv6.flow'] },
      { id: 'freebsd9-lagg:l3,l4;key=6', six: [...ips, 'ipv6.flow'] },
    ])('say so: $id', ({ id, six }) => {
      const inferred = mixed(id, 4);
      expect(inferred.function!.id).toBe(id.replace(/;.*/, ''));
      const [four, other] = inferred.families!;
      expect(used(four.fields)).toEqual([...ips, 'l4.srcport', 'l4.dstport']);
      expect(used(other.fields)).toEqual(six);
      expect(other.fields.find(({ field }) => field === 'l4.srcport')!.verdict).toBe('unused');
      expect(other.function).toBeNull(); // that of the direction holds
      const pairs = four.fields.map(({ evidence }) => evidence.pairsDiffering);
      expect(pairs.every((n) => n < 150)).toBe(true); // of that family alone
    });

    it('are one where the EtherType is in the hash', () => {
      const inferred = mixed('linux-layer2', 4);
      expect(inferred.function!.id).toBe('linux-layer2');
      expect(used(inferred.fields)).toEqual(['eth.src', 'eth.type']);
      expect(inferred.families).toBeNull();
    });

    it('have a function each where keys of other lengths hide the one', () => {
      const inferred = mixed('freebsd9-lagg:l2,l3,l4;key=12345678', 3);
      expect(inferred.function).toBeNull();
      const names = inferred.families!.map(({ function: f }) => [f!.id, ...f!.alternatives]);
      for (const ids of names) expect(ids).toContain('freebsd9-lagg:l2,l3,l4');
    });
  });

  it('a number per connection that the flow label gives away is named, and no field is used', () => {
    const random = seeded(21);
    const rows = traffic(60, byId('crc32:l3'), 4).map((r) => {
      const flowLabel = 1 + random.below(2 ** 20 - 1);
      return {
        ...r,
        etherType: 0x86dd,
        srcIp: ip('fd00::1'),
        dstIp: ip(`fd00::${r.srcIp[3]}`),
        flowLabel,
        port: (flowLabel >>> 8) % 4,
      };
    });
    const inferred = verdicts(rows, 4, { egress: true });
    expect(inferred.function!.id).toBe('linux-socket-hash');
    expect(inferred.fields.map(({ verdict }) => verdict)).not.toContain('used');
    expect(inferred.bestHypothesisFields).toEqual([]);
    expect(verdicts(rows, 4).function?.id).not.toBe('linux-socket-hash'); // the other side owns no sockets here
  });

  it('judge ARP and ICMP only where the function defines them', () => {
    const f = byId('linux-layer3+4');
    const extra = [0, 1, 2, 3, 4, 5].map((n) =>
      row({
        ...client(n),
        kind: NO_IP,
        etherType: 0x0806,
        port: n % 4,
        srcIp: new Uint8Array(0),
        dstIp: new Uint8Array(0),
        srcPort: 0,
        dstPort: 0,
        protocol: 0,
      }),
    );
    const plain = traffic(100, f, 4);
    const inferred = verdicts([...plain, ...extra]);
    expect(inferred.function!.id).toBe('linux-layer3+4');
    expect(inferred.function!.flowsTested).toBe(100);
    expect(inferred['l4.srcport']).toBe('used');
  });
});

function parity(bits: number): number {
  let odd = 0;
  for (let left = bits; left !== 0; left &= left - 1) odd ^= 1;
  return odd;
}
