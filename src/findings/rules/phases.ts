import type { Direction } from '../../document/schema.js';
import { DIRECTIONS, type Draft, finding, type Rule } from '../rule.js';
import { at, bitRate, capital, count, list, percent, sideOf } from '../words.js';

type Phases = Direction['phases'];
type Phase = Phases['list'][number];

const SHOWN = 4;
const ALIKE = 1.1; // sums within this factor
const EVEN = 0.95; // Jain's index
const MOST = 0.7; // of the octets: less, and the sum is not that of the large flows
const LONG_SECONDS = 2; // a test, not a moment

/** One client, then two, then three: what each added, and who shared a link. */
export const phases: Rule = {
  asks: 'Does more load from more clients bring more throughput?',
  judge: ({ draft }) =>
    DIRECTIONS.flatMap((name) => {
      const { phases: all, octets } = draft.directions[name];
      const large = all.flows.reduce((sum, flow) => sum + flow.octets, 0);
      if (large < MOST * octets) return [];
      const found = { ...all, list: all.list.filter((phase) => lengthOf(phase) >= LONG_SECONDS) };
      const clients = found.list.map((phase) => phase.clients);
      if (draft.quality.verdict === 'unusable' || new Set(clients).size < 2) return [];
      const side = sideOf(name, draft);
      const steps = found.list.map((phase, i) => `${count(clients[i]!, 'client')} ${bitRate(phase.bitsPerSecond)}`);
      return [
        finding({
          id: 'load-phases',
          severity: 'notice',
          title: `${capital(side.arrow)}: ${list(steps, SHOWN)}, one after the other`,
          explanation: `${found.list
            .slice(0, SHOWN)
            .map((phase) => sentence(phase, found, draft))
            .join(' ')}${conclusion(found, clients)}`,
          evidence: found.flows.slice(0, SHOWN).map(({ evidence }) => evidence),
          ports: [...new Set(found.flows.map(({ port }) => port))],
          flows: found.flows.slice(0, 20).map(({ flow }) => flow),
        }),
      ];
    }),
};

const lengthOf = ({ start, end }: Phase) => Number(BigInt(end.replace('.', '')) - BigInt(start.replace('.', ''))) / 1e9;

function sentence(phase: Phase, all: Phases, draft: Draft): string {
  const when = `From ${at(phase.start, draft)} to ${at(phase.end, draft)}`;
  const links = phase.ports.map((link) => {
    const rates = phase.flows.flatMap(({ index, bitsPerSecond }) =>
      all.flows[index]!.port === link.port && bitsPerSecond !== null ? [bitsPerSecond] : [],
    );
    if (link.flows === 1) return `1 large flow alone on ${link.port} (${bitRate(link.bitsPerSecond)})`;
    const shared = `${link.flows} sharing ${link.port} (${bitRate(link.bitsPerSecond)}`;
    if (link.jain === null) return `${shared}; how evenly can’t be told)`;
    const [least, most] = [Math.min(...rates), Math.max(...rates)];
    const split =
      link.jain >= EVEN ? `${bitRate(most)} or nearly so each` : `${bitRate(least)} to ${bitRate(most)} each`;
    return `${shared}, ${split}, Jain’s index ${link.jain.toFixed(2)})`;
  });
  return `${when} (${count(phase.clients, 'client')}): ${list(links)}.`;
}

/** Only what all phases show: that more clients brought no more, and where they were. */
function conclusion({ list: steps }: Phases, clients: readonly number[]): string {
  const sums = steps.map(({ bitsPerSecond }) => bitsPerSecond);
  if (Math.max(...sums) > ALIKE * Math.min(...sums)) return '';
  const several = steps.filter((_, i) => clients[i]! > 1);
  const used = [...new Set(several.flatMap(({ ports }) => ports.map(({ port }) => port)))];
  const alike = `More clients brought no more: the sum stays within ${percent(Math.max(...sums) / Math.min(...sums) - 1)}`;
  return used.length === 1
    ? ` ${alike}, and all of them were on ${used[0]}.`
    : ` ${alike}, though they were on ${list(used)}.`;
}
