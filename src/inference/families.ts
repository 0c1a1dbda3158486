/** IPv4 and IPv6 apart: what is said of each where a sender hashes them by other fields, or by functions of their own. */

import type { HashRow, HashRows } from '../flows/rows.js';
import { nameGroup } from './describe-function.js';
import { type Component, inclusionOf, likeliest, type WeighedComponent } from './fields/components.js';
import type { NamedFunction } from './fields/named-function.js';
import { pairsAmong } from './fields/pairs.js';
import { type Circumstances, type InferredField, judgeFields } from './fields/verdicts.js';
import type { LibraryFunction } from './functions/library-function.js';

/** From here on they are said to be hashed apart. */
const SEPARATE = 0.5;

export interface FamilyInference {
  readonly family: 'ipv4' | 'ipv6';
  readonly fields: readonly InferredField[];
  readonly function: NamedFunction | null; // where one does not explain both
}

interface Question {
  readonly input: HashRows;
  readonly main: readonly HashRow[];
  readonly byPrior: readonly (readonly WeighedComponent[])[];
  readonly about: Circumstances;
  readonly named: LibraryFunction | null; // the known function that explains all rows
  readonly longest: number;
  readonly inFull: boolean;
}

/** @returns null where the families are few, or nothing says that they are hashed apart */
export function judgeFamilies({
  input,
  main,
  byPrior,
  about,
  named,
  longest,
  inFull,
}: Question): FamilyInference[] | null {
  const separate = byPrior[0].filter(({ component }) => component.parts.length > 1);
  const likely = separate.reduce((sum, { posterior }) => sum + posterior, 0);
  const readsApart = named !== null && named.readsIpv6 !== null;
  if (separate.length === 0 || (likely <= SEPARATE && !readsApart)) return null;
  const best = likeliest(separate).component;
  return best.parts.map((part, i) => {
    const component: Component = { view: best.view, parts: [part], logPrior: 0, logFree: 0 };
    const priors = byPrior.map((weighed) => {
      const { parts } = weighed.find((w) => w.component === best)!;
      return [
        { component, posterior: 1, logEvidence: 0, parts: [parts[i]], inclusion: inclusionOf(component, [parts[i]]) },
      ];
    });
    const own = main.filter((row) => row.srcIp.length === (part.family === 'ipv4' ? 4 : 16));
    return {
      family: part.family as 'ipv4' | 'ipv6',
      fields: judgeFields(priors, { ...about, pairs: pairsAmong(own) }),
      function:
        about.singlePort || named !== null
          ? null
          : (nameGroup(input, own, priors[0], longest, inFull)?.function ?? null),
    };
  });
}
