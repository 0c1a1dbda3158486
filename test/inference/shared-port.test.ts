import { describe, expect, it } from 'vitest';
import { relabelledFunction } from '../../src/inference/fields/relabelled.js';
import { inferHash } from '../../src/inference/infer.js';
import { seeded } from '../../src/stats/random.js';
import { row, rowsOf } from '../unit/inference/rows.js';

describe('two buckets on one port', () => {
  it('are misses of a known function: each of its buckets has a port of its own', () => {
    // biome-ignore format: a bucket a line
    const counts = [
      10, 0, 0, 0,
      12, 0, 0, 0,
      0, 0, 9, 1,
      0, 0, 0, 8,
    ];
    expect(relabelledFunction(counts, 4).misfit).toBe(10 + 1);
  });

  it('name no sender that gives each of its buckets a port, however many flows', () => {
    const random = seeded(1);
    const portOf = [3, 0, 0, 1]; // by the two lowest bits of the address: what a table of a switch may say
    const rows = Array.from({ length: 1500 }, () => {
      const host = random.below(2 ** 16);
      return row({
        srcMac: 0x020000000000 + host,
        srcIp: Uint8Array.of(10, 1, random.below(256), random.below(256)),
        srcPort: 32768 + random.below(28000),
        port: portOf[host & 3],
      });
    });
    const { function: named, fields } = inferHash(rowsOf(rows, 4))!;
    expect([named?.id, ...(named?.alternatives ?? [])]).not.toContain('linux-layer2');
    expect(fields.find(({ field }) => field === 'eth.src')!.verdict).not.toBe('unused');
  });
});
