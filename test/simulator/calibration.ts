/** Judgements of many scenarios, summed up: scores, a calibration table, verdicts, names. */

import type { Judgement } from './judge.js';
import type { Naming } from './naming.js';
import { brier, interval, logLoss, type Statement } from './scores.js';

export interface Calibration {
  readonly scenarios: number;
  readonly singlePort: number; // scenarios left out of everything but the verdicts
  readonly statements: number;
  readonly brier: Score;
  readonly expectedBrier: number; // if everything said were exactly as likely as said: what no honest statement undercuts
  readonly logLoss: Score;
  readonly bins: readonly Bin[];
  readonly verdicts: Readonly<Record<'used' | 'unused', Verdicts>> & { readonly open: number };
  readonly names: ReadonlyMap<string, Names>; // by sender
  readonly cpuMs: { readonly mean: number; readonly most: number };
}

export interface Score {
  readonly value: number;
  readonly interval: readonly [number, number]; // 95 %, bootstrap over scenarios
}

export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly said: number; // mean
  readonly was: number; // share
  readonly hits: number;
}

export interface Verdicts {
  readonly right: number;
  readonly wrong: number;
  readonly withoutEffect: number; // of the wrong: read by the formula, but no value seen would have changed a port
}

export type Names = Record<Naming, number>;

const EDGES = [0, 0.01, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 0.99, 1];

export function calibrate(judgements: readonly Judgement[]): Calibration {
  // Where all flows took one port, nothing can be told by design.
  const groups: Statement[][] = judgements.filter(({ singlePort }) => !singlePort).map(({ fields }) => [...fields]);
  const statements = groups.flat();
  const score = (of: (some: readonly Statement[]) => number): Score => ({
    value: of(statements),
    interval: interval(groups, of),
  });
  const cpu = judgements.map(({ cpuMs }) => cpuMs);
  return {
    scenarios: judgements.length,
    singlePort: judgements.length - groups.length,
    statements: statements.length,
    brier: score(brier),
    expectedBrier: statements.reduce((sum, { said }) => sum + said * (1 - said), 0) / statements.length,
    logLoss: score(logLoss),
    bins: bins(statements),
    verdicts: {
      used: verdicts(judgements, 'used'),
      unused: verdicts(judgements, 'unused'),
      open: judgements.flatMap(({ fields }) => fields).filter(({ verdict }) => verdict === 'open').length,
    },
    names: names(judgements),
    cpuMs: { mean: cpu.reduce((sum, ms) => sum + ms, 0) / cpu.length, most: Math.max(...cpu) },
  };
}

function bins(statements: readonly Statement[]): Bin[] {
  return EDGES.slice(1).map((to, i) => {
    const from = EDGES[i];
    const here = statements.filter(({ said }) => said >= from && (said < to || (to === 1 && said === 1)));
    const hits = here.filter(({ was }) => was).length;
    const said = here.reduce((sum, one) => sum + one.said, 0) / here.length;
    return { from, to, count: here.length, said, was: hits / here.length, hits };
  });
}

function verdicts(judgements: readonly Judgement[], which: 'used' | 'unused'): Verdicts {
  const here = judgements.flatMap(({ fields }) => fields).filter(({ verdict }) => verdict === which);
  const wrong = here.filter(({ was }) => was !== (which === 'used'));
  return {
    right: here.length - wrong.length,
    wrong: wrong.length,
    withoutEffect: wrong.filter(({ was, hasEffect }) => was && !hasEffect).length,
  };
}

function names(judgements: readonly Judgement[]): Map<string, Names> {
  const found = new Map<string, Names>();
  for (const { scenario, naming } of judgements) {
    const count = found.get(scenario.sender.name) ?? { right: 0, among: 0, here: 0, wrong: 0, none: 0 };
    found.set(scenario.sender.name, count);
    count[naming]++;
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}
