import { describe, expect, it } from 'vitest';
import { logEvidence } from '../../../src/inference/fields/noise.js';
import { randomTable } from '../../../src/inference/fields/random-table.js';
import { relabelledFunction } from '../../../src/inference/fields/relabelled.js';
import { inferenceVectors, noVectors, vectorsTitle } from '../../helpers/vectors.js';

describe.skipIf(noVectors)(vectorsTitle('likelihoods as the reference has them'), () => {
  const { randomTable: tables = [], relabelledFunction: functions = [] } = inferenceVectors();
  const close = (values: ArrayLike<number>, expected: number[]) =>
    expected.forEach((value, e) => {
      expect(values[e]).toBeCloseTo(value, 6);
    });

  it.each(tables as { K: number; cells: number[][]; logLikPerEps: number[]; logEvidence: number }[])(
    'a random table of $cells',
    ({ K, cells, logLikPerEps, logEvidence: evidence }) => {
      const { logLikelihoods } = randomTable(cells.flat(), K);
      close(logLikelihoods, logLikPerEps);
      expect(logEvidence(logLikelihoods)).toBeCloseTo(evidence, 6);
    },
  );

  it.each(functions as { K: number; bucketByPort: number[][]; logLikPerEps: number[]; logEvidence: number }[])(
    'a relabelled function with $bucketByPort',
    ({ K, bucketByPort, logLikPerEps, logEvidence: evidence }) => {
      const { logLikelihoods } = relabelledFunction(bucketByPort.flat(), K);
      close(logLikelihoods, logLikPerEps);
      expect(logEvidence(logLikelihoods)).toBeCloseTo(evidence, 6);
    },
  );
});

describe('likelihoods', () => {
  it('count the flows that stray from their cell and from their bucket', () => {
    expect(randomTable([3, 1, 0, 2, 2, 2], 2).misfit).toBe(3);
    expect(relabelledFunction([3, 1, 0, 2], 2).misfit).toBe(1);
  });

  it('say nothing about single flows: 1/K each, whatever the noise', () => {
    const { logLikelihoods } = randomTable([1, 0, 0, 1], 2);
    // .95 (1/2)^2 + .05 * (1! 1! / 3!): the uneven deal of two cells on two ports
    for (const value of logLikelihoods) expect(value).toBeCloseTo(Math.log(0.95 / 4 + 0.05 / 6), 12);
  });
});
