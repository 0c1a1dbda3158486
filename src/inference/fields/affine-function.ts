/** An affine map that predicts flows it was not learnt from: reported although nobody knows its name. */

import type { HashRow } from '../../flows/rows.js';
import { MAIN } from '../../flows/rows.js';
import { seeded, shuffle } from '../../stats/random.js';
import { type AffineFit, affineFit, isAffineSize, SolutionCache, XORS } from './affine.js';
import { holdOutAffine } from './affine-solver.js';
import type { Component, WeighedComponent } from './components.js';
import { AFFINE } from './evaluate.js';
import { keyBits } from './key-bits.js';
import { type Observations, observe } from './observations.js';
import { epochTables } from './tables.js';
import type { View } from './views.js';

const DEPENDENT_ENOUGH = 8;
const PREDICTED_ENOUGH = 10;
const HITS = 0.9; // a wrong model hits 1/K

export interface LikeliestAffine extends AffineFit {
  readonly hypothesis: number;
  readonly view: View;
  readonly posterior: number; // of the whole class
}

/** How likely the class is, and its likeliest hypothesis; null where it does not occur. */
export function likeliestAffine(weighed: readonly WeighedComponent[]): LikeliestAffine | null {
  let posterior = 0;
  let best: { explanation: number; component: Component; share: number } | null = null;
  for (const { component, parts, posterior: weight } of weighed) {
    if (component.parts.length !== 1) continue;
    const { explanations } = component.parts[0].evaluation;
    for (let i = 0; i < explanations.count; i++) {
      if (explanations.kind[i] !== AFFINE) continue;
      const share = weight * parts[0].byExplanation[i];
      posterior += share;
      if (!best || share > best.share) best = { explanation: i, component, share };
    }
  }
  if (!best) return null;
  const { explanation, component } = best;
  const { observed, partitions, explanations } = component.parts[0].evaluation;
  const hypothesis = explanations.hypothesis[explanation];
  const cells = partitions.distinct[explanations.partition[explanation]];
  const fit = affineFit(observed, cells, epochTables(observed, cells), hypothesis, new SolutionCache(observed, XORS));
  return fit && { ...fit, hypothesis, view: component.view, posterior };
}

/**
 * Holds back a random quarter of the flows of each epoch and predicts it from the rest.
 * @param rows as the view reads them.
 * @returns null where too little could be predicted, or too little came out right.
 */
export function testAffine(rows: readonly HashRow[], ports: readonly number[], hypothesis: number) {
  const observed: Observations = observe(
    rows.filter((row) => row.kind === MAIN),
    ports,
  );
  const sum = { dependent: 0, predicted: 0, hit: 0 };
  ports.forEach((k, epoch) => {
    const here: number[] = [];
    for (let row = observed.epochStart[epoch]; row < observed.epochStart[epoch + 1]; row++) here.push(row);
    if (!isAffineSize(k) || here.length < 4) return;
    const held = new Uint8Array(here.length);
    for (const i of shuffle(Int32Array.from(here.keys()), seeded(epoch + 1)).subarray(0, here.length >> 2)) held[i] = 1;
    const keys = keyBits(observed, here, hypothesis);
    const found = holdOutAffine(
      keys,
      Uint8Array.from(here, (row) => observed.port[row]),
      k,
      held,
    );
    sum.dependent += found.dependent;
    sum.predicted += found.predicted;
    sum.hit += found.hit;
  });
  const accepted =
    sum.dependent >= DEPENDENT_ENOUGH && sum.predicted >= PREDICTED_ENOUGH && sum.hit >= HITS * sum.predicted;
  return accepted ? sum : null;
}
