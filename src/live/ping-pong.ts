import type { Direction } from '../document/schema.js';

/** Flows of those the document lists that go back and forth: classes P5 to P8. */
export const pingPongFlows = ({ pingPong }: Pick<Direction, 'pingPong'>): number =>
  pingPong.filter((entry) => /^P[5-8]$/.test(entry.class)).length;
