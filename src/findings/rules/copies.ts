import { finding, type Rule } from '../rule.js';
import { list, percent } from '../words.js';

export const copies: Rule = {
  asks: 'Do two inputs show the same frames?',
  judge: ({ draft: { quality } }) =>
    quality.copies.map(({ ports, share, aggregate }) =>
      aggregate === null ? twins(ports, share) : itself(aggregate, ports, share),
    ),
};

const itself = (aggregate: string, ports: readonly string[], share: number) =>
  finding({
    id: 'capture-aggregate',
    severity: 'notice',
    title: `${aggregate} is the aggregate itself`,
    explanation: `It shows the frames of ${list(ports.filter((port) => port !== aggregate))} once more (${percent(share)} of them within 50 ms). It is counted, and left out of everything else: which link a frame took, only the members show.`,
    advice: `Nothing need be done. The capture is half as large without ${aggregate}.`,
    ports: [aggregate],
  });

const twins = (ports: string[], share: number) =>
  finding({
    id: 'capture-copies',
    severity: 'fault',
    title: `${list(ports)} show the same frames`,
    explanation:
      `${share > 0 ? `${percent(share)} of the frames of one are repeated on the other within 50 ms` : 'Their LACPDUs come from one and the same port, with clocks that differ'}. Not a split: one port was captured twice, ` +
      'so the real traffic of the second port is not in this capture.',
    advice: 'Check the interface that each capture was taken on, and capture again.',
    ports,
  });
