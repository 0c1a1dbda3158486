import { describe, expect, it } from 'vitest';
import type { Draft } from '../../src/findings/rule.js';
import { wayOut } from '../../src/findings/way-out.js';
import { sampleAnalysis } from '../helpers/sample-analysis.js';

const draft = async (change: (draft: Draft) => void = () => undefined) => {
  const copy = structuredClone(await sampleAnalysis('sf-l23-four-clients'));
  change(copy);
  return copy;
};

describe('the way out of an uneven spread', () => {
  it('is a policy that is clearly better, and the experiment that tells', async () => {
    const said = wayOut('ingress', await draft());
    expect(said).toMatch(/At the switch, a hash of [A-Za-z ]+ would use \d\.\d links on average/);
    expect(said).toContain('(now 4.0)');
    expect(said).toContain('Experiment 1 tells more');
  });

  it('is no hash of the fields that are hashed already', async () => {
    const hashing = (fields: readonly string[]) =>
      draft(({ directions: { ingress } }) => {
        for (const each of ingress.hash!.fields) {
          if (fields.includes(each.field)) Object.assign(each, { verdict: 'used' });
        }
      });
    // One server: its address and port never varied, or went with the others.
    expect(wayOut('ingress', await hashing(['ip.src', 'ip.dst']))).toContain('a hash of IP addresses and ports');
    expect(wayOut('ingress', await hashing(['ip.src', 'ip.dst', 'l4.srcport', 'l4.dstport']))).not.toContain(
      'a hash of',
    );
  });

  it('is no other policy for fewer than eight flows, nor one that is hardly better', async () => {
    const few = await draft(({ directions }) => {
      directions.ingress.flows = 7;
    });
    expect(wayOut('ingress', few)).not.toContain('a hash of');
    const even = await draft(({ whatIf }) => {
      whatIf.ingress[0]!.maxOverMean = 2.2;
    });
    expect(wayOut('ingress', even)).not.toContain('a hash of');
  });

  it('is a plan where one was made for this direction', async () => {
    expect(wayOut('egress', await draft())).toContain('other client ports spread');
    expect(wayOut('ingress', await draft())).not.toContain('lacpscope plan');
  });

  it('is nothing where nothing is known', async () => {
    const nothing = await draft((copy) => {
      copy.whatIf.egress = [];
      copy.plan = null;
    });
    expect(wayOut('egress', nothing)).toBe('');
  });
});
