import { describe, expect, it } from 'vitest';
import { predict } from '../../src/advice/predict.js';
import { analyze } from '../../src/analysis/analyze.js';
import type { Analysis, DirectionName } from '../../src/document/schema.js';
import { knownCaptures } from './truth.js';

const captures = knownCaptures().map((capture) => ({ name: capture.truth.name, files: capture.files }));

/** The analysis as it would be had it listed no flow and no key: only the rule is left. */
function withoutFlows(analysis: Analysis, name: DirectionName): Analysis {
  const direction = analysis.directions[name];
  const hash = direction.hash && { ...direction.hash, cells: [] };
  return { ...analysis, directions: { ...analysis.directions, [name]: { ...direction, hash, topFlows: [] } } };
}

describe('a prediction', () => {
  it.each(captures)('is never wrong about the flows of $name', async ({ files }) => {
    const analysis = await analyze({ inputs: files.map((path) => ({ name: null, path })) });
    for (const name of ['ingress', 'egress'] as const) {
      const { topFlows, pingPong, distribution } = analysis.directions[name];
      // With other links than at the end, or where two files show one port, the flow's link is not what is predicted.
      if (distribution.epochs.length > 1 || analysis.quality.copies.length > 0) continue;
      const onOnePort = topFlows.filter(
        ({ flow }) =>
          flow.srcPort !== null &&
          flow.inner === null &&
          !pingPong.some((each) => JSON.stringify(each.flow) === JSON.stringify(flow)),
      );
      for (const document of [analysis, withoutFlows(analysis, name)]) {
        const wrong = onOnePort.flatMap(({ flow, port }) => {
          const said = predict(document, name, { ...flow, etherType: null, flowLabel: null });
          return said.port === null || said.port === port ? [] : [{ flow, port, said }];
        });
        expect(wrong).toEqual([]);
      }
    }
  });
});
