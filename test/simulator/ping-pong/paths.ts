/** Which member port each datagram of a flow takes: innocent ways and guilty ones. One way a function. */

import type { Random } from '../random.js';

export interface Sent {
  readonly ns: number;
  readonly port: number;
  readonly part: 'whole' | 'first' | 'later'; // of a fragmented datagram
  readonly datagram: number; // index into the flow's datagrams
}

export interface Path {
  readonly name: string;
  readonly pingPongs: boolean;
  /** @param times when the datagrams leave, in order. */
  send(random: Random, times: readonly number[], ports: number): Sent[];
}

const whole = (ns: number, port: number, datagram: number): Sent => ({ ns, port, part: 'whole', datagram });
const otherThan = (random: Random, port: number, ports: number) => (port + 1 + random.below(ports - 1)) % ports;

const pinned: Path = {
  name: 'pinned',
  pingPongs: false,
  send(random, times, ports) {
    const port = random.below(ports);
    return times.map((ns, i) => whole(ns, port, i));
  },
};

/** The first frames are flooded before the switch has learnt the address. */
const stray: Path = {
  name: 'stray',
  pingPongs: false,
  send(random, times, ports) {
    const port = random.below(ports);
    const early = 1 + random.below(2);
    const away = otherThan(random, port, ports);
    return times.map((ns, i) => whole(ns, i < early ? away : port, i));
  },
};

/** A link goes down, nothing passes for up to three seconds; sometimes the flow returns later. */
const failover: Path = {
  name: 'failover',
  pingPongs: false,
  send(random, times, ports) {
    const port = random.below(ports);
    const next = otherThan(random, port, ports);
    const [down, up] = changes(random, times.length, random.chance(0.5) ? 2 : 1);
    const outage = random.real() * 3e9;
    return times.map((ns, i) => {
      const isAway = i >= down && (up === undefined || i < up);
      return whole(i >= down ? ns + outage : ns, isAway ? next : port, i);
    });
  },
};

/** One or two moves from one datagram to the next, with no pause. */
const rebalance: Path = {
  name: 'rebalance',
  pingPongs: false,
  send(random, times, ports) {
    const moves = changes(random, times.length, 1 + random.below(2));
    let port = random.below(ports);
    return times.map((ns, i) => {
      if (moves.includes(i)) port = otherThan(random, port, ports);
      return whole(ns, port, i);
    });
  },
};

/** Most datagrams are seen on a second port as well: flooding, or a mirror session. */
const duplicated: Path = {
  name: 'duplicated',
  pingPongs: false,
  send(random, times, ports) {
    const port = random.below(ports);
    const second = otherThan(random, port, ports);
    const share = 0.5 + random.real() / 2;
    return times.flatMap((ns, i) => [
      whole(ns, port, i),
      ...(random.chance(share) ? [whole(ns + random.real() * 3e5, second, i)] : []),
    ]);
  },
};

/** A mirror that takes its time: most datagrams once more on a second port, some milliseconds later. */
const copiedLate: Path = {
  name: 'copied late',
  pingPongs: false,
  send(random, times, ports) {
    const port = random.below(ports);
    const second = otherThan(random, port, ports);
    const share = 0.5 + random.real() / 2;
    const late = 2e6 + random.real() * 6e6;
    const sent = times.flatMap((ns, i) => [
      whole(ns, port, i),
      ...(random.chance(share) ? [whole(ns + late + random.real() * 2e5, second, i)] : []),
    ]);
    return sent.sort((a, b) => a.ns - b.ns);
  },
};

/** Datagrams now small, now larger than the MTU: fragments have no ports to hash, and a link of their own. */
const fragments: Path = {
  name: 'fragments',
  pingPongs: false,
  send(random, times, ports) {
    const port = random.below(ports);
    const ofFragments = otherThan(random, port, ports);
    const firstStays = random.chance(0.3); // Open vSwitch hashes the first fragment with its ports
    const share = 0.2 + random.real() * 0.6;
    return times.flatMap((ns, i): Sent[] =>
      random.chance(share)
        ? [
            { ns, port: firstStays ? port : ofFragments, part: 'first', datagram: i },
            { ns: ns + 2000, port: ofFragments, part: 'later', datagram: i },
          ]
        : [whole(ns, port, i)],
    );
  },
};

const roundRobin: Path = {
  name: 'round robin',
  pingPongs: true,
  send(random, times, ports) {
    const first = random.below(ports);
    return times.map((ns, i) => whole(ns, (first + i) % ports, i));
  },
};

const spray: Path = {
  name: 'spray',
  pingPongs: true,
  send: (random, times, ports) => times.map((ns, i) => whole(ns, random.below(ports), i)),
};

/** A new port after every pause longer than a threshold; the same again now and then. */
const flowlet: Path = {
  name: 'flowlet',
  pingPongs: true,
  send(random, times, ports) {
    const threshold = 1e6 * (1 + random.below(3));
    let port = random.below(ports);
    return times.map((ns, i) => {
      if (i > 0 && ns - times[i - 1] > threshold) port = random.below(ports);
      return whole(ns, port, i);
    });
  },
};

export const PATHS: readonly Path[] = [
  pinned,
  stray,
  failover,
  rebalance,
  duplicated,
  copiedLate,
  fragments,
  roundRobin,
  spray,
  flowlet,
];

/** Where the middle of a flow changes: between its first and last tenth, in order. */
function changes(random: Random, count: number, moves: number): number[] {
  const at = Array.from({ length: moves }, () => Math.floor(count * (0.1 + 0.8 * random.real())));
  return [...new Set(at)].sort((a, b) => a - b);
}
