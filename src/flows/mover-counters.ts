/** What is counted of a flow on several ports, and what a verdict may ask beyond that. */

import type { ChangingField, Run } from '../engine/pass.js';
import type { NumberedOrder, Unnumbered } from './numbering.js';

/** Counters of one flow on several ports (E.2), copies left out of all but `duplicates`. */
export interface MoverCounters {
  readonly whole: readonly number[]; // per port: frames that are no fragment
  readonly firstFragments: readonly number[]; // per port
  readonly laterFragments: readonly number[]; // per port
  readonly firstNs: readonly number[]; // per port, NaN where there is none
  readonly lastNs: readonly number[]; // per port
  readonly duplicates: number;
  readonly switches: number;
  readonly transitions: readonly (readonly number[])[]; // from row to column; staying left out
  readonly gapFrames: readonly number[]; // per gap bin
  readonly gapSwitches: readonly number[];
  readonly pairs: number;
  readonly holes: number;
  readonly filledHoles: number; // of those, by their own port later: they tell of no other one
  readonly coverage: number; // payload octets that ports carried to those the sequence numbers span, 1 if unknown
  readonly ackAdvances: number;
  readonly ackSwitches: number;
  readonly ackOwnAdvances: number; // each port by itself, summed up
  readonly alikeOnPort: number; // frames that nothing numbers, equal to another one of their port within 50 ms
  readonly alikeElsewhere: number; // of another port, but not known for its copies
  readonly committedSwitches: number;
  readonly mixedFrames: number;
  /** Its first run and its last one; where there were too many runs to keep all, the last is not known. */
  readonly ends?: () => { readonly first: Run; readonly last: Run | null } | null;
  /** Fields that change within the flow and tell the port of its frames; looked for only where a verdict needs it. */
  readonly tellingFields?: () => readonly ChangingField[];
  /** What numbers its frames other than TCP. */
  readonly numbers?: () => NumberedOrder | Unnumbered;
}
