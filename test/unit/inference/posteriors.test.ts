import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../src/inference/fields/evaluate.js';
import { FIELDS, POLICY_OF, PRIORS } from '../../../src/inference/fields/hypotheses.js';
import { observe } from '../../../src/inference/fields/observations.js';
import { posterior } from '../../../src/inference/fields/posterior.js';
import { inferHash } from '../../../src/inference/infer.js';
import { inferenceVectors, noVectors, vectorsTitle } from '../../helpers/vectors.js';
import { OF_THE_REFERENCE, referenceLibrary } from './reference-library.js';
import { FIELD_OF_VECTOR, fromVector, rowsOf, type VectorFlow } from './rows.js';

interface Result {
  readonly logEvidence: number;
  readonly inclusion: Record<string, number>;
  readonly inclusionRange: Record<string, [number, number]>;
  readonly verdict: Record<string, string>;
  readonly exercisedBits: Record<string, number>;
  readonly policy: Record<string, number>;
  readonly classes: { partition: number[]; nHypotheses: number; posterior: number }[];
  readonly tolerance?: number;
}
interface Case {
  readonly name: string;
  readonly K: number;
  readonly flows: VectorFlow[];
  readonly R: Result;
  readonly RA: Result;
  readonly RAL: Result & { topFunctions: Record<string, number> };
  readonly directPairs: Record<string, { groups_differ?: number; same?: number; examples?: [number, number][] }>;
}

const cases: Case[] = inferenceVectors().posteriors ?? [];
const classes = cases.flatMap((c) =>
  (['R', 'RA', 'RAL'] as const).map((which) => ({ ...c, which, expected: c[which] })),
);

describe.skipIf(noVectors)(vectorsTitle('posteriors as the reference has them'), () => {
  it.each(classes)('$name, classes $which', ({ K, flows, which, expected }) => {
    const tolerance = expected.tolerance ?? 1e-6;
    const close = (value: number, wanted: number, what: string) =>
      expect(Math.abs(value - wanted), `${what} ${value} ${wanted}`).toBeLessThan(tolerance);
    const observed = observe(flows.map(fromVector), [K]);
    const evaluation = evaluate(observed, {
      unknown: { ...OF_THE_REFERENCE, affine: which !== 'R' },
      library: which === 'RAL' ? referenceLibrary(observed) : [],
      ownsSockets: false,
    });
    const [reported, ...others] = PRIORS.map((prior) => posterior(evaluation, prior));
    close(reported.logEvidence, expected.logEvidence, 'log evidence');
    for (const [name, wanted] of Object.entries(expected.inclusion)) {
      const field = FIELDS.indexOf(FIELD_OF_VECTOR[name] as never);
      close(reported.inclusion[field], wanted, name);
      const all = [reported, ...others].map(({ inclusion }) => inclusion[field]);
      close(Math.min(...all), expected.inclusionRange[name][0], `least ${name}`);
      close(Math.max(...all), expected.inclusionRange[name][1], `most ${name}`);
    }
    for (const [policy, wanted] of Object.entries(expected.policy)) {
      const share = reported.byHypothesis.reduce(
        (sum, p, h) => ((POLICY_OF[h] ?? 'other') === policy ? sum + p : sum),
        0,
      );
      close(share, wanted, policy);
    }
    for (const { partition, nHypotheses, posterior: wanted } of expected.classes) {
      const number = evaluation.partitions.distinct.findIndex(({ labels }) =>
        partition.every((l, i) => labels[i] === l),
      );
      expect(evaluation.partitions.of.filter((p) => p === number)).toHaveLength(nHypotheses);
      close(reported.byPartition[number], wanted, 'class');
    }
  });

  it.each(cases)('$name, verdicts and pairs', ({ K, flows, RAL, directPairs }) => {
    const inferred = inferHash(rowsOf(flows.map(fromVector), K), {
      library: referenceLibrary,
      unknown: OF_THE_REFERENCE,
    })!;
    for (const [name, verdict] of Object.entries(RAL.verdict)) {
      const field = inferred.fields.find((f) => f.field === FIELD_OF_VECTOR[name])!;
      expect({ untested: 'constant', confounded: 'undetermined' }[field.verdict as string] ?? field.verdict, name).toBe(
        verdict,
      );
      expect(field.evidence.exercisedBits, name).toBe(RAL.exercisedBits[name]);
      const { groups_differ = 0, same = 0, examples = [] } = directPairs[name];
      if (groups_differ === 0) expect(field.evidence.pairsDiffering, name).toBe(same);
      expect(field.pairs.length > 0, name).toBe(groups_differ > 0);
      if (examples.length > 0) expect([field.pairs[0].a, field.pairs[0].b], name).toEqual(examples[0]);
    }
  });

  it('names what was found', () => {
    const infer = (name: string) => {
      const { K, flows } = cases.find((c) => c.name === name)!;
      return inferHash(rowsOf(flows.map(fromVector), K), { library: referenceLibrary, unknown: OF_THE_REFERENCE })!;
    };
    const crc = infer('multi-60-l3-crc32');
    expect(crc.function).toMatchObject({ id: 'crc32:l3', flowsExplained: 60, flowsTested: 60 });
    expect(infer('office-48-l2-mix-K3').function).toBeNull();
    expect(infer('seed-4-distinct').function).toBeNull();
  });
});
