import { expect, it } from 'vitest';
import { isPingPong } from '../../../src/flows/verdict.js';
import { type PortFrame, verdictOn } from '../../helpers/judged-frames.js';

const SEGMENT = 1000;
const GAP_NS = 20_000;

/** Neighbours change places in threes before they reach the LAG: 2 0 1 5 3 4 … */
const shuffled = (i: number) => i - (i % 3) + [2, 0, 1][i % 3]!;

const segment = (port: number, ns: number, number: number): PortFrame => ({
  port,
  ns,
  frame: { seq: 1 + number * SEGMENT, payload: SEGMENT, id: 0 },
});

const flow = (count: number, port: (i: number) => number, number = shuffled) =>
  Array.from({ length: count }, (_, i) => segment(port(i), i * GAP_NS, number(i)));

it('segments that were overtaken before they reached the LAG accuse no flow that moved', async () => {
  expect(await verdictOn(flow(300, (i) => (i < 150 ? 0 : 1)))).toBe('moved');
  expect(await verdictOn(flow(300, (i) => (i >= 100 && i < 200 ? 1 : 0)))).toBe('moved');
});

it('nor do they hide round robin', async () => {
  for (const ports of [2, 4]) expect(isPingPong(await verdictOn(flow(300, (i) => i % ports)))).toBe(true);
});

it('copies that overtake each other are copies, although clocks are apart for longer than the flow lived', async () => {
  const number = (i: number) => i;
  const most = flow(60, () => 0, number);
  const copies = flow(60, () => 1).filter((_, i) => i % 5 > 1);
  for (const aheadNs of [-8e6, 8e6]) {
    const later = copies.map((each) => ({ ...each, ns: each.ns + 1e7 + aheadNs }));
    const verdict = await verdictOn([...most.map((each) => ({ ...each, ns: each.ns + 1e7 })), ...later]);
    expect(isPingPong(verdict), verdict).toBe(false);
  }
});

it('sequence numbers begin anew where the ports of a connection are used again', async () => {
  const again = (i: number) => (i < 150 ? i : 3_000_000 + i);
  expect(await verdictOn(flow(300, (i) => i % 2, again))).toBe('round-robin');
  expect(await verdictOn(flow(300, (i) => (i < 100 ? 0 : 1), again))).toBe('moved');
});
