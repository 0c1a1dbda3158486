/** A rule asks one question of an analysis and answers it in findings. What it says must be in the document it reads. */
import type { Analysis, DirectionName, Evidence, Finding } from '../document/schema.js';
import type { Judgement } from '../flows/verdict.js';
import type { LacpFault } from '../lacp/faults.js';

/** The document without its findings. */
export type Draft = Omit<Analysis, 'findings'>;

export interface Facts {
  readonly draft: Draft;
  readonly lacpFaults: readonly LacpFault[];
  /** Without any LACPDU: whether the capture is too short for slow senders to show up. */
  readonly lacpAbsence: 'normal-at-slow-rate' | 'no-lacp' | null;
  readonly portNames: readonly string[];
  /** A frame of an input, as a piece of evidence. */
  readonly evidence: (input: number, frame: number, filter: string) => Evidence;
  readonly stationDoubt: string | null; // why the local station is not certain
  readonly crossChecks: readonly SecondReading[]; // [] unless asked for
  readonly unjudged: UnjudgedFlows;
  /** TCP connections of which one direction alone was captured; null where that is no sign of a missing port. */
  readonly oneSided: { readonly connections: number; readonly of: number } | null;
}

export type Unordered = NonNullable<Judgement['unnumbered']>;

/** Flows on several ports of which nothing can be said, by why. */
export interface UnjudgedFlows {
  readonly tooShort: number; // fewer than 8 frames
  readonly ambiguousClock: number; // the clocks of the ports differ by more than their changes
  readonly unnumbered: ReadonlyMap<Unordered, number>; // of those, by why nothing else orders their frames
  readonly notFollowed: number; // the table of such flows was full
}

/** What a second reader counted in an input; null where it cannot read it. */
export interface SecondReading {
  readonly source: string;
  readonly result: { readonly frames: number; readonly octets: number; readonly agrees: boolean } | null;
}

export interface Rule {
  readonly asks: string;
  readonly judge: (facts: Facts) => readonly Finding[];
}

export const DIRECTIONS: readonly DirectionName[] = ['ingress', 'egress'];

type Said = Pick<Finding, 'id' | 'severity' | 'title' | 'explanation'> & Partial<Finding>;

/** A finding with everything it does not mention left empty. */
export function finding(said: Said): Finding {
  return { evidence: [], advice: null, ports: [], flows: [], displayFilter: null, ...said };
}

const WEIGHT = { fault: 0, warning: 1, ok: 2, notice: 2 } as const;

/** Most important first: faults, warnings, then the rest in the order of the rules. The first one is the verdict. */
export function judgeAll(rules: readonly Rule[], facts: Facts): Finding[] {
  const found = rules.flatMap((rule) => rule.judge(facts));
  return found
    .map((each, order) => ({ each, order }))
    .sort((a, b) => WEIGHT[a.each.severity] - WEIGHT[b.each.severity] || a.order - b.order)
    .map(({ each }) => each);
}
