/** Innocent and guilty flows of all lengths, losses and clocks: how many were accused. */

import { Random } from '../random.js';
import { rateBelow } from '../scores.js';
import { type JudgedStream, judgeStreams } from './judge-streams.js';
import { PATHS } from './paths.js';
import { drawStream, type Numbering, type Stream } from './streams.js';

const LENGTHS = [20, 60, 300, 2000];
const LOSSES = [0, 0.01, 0.1];
const CLOCKS_NS = [0, 5e5, 5e6];
const NUMBERINGS: readonly Numbering[] = ['sequence', 'acknowledgement', 'none', 'equal'];

/** @param flows of each way, length, numbering, loss and clock */
export async function simulatePingPong(
  seed: number,
  flows: number,
  { lengths = LENGTHS, numberings = NUMBERINGS } = {},
): Promise<JudgedStream[]> {
  const random = new Random(seed);
  const judged: JudgedStream[] = [];
  for (const packets of lengths) {
    for (const numbering of numberings) {
      for (const loss of LOSSES) {
        for (const clockNs of CLOCKS_NS) {
          const ports = 2 + random.below(5);
          // Fragments carry no numbers that the flow's datagrams share.
          const paths = PATHS.filter(({ name }) => name !== 'fragments' || numbering === 'none');
          const streams = paths.flatMap((path) =>
            Array.from({ length: flows }, (): Stream => drawStream(random, path, packets, numbering, ports)),
          );
          judged.push(...(await judgeStreams(random, streams, { ports, loss, clockNs })));
        }
      }
    }
  }
  return judged;
}

export interface Accusations {
  readonly accused: number;
  readonly flows: number;
}

export function accusations(judged: readonly JudgedStream[], of: (one: JudgedStream) => boolean): Accusations {
  const chosen = judged.filter(of);
  return { accused: chosen.filter(({ accused }) => accused).length, flows: chosen.length };
}

/** With numbers on every segment, and long enough: what must be judged rightly. @param isPingPong innocent or guilty ones */
export const numbered = (isPingPong: boolean, clockNs: number) => (one: JudgedStream) =>
  one.stream.numbering === 'sequence' &&
  one.stream.packets >= 60 &&
  one.stream.path.pingPongs === isPingPong &&
  one.stream.path.name !== 'flowlet' && // which needs more pauses than 60 datagrams have
  one.clockNs === clockNs;

export function pingPongText(judged: readonly JudgedStream[]): string {
  const lengths = [...new Set(judged.map(({ stream }) => stream.packets))];
  const cells = (of: (one: JudgedStream, packets: number) => boolean) =>
    lengths
      .map((packets) => accusations(judged, (one) => one.stream.packets === packets && of(one, packets)))
      .map(({ accused, flows }) => (flows === 0 ? '-' : `${accused} of ${flows}`).padStart(14))
      .join('');
  const ways = PATHS.flatMap(({ name }) =>
    NUMBERINGS.flatMap((numbering) =>
      CLOCKS_NS.map((clock) => {
        const head = `${name.padEnd(13)}${numbering.padEnd(17)}${`${clock / 1e6} ms`.padEnd(8)}`;
        const of = ({ stream, clockNs }: JudgedStream) =>
          stream.path.name === name && stream.numbering === numbering && clockNs === clock;
        return judged.some(of) ? `    ${head}${cells(of)}` : '';
      }),
    ),
  );
  const sums = CLOCKS_NS.flatMap((clock) => {
    const innocent = accusations(judged, numbered(false, clock));
    const guilty = accusations(judged, numbered(true, clock));
    const rate = `${(100 * rateBelow(innocent.accused, innocent.flows)).toFixed(3)} %`;
    return [
      `  clocks ${clock / 1e6} ms off, sequence numbers, 60 datagrams and more:`,
      `    innocent: ${innocent.accused} accused of ${innocent.flows} (rate below ${rate})`,
      `    round robin and spray: ${guilty.accused} found of ${guilty.flows}`,
    ];
  });
  return [
    'Called ping-pong: way, what numbers the datagrams, clocks off by up to; by datagrams a flow',
    `    ${''.padEnd(38)}${lengths.map((packets) => `${packets}`.padStart(14)).join('')}`,
    ...ways.filter((line) => line !== ''),
    ...sums,
  ].join('\n');
}
