import { describe, expect, it } from 'vitest';
import {
  FIELDS,
  HYPOTHESES,
  hypothesis,
  INCLUDED,
  indexOf,
  MODES,
  POLICY_OF,
  PRIORS,
  SINGLE_FIELDS,
} from '../../../src/inference/fields/hypotheses.js';
import { inferenceVectors, noVectors, vectorsTitle } from '../../helpers/vectors.js';
import { FIELD_OF_VECTOR } from './rows.js';

describe('hypotheses', () => {
  it('are numbered without gap or double', () => {
    for (let index = 0; index < HYPOTHESES; index++) expect(indexOf(hypothesis(index))).toBe(index);
  });

  it('have priors that sum to one', () => {
    for (const { weights } of PRIORS) expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
  });
});

describe.skipIf(noVectors)(vectorsTitle('the prior as the reference has it'), () => {
  const { sample = [], priorInclusion = {} } = inferenceVectors().prior ?? {};
  const [{ weights }] = PRIORS;

  it.each(sample as { mac: never; ip: never; port: never; singles: string[]; policy: string | null; prior: number }[])(
    '$mac $ip $port $singles',
    ({ mac, ip, port, singles, policy, prior }) => {
      const index = indexOf({
        mac: MODES.indexOf(mac),
        ip: MODES.indexOf(ip),
        port: MODES.indexOf(port),
        singles: singles.reduce((set, name) => set | (1 << SINGLE_FIELDS.indexOf(fieldIndex(name) as never)), 0),
      });
      expect(POLICY_OF[index]).toBe(policy);
      expect(weights[index]).toBeCloseTo(prior, 9);
    },
  );

  it.each(Object.entries(priorInclusion as Record<string, number>))('includes %s', (name, probability) => {
    const bit = 1 << fieldIndex(name);
    const included = weights.reduce((sum, weight, index) => (INCLUDED[index] & bit ? sum + weight : sum), 0);
    expect(included).toBeCloseTo(probability, 8);
  });
});

const fieldIndex = (name: string) => FIELDS.indexOf(FIELD_OF_VECTOR[name] as never);
