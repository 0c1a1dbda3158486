/** The part of ACCURACY.md about simulated flows on several ports. */

import type { JudgedStream } from '../simulator/ping-pong/judge-streams.js';
import { accusations } from '../simulator/ping-pong/ping-pong.js';
import { type Cell, grouped, table } from './markdown.js';

export function pingPongAnswers(judged: readonly JudgedStream[]): string {
  return `## Simulated flows on several ports

Flows of 20, 60, 300 and 2,000 datagrams, 20 µs to 20 ms apart, on 2 to 6 ports; 0, 1 or 10 % of the frames lost by the capture; clocks of the ports off by up to
0, 0.5 or 5 ms, which the analysis takes for 1 ms at most. What orders the datagrams: TCP's sequence numbers, its acknowledgements, or nothing (UDP). How many of them were
called ping-pong: none of the innocent ones should be (above), all of the others (below).

${table(['way', 'ordered by', '20 datagrams', '60 and more, clocks agree', '0.5 ms', '5 ms'], rows(judged))}
With clocks off by several datagrams round robin may look like a move, and a flow whose copies are far apart too: it is then not accused, but called moved, which
is wrong as well.
`;
}

function rows(judged: readonly JudgedStream[]): Cell[][] {
  const ways = grouped(judged, ({ stream }) => `${stream.path.name}, ${stream.numbering}`);
  const ordered = [...ways.values()].sort(
    ([a], [b]) => Number(a.stream.path.pingPongs) - Number(b.stream.path.pingPongs),
  );
  return ordered.map((members) => {
    const { path, numbering } = members[0].stream;
    const cell = (of: (one: JudgedStream) => boolean) => {
      const { accused, flows } = accusations(members, of);
      return `${accused} of ${flows}`;
    };
    return [
      path.pingPongs ? `**${path.name}**` : path.name,
      numbering === 'none' ? 'nothing' : `${numbering}s`.replace('sequences', 'sequence numbers'),
      cell(({ stream }) => stream.packets === 20),
      ...[0, 5e5, 5e6].map((clock) => cell(({ stream, clockNs }) => stream.packets > 20 && clockNs === clock)),
    ];
  });
}
