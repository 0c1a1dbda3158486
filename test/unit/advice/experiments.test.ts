import { describe, expect, it } from 'vitest';
import { LiveExplanations } from '../../../src/advice/experiments/explanations.js';
import { expectedInformation } from '../../../src/advice/experiments/information.js';
import { inferHash } from '../../../src/inference/infer.js';
import { inferenceVectors, noVectors, vectorsTitle } from '../../helpers/vectors.js';
import { referenceLibrary } from '../inference/reference-library.js';
import { fromVector, rowsOf, type VectorFlow } from '../inference/rows.js';

interface Designed {
  readonly name: string;
  readonly flows: VectorFlow[];
  readonly eig_bits: number;
  readonly classes: number;
  readonly prior_entropy: number;
  readonly expected_top: number;
}

describe('expected information', () => {
  it('of a new key under two explanations, one of which has seen it, is what Bayes gives', () => {
    const explanations = [
      { weight: 0.5, cells: [0], seen: [[40, 0, 0, 0]] },
      { weight: 0.5, cells: [0], seen: [null] },
    ];
    // On the seen link: .99 against .25; elsewhere: .01 against .75
    const onLink = [0.99, 0.25];
    const away = [0.01, 0.75];
    const kl = (chances: readonly number[]) => {
      const mean = (chances[0] + chances[1]) / 2;
      return chances.reduce((sum, chance) => sum + (chance / 2) * Math.log2(chance / mean), 0);
    };
    expect(expectedInformation(explanations, 4).bits).toBeCloseTo(kl(onLink) + kl(away), 1);
  });

  it('is nothing where all explanations say the same, and never more than is open', () => {
    expect(expectedInformation([{ weight: 1, cells: [0, 1], seen: [null, null] }], 4)).toEqual({
      bits: 0,
      knownThen: 1,
    });
    const apart = [
      { weight: 0.9, cells: [0, 0, 0, 0, 0, 0], seen: [null] },
      { weight: 0.1, cells: [0, 1, 2, 3, 4, 5], seen: [null, null, null, null, null, null] },
    ];
    const { bits, knownThen } = expectedInformation(apart, 4);
    expect(bits).toBeLessThanOrEqual(-0.9 * Math.log2(0.9) - 0.1 * Math.log2(0.1));
    expect(bits).toBeGreaterThan(0.4);
    expect(knownThen).toBeGreaterThan(0.98);
  });

  const { design, posteriors } = inferenceVectors();
  it.skipIf(noVectors).each((design?.experiments ?? []) as Designed[])(
    vectorsTitle('$name is as the reference has it'),
    ({ flows, eig_bits, expected_top }) => {
      const start = posteriors.find(({ name }: { name: string }) => name === design.start);
      const seen = start.flows.map(fromVector);
      const { weighed } = inferHash(rowsOf(seen, start.K), { library: referenceLibrary })!;
      const added = flows.map(fromVector);
      const live = new LiveExplanations(weighed[0], 0, seen, added, start.K);
      const explanations = live.of([...added.keys()]);
      const { bits, knownThen } = expectedInformation(explanations, start.K);
      expect(Math.abs(bits - eig_bits), `${bits} ${eig_bits}`).toBeLessThan(design.tolerance);
      expect(Math.abs(knownThen - expected_top), `${knownThen} ${expected_top}`).toBeLessThan(design.tolerance);
    },
  );
});
