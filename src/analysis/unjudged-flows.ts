/** Flows on several ports of which nothing can be said, counted by why. */
import type { Pass } from '../engine/pass.js';
import type { UnjudgedFlows, Unordered } from '../findings/rule.js';
import type { FlowVerdicts } from '../flows/judge-flows.js';

export function unjudgedFlows(pass: Pass, verdicts: FlowVerdicts): UnjudgedFlows {
  const { movers } = pass;
  // Copies put a flow on a second port without having sent it there.
  const copied = (mover: number) => {
    for (let port = 0; port < movers.ports; port++) if (movers.duplicates(mover, port) > 0) return true;
    return false;
  };
  const counts = { tooShort: 0, ambiguousClock: 0, notFollowed: 0 };
  const unnumbered = new Map<Unordered, number>();
  for (let mover = 0; mover < movers.count; mover++) {
    const verdict = verdicts.ofMover(mover);
    if (verdict === 'insufficient' && !copied(mover)) counts.tooShort++;
    if (verdict !== 'ambiguous-clock') continue;
    counts.ambiguousClock++;
    const why = verdicts.judgement(mover).unnumbered;
    if (why !== null) unnumbered.set(why, (unnumbered.get(why) ?? 0) + 1);
  }
  for (const { notFollowed } of pass.joins.sums()) counts.notFollowed += notFollowed;
  return { ...counts, unnumbered };
}
