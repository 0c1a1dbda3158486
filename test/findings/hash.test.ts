import { describe, expect, it } from 'vitest';
import type { FieldVerdict, Hash } from '../../src/document/schema.js';
import type { Draft } from '../../src/findings/rule.js';
import { hashFields, hashFunction } from '../../src/findings/rules/hash.js';
import { sampleAnalysis } from '../helpers/sample-analysis.js';

async function hashOf(change: (hash: Hash) => void): Promise<string> {
  const { findings: _, ...full } = await sampleAnalysis('linkfail-l34');
  const draft: Draft = structuredClone(full);
  change(draft.directions.egress.hash!);
  const about = { draft } as Parameters<typeof hashFields.judge>[0];
  return [...hashFields.judge(about), ...hashFunction.judge(about)]
    .filter(({ id }) => id.endsWith('egress'))
    .map(({ explanation }) => explanation)
    .join('\n');
}

describe('findings about the hash', () => {
  it('say what holds for IPv4 and for IPv6 where they are hashed apart', async () => {
    const text = await hashOf((hash) => {
      const as = (field: FieldVerdict['field'], verdict: FieldVerdict['verdict']): FieldVerdict => ({
        ...hash.fields[0]!,
        field,
        verdict,
      });
      hash.families = [
        { family: 'ipv4', fields: [as('ip.src', 'used'), as('l4.srcport', 'used')], function: null },
        {
          family: 'ipv6',
          fields: [as('ip.src', 'used'), as('l4.srcport', 'unused')],
          function: { ...hash.function!, id: 'teamd:l3,l4', alternatives: ['teamd:l3'] },
        },
      ];
    });
    expect(text).toContain('IPv4 apart: used are source IP and source port.');
    expect(text).toContain(
      'IPv6 apart: used are source IP; without effect source port; the function is teamd:l3,l4 or teamd:l3.',
    );
  });

  it('count the buckets of a large table', async () => {
    const text = await hashOf((hash) => {
      hash.function!.portOrder = Array.from({ length: 256 }, (_, i) => (i % 2 ? 'igb0' : 'igb1'));
    });
    expect(text).toContain('256 buckets: igb0 128, igb1 128.');
  });
});
