import { describe, expect, it } from 'vitest';
import { isUnseen, macOrUnseen } from '../../../src/flows/unseen-macs.js';
import { inferHash } from '../../../src/inference/infer.js';
import { seeded } from '../../../src/stats/random.js';
import { ip, row, rowsOf } from './rows.js';

const random = seeded(11);
const table = Array.from({ length: 40 }, () => random.below(4)); // no function of anything, by destination
const flows = Array.from({ length: 200 }, (_, i) => {
  const dstIp = ip(`10.2.${i % 3}.${1 + (i % 40)}`);
  return { dstIp, srcPort: 32768 + random.below(28000), port: table[i % 40]! };
});

describe('MAC addresses that a capture does not hold', () => {
  const seen = inferHash(
    rowsOf(
      flows.map((flow) => row(flow)),
      4,
    ),
  )!; // one gateway for all
  const unseen = inferHash(
    rowsOf(
      flows.map((flow) => row({ ...flow, dstMac: macOrUnseen(0, flow.dstIp) })),
      4,
    ),
  )!;
  const verdict = ({ fields }: typeof seen, name: string) => fields.find(({ field }) => field === name)!;

  it('could have been hashed instead of the IP addresses', () => {
    expect(verdict(seen, 'ip.dst').verdict).toBe('used');
    expect(verdict(unseen, 'ip.dst')).toMatchObject({ verdict: 'confounded', confoundedWith: ['eth.dst'] });
    expect(verdict(unseen, 'eth.dst')).toMatchObject({ verdict: 'undetermined', evidence: { distinctValues: 0 } });
  });

  it('leave what is said of other fields as it is', () => {
    expect(verdict(unseen, 'l4.srcport').verdict).toBe(verdict(seen, 'l4.srcport').verdict);
    expect(verdict(unseen, 'l4.srcport').verdict).toBe('unused');
  });

  it('are never taken for real ones', () => {
    expect(macOrUnseen(0x020000000001, ip('10.0.0.1'))).toBe(0x020000000001);
    expect(isUnseen(macOrUnseen(0, ip('255.255.255.255')))).toBe(true);
    expect(isUnseen(0x0300_0000_0000 - 1)).toBe(false);
    expect(JSON.stringify(unseen.cells)).not.toContain('03:00');
  });
});
