import { describe, expect, it } from 'vitest';
import type { HashRow } from '../../../src/flows/rows.js';
import { ALL_UNKNOWN } from '../../../src/inference/fields/evaluate.js';
import { BOTH, indexOf, NONE, VLAN } from '../../../src/inference/fields/hypotheses.js';
import { lowBits } from '../../../src/inference/fields/low-bits.js';
import { logEvidence } from '../../../src/inference/fields/noise.js';
import { type Observations, observe } from '../../../src/inference/fields/observations.js';
import { partition } from '../../../src/inference/fields/partitions.js';
import { randomTable } from '../../../src/inference/fields/random-table.js';
import { epochTables, sumOver } from '../../../src/inference/fields/tables.js';
import { inferHash } from '../../../src/inference/infer.js';
import { seeded } from '../../../src/stats/random.js';
import { ipv4, row, rowsOf } from './rows.js';

const PORTS = 4;

/** Any clients and any of four servers; the port is drawn once for each pair of the lowest two bits of their addresses. */
function lowTableTraffic(flows: number, seed: number): HashRow[] {
  const random = seeded(seed);
  const table = Array.from({ length: 16 }, () => random.below(PORTS));
  return Array.from({ length: flows }, () => {
    const [src, dst] = [random.below(2 ** 16), random.below(2 ** 10)];
    return row({
      srcIp: ipv4(0x0a140000 + src),
      dstIp: ipv4(0x0a300000 + dst),
      srcPort: 32768 + random.below(28_000),
      port: table[(src & 3) * 4 + (dst & 3)],
    });
  });
}

/** Log evidence of a table of the fields as a hypothesis reads them. */
function tableEvidence(observed: Observations, hypothesis: number): number {
  const { of, distinct } = partition(observed);
  return logEvidence(sumOver(epochTables(observed, distinct[of[hypothesis]])));
}

const l3 = indexOf({ mac: NONE, ip: BOTH, port: NONE, singles: 0 });

describe('tables over low bits', () => {
  it('are weighed as a table of whole fields would be if those were all the bits there are', () => {
    const rows = lowTableTraffic(60, 1);
    const counts = new Int32Array(16 * PORTS);
    for (const { srcIp, dstIp, port } of rows) counts[((srcIp[3] & 3) * 4 + (dstIp[3] & 3)) * PORTS + port]++;
    const evidence = tableEvidence(lowBits(observe(rows, [PORTS]), 2), l3);
    expect(evidence).toBeCloseTo(logEvidence(randomTable(counts, PORTS).logLikelihoods), 9);
  });

  it('are tables of their own in each epoch, and of VLANs too', () => {
    const rows = lowTableTraffic(40, 2).map((flow, i) => ({ ...flow, vlan: 16 + (i & 1), epoch: i & 1 }));
    const vlans = indexOf({ mac: NONE, ip: BOTH, port: NONE, singles: VLAN });
    const low = lowBits(observe(rows, [PORTS, PORTS]), 2);
    expect(tableEvidence(low, vlans)).toBeCloseTo(tableEvidence(low, l3), 9); // one VLAN in each epoch
  });

  it('are found where no two flows have the same addresses', () => {
    const rows = lowTableTraffic(80, 3);
    const verdictOf = (lowTables: boolean) => {
      const { fields } = inferHash(rowsOf(rows, PORTS), { unknown: { ...ALL_UNKNOWN, lowTables } })!;
      return Object.fromEntries(fields.map(({ field, verdict }) => [field, verdict]));
    };
    const found = verdictOf(true);
    expect(found).toMatchObject({ 'ip.src': 'used', 'ip.dst': 'used', 'l4.srcport': 'unused' });
    expect(verdictOf(false)['ip.src']).not.toBe('used');
  });

  it('keep a function from being named that merely has as many buckets as ports were met', () => {
    // Four cells on four of seven ports, as linux-layer2 over four ports would deal them; so do 35 % of the tables over two bits.
    const rows = Array.from({ length: 96 }, (_, i) =>
      row({ srcMac: 0x0200_0000_0000 + i * 0x1357, port: [6, 1, 3, 0][(i * 0x1357) & 3] }),
    );
    expect(inferHash(rowsOf(rows, 7))!.function).toBeNull();
  });
});
