/**
 * What new flows would tell before they are sent: expected information of their ports about which explanation holds.
 * inference.md C. Lindley, On a measure of the information provided by an experiment, 1956.
 */

import { seeded } from '../../stats/random.js';

/** One way the links could have been chosen, as far as the new flows can tell it from others. */
export interface Explanation {
  readonly weight: number; // all of them add up to 1
  readonly cells: readonly number[]; // by new flow: those that would share a link, from 0
  readonly seen: readonly (ArrayLike<number> | null)[]; // by cell: flows seen of it, by port; null: a key nobody sent yet
}

export interface Information {
  readonly bits: number;
  readonly knownThen: number; // weight of the likeliest explanation afterwards, on average
}

const REPEATS = 300;
const SEED = 1956;
const NOISE = 0.01; // a flow that is not where its key says

/** @param ports links to choose from */
export function expectedInformation(explanations: readonly Explanation[], ports: number): Information {
  const random = seeded(SEED);
  const ready = explanations.map((each) => prepared(each, ports));
  const entropy = -explanations.reduce((sum, { weight }) => sum + (weight > 0 ? weight * Math.log2(weight) : 0), 0);
  let [gain, known] = [0, 0];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const truth = ready[drawn(explanations, random.next())];
    const outcome = outcomeOf(truth, ports, random);
    let [all, most] = [0, 0];
    for (const each of ready) {
      const joint = each.weight * chanceOf(each, outcome, ports);
      all += joint;
      most = Math.max(most, joint);
    }
    gain += Math.log2(chanceOf(truth, outcome, ports) / all);
    known += most / all;
  }
  return { bits: Math.max(0, Math.min(gain / REPEATS, entropy)), knownThen: known / REPEATS };
}

interface Prepared extends Explanation {
  readonly prior: readonly Float64Array[]; // by cell: chance of each port, given the flows seen
  readonly home: readonly (number | null)[]; // by cell: the port it was seen on most
}

function prepared(explanation: Explanation, ports: number): Prepared {
  const prior = explanation.seen.map((counts) => {
    const logs = Float64Array.from(
      { length: ports },
      (_, port) => (counts?.[port] ?? 0) * Math.log(((1 - NOISE) * (ports - 1)) / NOISE),
    );
    const most = Math.max(...logs);
    const chances = logs.map((log) => Math.exp(log - most));
    const sum = chances.reduce((total, chance) => total + chance, 0);
    return chances.map((chance) => chance / sum);
  });
  const home = explanation.seen.map((counts) => {
    if (counts === null) return null;
    let most = 0;
    for (let port = 1; port < ports; port++) if (counts[port] > counts[most]) most = port;
    return counts[most] > 0 ? most : null;
  });
  return { ...explanation, prior, home };
}

function drawn(explanations: readonly Explanation[], share: number): number {
  let left = share;
  for (const [i, { weight }] of explanations.entries()) {
    left -= weight;
    if (left < 0) return i;
  }
  return explanations.length - 1;
}

function outcomeOf({ cells, home }: Prepared, ports: number, random: ReturnType<typeof seeded>): number[] {
  const places = home.map((port) => port ?? random.below(ports));
  return cells.map((cell) => (random.next() < NOISE ? random.below(ports) : places[cell]));
}

function chanceOf({ cells, prior }: Prepared, outcome: readonly number[], ports: number): number {
  let chance = 1;
  for (const [cell, ofPort] of prior.entries()) {
    let sum = 0;
    for (let port = 0; port < ports; port++) {
      let here = ofPort[port];
      for (const [flow, own] of cells.entries()) {
        if (own === cell) here *= outcome[flow] === port ? 1 - NOISE : NOISE / (ports - 1);
      }
      sum += here;
    }
    chance *= sum;
  }
  return chance;
}
