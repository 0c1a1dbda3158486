import { describe, expect, it } from 'vitest';
import { ICMP, MAIN } from '../../src/flows/rows.js';
import { SAMPLE, sampleRows } from '../../src/inference/fields/sample.js';
import { libraryFor } from '../../src/inference/functions/library.js';
import { inferHash } from '../../src/inference/infer.js';
import { seeded } from '../../src/stats/random.js';
import { ipv4, row, rowsOf } from '../unit/inference/rows.js';

const f = libraryFor({ ports: [4], rows: [row()] }).find(({ id }) => id === 'linux-layer3+4')!;

function many(count: number) {
  const random = seeded(7);
  return Array.from({ length: count }, () => {
    const client = random.below(400);
    const made = row({ srcMac: client * 77, srcIp: ipv4(0x0a000000 + client), srcPort: 32768 + random.below(28000) });
    return { ...made, port: random.next() < 0.01 ? random.below(4) : f.value(made) % 4 };
  });
}

describe('sample', () => {
  it('is everything of a small capture', () => {
    const rows = many(SAMPLE);
    expect(sampleRows(rows)).toBe(rows);
  });

  it('is 2000 flows, in order, half of them all flows of some clients', () => {
    const rows = [...many(9000), row({ kind: ICMP })];
    const sample = sampleRows(rows);
    expect(sample.filter(({ kind }) => kind === MAIN)).toHaveLength(SAMPLE);
    expect(sample.at(-1)!.kind).toBe(ICMP);
    expect(sample.map((r) => rows.indexOf(r))).toEqual([...sample.map((r) => rows.indexOf(r))].sort((a, b) => a - b));
    const whole = [...new Set(rows.map((r) => r.srcMac))].filter((mac) => {
      const has = (list: typeof sample) => list.filter((r) => r.srcMac === mac).length;
      return has(sample) === has(rows);
    });
    expect(whole.length).toBeGreaterThan(35); // about 1000 flows of 22 each; a uniform choice would leave none
    expect(sampleRows(rows)).toEqual(sample);
  });

  it('decides a large capture, whose flows are counted whole', () => {
    const inferred = inferHash(rowsOf(many(5000), 4))!;
    expect(inferred).toMatchObject({
      rows: 5000,
      sampled: SAMPLE,
      function: { id: 'linux-layer3+4', flowsTested: 5000 },
    });
    expect(inferred.function!.heldOutAccuracy).toBeGreaterThan(0.985);
    const verdict = (name: string) => inferred.fields.find(({ field }) => field === name)!.verdict;
    expect([verdict('l4.srcport'), verdict('eth.src')]).toEqual(['used', 'unused']);
  });
});
