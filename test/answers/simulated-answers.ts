/** The part of ACCURACY.md about simulated senders. */

import { type Calibration, calibrate, type Names, type Score } from '../simulator/calibration.js';
import type { Judgement } from '../simulator/judge.js';
import { rateBelow } from '../simulator/scores.js';
import { type Cell, grouped, table } from './markdown.js';

export interface SimulatedSet {
  readonly name: string;
  readonly judgements: readonly Judgement[];
}

const ABOUT: Readonly<Record<string, string>> = {
  library:
    'senders of the kinds the library has: XOR, CRC, Toeplitz, Linux of six eras, FreeBSD, teamd, Cisco, over the fields of the prior',
  outside: 'senders it has not: sums, shifted XOR, folded CRC, tables over two bits, mixing hashes',
  flat: 'as library, every set of fields as often as any other: the prior is wrong on purpose',
  worst: 'as outside, likewise',
  egress: 'both kinds, from the servers to the clients',
  connection: 'a number drawn for each connection: no field is used, and no flow shows it',
  'dual-stack': 'as library, half of the flows IPv6',
  supplementary: 'as library, with pings and ARP beside the flows',
  pings: 'likewise, but pings go anywhere, in turn or on one port, as packets may that a CPU makes',
  arp: 'as supplementary, but ARP goes so',
  failover: 'as library, one port of three or more lost halfway',
  tunnels: 'as library, seven of ten flows in IP-in-IP or GRE, half of the senders look into them',
  large: 'both kinds, 200 to 5,000 flows',
};

export function simulatedAnswers(sets: readonly SimulatedSet[], firstSeed: number): string {
  const calibrations = sets.map(({ name, judgements }) => ({ name, judgements, c: calibrate(judgements) }));
  const main = calibrations.filter(({ name }) => name === 'library' || name === 'outside');
  return `## Simulated senders

Random aggregates of 2 to 8 ports with six kinds of traffic, 4 to 200 flows unless it says otherwise, 0 to 2 % of the flows on a wrong port; seeds
from ${firstSeed} on. Hash functions and traffic share no code with the product (\`test/simulator/\`).

${sets.map(({ name }) => `- **${name}**: ${ABOUT[name]}`).join('\n')}

Verdicts on fields that varied. *Without effect*: the formula reads the field, but no value that was seen would have changed a port, so that "not
used" was true of this traffic. The last column is the upper end of the 95 % interval (Clopper and Pearson) of the share of wrong verdicts, those left out.

${table(['set', 'scenarios', 'used right', 'wrong', 'not used right', 'wrong', 'of them without effect', 'open', 'wrong, at most'], calibrations.map(verdictRow))}
Stated probabilities. *Honest*: the Brier score if everything came true exactly as often as said; what a capture cannot tell costs that much. Intervals are 95 %, by
bootstrap over scenarios. Numbers per connection are not scored: that the fields say nothing is all there is to say.

${table(['set', 'Brier score', 'honest', 'log loss (nats)', 'said below .01: was', 'said .99 or more: was not'], calibrations.filter(({ name }) => name !== 'connection').map(scoreRow))}
Said, and how often it was so:

${table(['said', ...main.map(({ name }) => `${name}: was (statements)`)], calibrationRows(main.map(({ c }) => c)))}
Functions, by what they do, whatever they are called: *right* puts any header into the same buckets; *among others*: not the one named first, but one that is said
to fit as well does; *of what varied*: right for every value of the bits that varied.

${table(
  [
    'set',
    'sender',
    'scenarios',
    'right',
    'among others',
    'of what varied',
    'wrong',
    'not named',
    'fields right',
    'wrong',
    'open',
  ],
  main.flatMap(({ name, judgements }) => senderRows(name, judgements)),
)}`;
}

type Named = { readonly name: string; readonly c: Calibration };

const FEWEST = 100; // verdicts that say something of how often they are wrong

function verdictRow({ name, c }: Named): Cell[] {
  const { used, unused, open } = c.verdicts;
  const all = used.right + used.wrong + unused.right + unused.wrong;
  const wrong = used.wrong + unused.wrong - unused.withoutEffect;
  const atMost = all >= FEWEST ? `${(100 * rateBelow(wrong, all, 0.975)).toFixed(2)} %` : '-';
  return [name, c.scenarios, used.right, used.wrong, unused.right, unused.wrong, unused.withoutEffect, open, atMost];
}

const score = ({ value, interval: [low, high] }: Score) =>
  `${value.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;

function scoreRow({ name, c }: Named): Cell[] {
  const [least, most] = [c.bins[0], c.bins[c.bins.length - 1]];
  return [
    name,
    score(c.brier),
    c.expectedBrier.toFixed(3),
    score(c.logLoss),
    `${least.hits} of ${least.count}`,
    `${most.count - most.hits} of ${most.count}`,
  ];
}

function calibrationRows(calibrations: readonly Calibration[]): Cell[][] {
  return calibrations[0].bins.map(({ from, to }, i) => [
    `${from} to ${to}`,
    ...calibrations.map(({ bins }) => `${bins[i].said.toFixed(3)} → ${bins[i].was.toFixed(3)} (${bins[i].count})`),
  ]);
}

function senderRows(set: string, judgements: readonly Judgement[]): Cell[][] {
  const bySender = [...grouped(judgements, ({ scenario }) => scenario.sender.name)].sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return bySender.map(([sender, members]) => {
    const { names, verdicts } = calibrate(members);
    const n: Names = names.get(sender)!;
    const { used, unused, open } = verdicts;
    const wrong = used.wrong + unused.wrong;
    return [
      set,
      sender,
      members.length,
      n.right,
      n.among,
      n.here,
      n.wrong,
      n.none,
      used.right + unused.right,
      wrong,
      open,
    ];
  });
}
