import { describe, expect, it } from 'vitest';
import { inferHash } from '../../../src/inference/infer.js';
import { inferenceVectors, noVectors, vectorsTitle } from '../../helpers/vectors.js';
import { OF_THE_REFERENCE, referenceLibrary } from './reference-library.js';
import { fromRealCapture, type RealCapture } from './rows.js';

interface Expected {
  readonly tolerance: number;
  readonly inclusion: Record<string, number>;
  readonly inclusionRange: Record<string, [number, number]>;
  readonly verdict: Record<string, string>;
  readonly function: { names: string[]; posterior: number }[];
  readonly portOrder: (string | null)[][] | null;
}

/** The reference's names of functions. */
const ID: Record<string, string> = {
  'linux layer2': 'linux-layer2',
  'linux layer3+4': 'linux-layer3+4',
  'xor of all bytes [l3]': 'teamd:l3',
  'xor of all bytes >>1 [l3+l4]': 'xor-bytes-shifted:l3+l4',
};

const cases: (RealCapture & { expected: Expected })[] = inferenceVectors().realCaptures ?? [];

describe.skipIf(noVectors)(vectorsTitle('real captures, judged as the reference judges them'), () => {
  it.each(cases)('$capture, $direction', ({ expected, ...capture }) => {
    const inferred = inferHash(fromRealCapture(capture as RealCapture), {
      library: referenceLibrary,
      unknown: OF_THE_REFERENCE,
    })!;
    const fields = new Map(inferred.fields.map((field) => [field.field as string, field]));
    for (const [name, verdict] of Object.entries(expected.verdict)) {
      const field = fields.get(name);
      if (!field) {
        expect(verdict, name).toBe('constant');
        continue;
      }
      const got = field.verdict === 'confounded' ? 'undetermined' : field.verdict;
      expect(got, name).toBe(verdict === 'constant' ? 'untested' : verdict);
      if (verdict === 'constant') continue;
      expect(Math.abs(field.probability! - expected.inclusion[name]), name).toBeLessThan(expected.tolerance);
      const [low, high] = field.probabilityRange;
      // Twice: the reference weighs families and views by the first prior only, we by each prior anew.
      expect(Math.abs(low! - expected.inclusionRange[name][0]), name).toBeLessThan(2 * expected.tolerance);
      expect(Math.abs(high! - expected.inclusionRange[name][1]), name).toBeLessThan(2 * expected.tolerance);
    }

    const [{ names, posterior }] = expected.function;
    if (names[0] === 'random table') {
      expect(inferred.function).toBeNull();
      // The reference counts it without the hypotheses per family, whose posterior is .0014 there.
      expect(Math.abs(inferred.classes.table - posterior)).toBeLessThan(2 * expected.tolerance);
      return;
    }
    const inner = capture.capture === 'e34-tunnels';
    const ids = names.map((name) => (inner ? ID[name].replace('linux-layer3+4', 'linux-encap3+4') : ID[name]));
    expect(inferred.function!.id).toBe(ids[0]);
    expect(inferred.function!.alternatives).toEqual(expect.arrayContaining(ids.slice(1)));
    expect(Math.abs(inferred.functionPosterior - posterior)).toBeLessThan(expected.tolerance);
    expect(inferred.portOrders).toEqual(expected.portOrder);
    expect(inferred.function!.heldOutAccuracy).toBeGreaterThan(0.98);
  });

  it.each(cases)('$capture, $direction, with all functions: the same verdicts', ({ expected, ...capture }) => {
    const inferred = inferHash(fromRealCapture(capture as RealCapture))!;
    for (const { field, verdict } of inferred.fields) {
      const got = { untested: 'constant', confounded: 'undetermined' }[verdict as string] ?? verdict;
      expect(got, field).toBe(expected.verdict[field]);
    }
  });
});
