import { describe, expect, it } from 'vitest';
import { linksByBucket } from '../../../src/findings/words.js';

describe('links by bucket', () => {
  it('are listed in order, and of a large table counted', () => {
    expect(linksByBucket(['b', null, 'a'])).toBe('b, (none seen), a');
    const table = Array.from({ length: 256 }, (_, i) => (i < 3 ? null : i % 2 ? 'a' : 'b'));
    expect(linksByBucket(table)).toBe('256 buckets: a 127, b 126, none seen 3');
  });
});
