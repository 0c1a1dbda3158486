import { describe, expect, it } from 'vitest';
import { inverse, keyClasses } from '../../../src/inference/functions/key-classes.js';
import { fnv1 } from '../../../src/policies/freebsd.js';
import { seeded } from '../../../src/stats/random.js';
import { inferenceVectors, noVectors, vectorsTitle } from '../../helpers/vectors.js';

describe('classes of keys', () => {
  it('are those that trying every offset finds', () => {
    const random = seeded(3);
    for (const buckets of [3, 5, 6]) {
      const values = Uint32Array.from({ length: 12 }, () => random.below(2 ** 32));
      const secret = random.below(2 ** 32);
      const order = [2, 0, 1, 5, 3, 4].filter((port) => port < buckets);
      const port = Uint8Array.from(values, (value) => order[((value + secret) % 2 ** 32) % buckets]);
      const allowed = 2;
      const found = keyClasses(values, port, buckets, allowed);
      const misfit = (offset: number) => {
        const counts = Array.from({ length: buckets }, () => new Array<number>(buckets).fill(0));
        for (const [i, value] of values.entries()) counts[((value + offset) % 2 ** 32) % buckets][port[i]]++;
        return counts.reduce((sum, row) => sum + row.reduce((a, b) => a + b) - Math.max(...row), 0);
      };
      expect(found.some(({ from, to, misfit: none }) => none === 0 && from <= secret && secret < to)).toBe(true);
      for (let i = 0; i < 500; i++) {
        const offset = random.below(2 ** 32);
        const inside = found.find(({ from, to }) => from <= offset && offset < to);
        expect(inside?.misfit ?? Number.POSITIVE_INFINITY).toBe(
          misfit(offset) <= allowed ? misfit(offset) : Number.POSITIVE_INFINITY,
        );
      }
    }
  });

  it('need odd numbers to be undone', () => {
    for (const odd of [1, 3, 33, 0x01000193, 0xffffffff]) expect(Math.imul(odd, inverse(odd))).toBe(1);
  });
});

describe.skipIf(noVectors)(vectorsTitle('classes of FNV keys as the reference has them'), () => {
  it('one survives, with the true key in it', () => {
    const { K, keysHex, ports, classes, trueSeed } = inferenceVectors().fnvSeedClasses;
    const keys = (keysHex as string[]).map((hex) => hex.match(/../g)!.map((byte) => Number.parseInt(byte, 16)));
    const port = Uint8Array.from(ports as number[]);
    const survivors = Array.from({ length: 256 }, (_, lowByte) => {
      const values = Uint32Array.from(keys, (key) => fnv1(key, lowByte));
      // The reference knows the order of the ports: the offset turns it, and nothing else does.
      const turns = (from: number) =>
        new Set(Array.from(values, (value, i) => (port[i] + K - (((value + from) % 2 ** 32) % K)) % K)).size === 1;
      return keyClasses(values, port, K, 0)
        .filter(({ from }) => turns(from))
        .map(({ from, to }) => ({ lowByte, offsetFrom: from, offsetTo: to }));
    }).flat();
    expect(survivors).toEqual(
      (classes as Record<string, number>[]).map(({ lowByte, offsetFrom, offsetTo }) => ({
        lowByte,
        offsetFrom,
        offsetTo,
      })),
    );
    expect(trueSeed & 255).toBe(survivors[0].lowByte);
  });
});
