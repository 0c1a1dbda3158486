import { finding, type Rule } from '../rule.js';
import { list, percent } from '../words.js';

export const copies: Rule = {
  asks: 'Do two inputs show the same frames?',
  judge: ({ draft: { quality } }) =>
    quality.copies.map(({ ports, share }) =>
      finding({
        id: 'capture-copies',
        severity: 'fault',
        title: `${list(ports)} show the same frames`,
        explanation:
          `${share > 0 ? `${percent(share)} of the frames of one are repeated on the other within 50 ms` : 'Their LACPDUs come from one and the same port, with clocks that differ'}. Not a split: one port was captured twice, ` +
          'or the aggregate itself beside its members. The real traffic of the second port is not in this capture.',
        advice: 'Check the interface that each capture was taken on, and capture again.',
        ports,
      }),
    ),
};
