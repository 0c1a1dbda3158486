/** In which order frames of different ports were sent, by what numbers them and not by clocks: inference.md E.3, rules 6 and 8. */

import type { MoverCounters } from './mover-counters.js';
import type { NumberedOrder, Numbering } from './numbering.js';

/** What put the frames of different ports in order. */
export type OrderedBy = 'tcp.seq' | 'tcp.ack' | Numbering | 'clocks';

const FEWEST = 8; // comparisons

export interface OrderEvidence {
  readonly by: OrderedBy;
  readonly interleave: number; // changes between successive segments that sequence numbers prove, a comparison
  readonly holes: number; // the changes themselves, losses left out
  readonly pairs: number;
  readonly isWhole: boolean; // it is of all frames
  readonly isInOrder: boolean; // on each port little was overtaken
  readonly isDoubtful: boolean; // without what is put down to losses and reordering it would accuse
}

/** What numbers say about the order across ports, whatever the clocks; null without them. */
export function orderEvidence(c: MoverCounters, n: number, numbered: NumberedOrder | null): OrderEvidence | null {
  if (c.pairs >= FEWEST) {
    const lost = n * Math.max(0, 1 / c.coverage - 1);
    const holes = Math.max(0, c.holes - c.filledHoles - lost);
    // Keep-alives and acknowledgements are not compared.
    const isWhole = c.pairs >= 0.5 * n;
    const isDoubtful = c.holes >= 0.3 * c.pairs;
    const isInOrder = c.filledHoles <= 0.1 * c.holes;
    return { by: 'tcp.seq', interleave: holes / c.pairs, holes, pairs: c.pairs, isWhole, isInOrder, isDoubtful };
  }
  if (numbered !== null) {
    const { by, pairs, changes, isWhole } = numbered;
    return { by, interleave: changes / pairs, holes: changes, pairs, isWhole, isInOrder: true, isDoubtful: false };
  }
  // Acknowledgement numbers that advance were sent in this order.
  if (c.ackAdvances >= FEWEST + 1 && !contradictsClocks(c)) {
    const pairs = c.ackAdvances - 1;
    const isWhole = pairs >= 0.5 * n;
    return {
      by: 'tcp.ack',
      interleave: c.ackSwitches / pairs,
      holes: c.ackSwitches,
      pairs,
      isWhole,
      isInOrder: true,
      isDoubtful: false,
    };
  }
  return null;
}

/**
 * A port whose clock is ahead shows every acknowledgement first: what the others then bring advances on its own port and not on the
 * whole. Copies do so too.
 */
export function contradictsClocks(c: MoverCounters): boolean {
  return c.ackAdvances < 0.75 * c.ackOwnAdvances;
}
