/** The overlay of `?`: keys, and the words that the picture uses. */

import { wrap } from '../../report/columns.js';
import { bold, type Line, type Pen, plain } from './pen.js';

const KEYS: readonly (readonly [string, string])[] = [
  ['q, Ctrl-C', 'end; what was captured is analysed. Twice: quit at once'],
  ['p, space', 'pause: the picture stands still, the capture goes on'],
  ['tab, 1 to 5', 'panel: overview, connections, hash, LACP, events'],
  ['arrows, page up, home …', 'scroll the list of the panel'],
  ['d', 'direction: both, in (towards this station), out'],
  ['s', 'sort the busiest connections by rate, changes of link, links, address'],
  ['w', 'write report and document now (--report, --json)'],
  ['Ctrl-L, Ctrl-Z', 'draw anew; suspend'],
  ['?, escape', 'back'],
];

const WORDS: readonly (readonly [string, string])[] = [
  ['split by direction', 'in on one link, out on another: normal, each end chooses for itself'],
  ['PING-PONG', 'one direction of one connection goes back and forth between links: not normal'],
  ['not judged', 'seen on several links; the next analysis says whether that means anything'],
  ['luck', 'the chance that as many pairs of flows stay together although the field is hashed'],
  ['per cent', 'of the link rate, with preamble, gap and check sum of each frame'],
];

export function help(pen: Pen, columns: number): Line[] {
  const name = Math.min(27, Math.max(8, Math.floor(columns / 3)));
  const rows = (all: typeof KEYS) =>
    all.flatMap(([key, says]): Line[] => {
      const [first = '', ...more] = wrap(pen.text(says), Math.max(8, columns - name - 2));
      return [
        [bold(pen.cell(`  ${key}`, name)), { text: first }],
        ...more.map((text) => plain(' '.repeat(name) + text)),
      ];
    });
  return [plain('KEYS'), ...rows(KEYS), plain('WORDS'), ...rows(WORDS)];
}
