import { describe, expect, it } from 'vitest';
import { atMost, linksByBucket, percent } from '../../../src/findings/words.js';

describe('links by bucket', () => {
  it('are listed in order, and of a large table counted', () => {
    expect(linksByBucket(['b', null, 'a'])).toBe('b, (none seen), a');
    const table = Array.from({ length: 256 }, (_, i) => (i < 3 ? null : i % 2 ? 'a' : 'b'));
    expect(linksByBucket(table)).toBe('256 buckets: a 127, b 126, none seen 3');
  });
});

describe('a bound on a share', () => {
  it('is a figure, never a bound of a bound', () => {
    expect([0, 0.0002, 0.02, 1].map(atMost)).toEqual(['0 %', '0.1 %', '2.0 %', '100 %']);
    expect(percent(0.0002)).toBe('less than 0.1 %');
  });
});
