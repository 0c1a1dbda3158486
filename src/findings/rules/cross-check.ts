import { finding, type Rule } from '../rule.js';
import { count, list } from '../words.js';

export const crossCheck: Rule = {
  asks: 'Does an independent reader see the same frames?',
  judge: ({ crossChecks, draft }) => {
    const done = crossChecks.flatMap(({ source, result }) => (result === null ? [] : [{ source, ...result }]));
    const wrong = done.filter(({ agrees }) => !agrees);
    if (crossChecks.length === 0) return [];
    if (wrong.length > 0) {
      return wrong.map(({ source, frames, octets }) => {
        const own = draft.inputs.filter((input) => input.source === source);
        return finding({
          id: 'capture-readers-differ',
          severity: 'fault',
          title: `${source}: a second reader sees other figures`,
          explanation: `It counts ${count(frames, 'frame')} and ${count(octets, 'octet')}, this analysis ${count(
            own.reduce((sum, { frames: n }) => sum + n, 0),
            'frame',
          )} and ${count(
            own.reduce((sum, { octets: n }) => sum + n, 0),
            'octet',
          )}.`,
          advice: 'One of the two is wrong. Compare with capinfos, and report the file.',
        });
      });
    }
    const skipped = crossChecks.length - done.length;
    if (done.length === 0) {
      return [
        finding({
          id: 'capture-readers-none',
          severity: 'notice',
          title: 'No second reader for these inputs',
          explanation: 'It reads classic pcap with microseconds alone, and no damaged file: nothing was compared.',
        }),
      ];
    }
    return [
      finding({
        id: 'capture-readers-agree',
        severity: 'ok',
        title: `A second reader agrees on ${count(done.length, 'input')}`,
        explanation: `${list(done.map(({ source, frames }) => `${source}: ${count(frames, 'frame')}`))}.${skipped > 0 ? ` ${count(skipped, 'input')} it cannot read (pcapng, nanoseconds, or damaged).` : ''}`,
      }),
    ];
  },
};
