/** What the links of a connection mean: two directions on two links are normal, one direction on several is looked at. */

import type { LiveConnection, LiveFlow } from '../state.js';
import type { DirectionChoice, Sort } from './ui.js';

export interface PathClass {
  readonly text: string;
  /** Is it ping-pong (classes P5 to P8 of the document)? */
  readonly isPingPong: boolean;
}

/** By the kind that the document gives a flow on several ports. */
const KINDS: Readonly<Record<string, PathClass>> = {
  'round-robin': pingPong('per frame'),
  'per-packet': pingPong('per frame'),
  flowlet: pingPong('after pauses'),
  oscillating: pingPong('to and fro'),
  'header-dependent': pingPong('by a field'),
  'fragment-split': innocent('fragments apart'),
  failover: innocent('moved with a link'),
  rebalance: innocent('moved'),
};

export function classOf({ ingress, egress }: LiveConnection): PathClass {
  const flows = [ingress, egress].filter((flow) => flow !== null);
  const classes = flows.filter(isOnSeveral).map(movedClass);
  const worst = classes.find((each) => each.isPingPong) ?? classes[0];
  if (worst !== undefined) return worst;
  const [a, b] = flows;
  if (a === undefined || b === undefined) return innocent(ingress === null ? 'out only' : 'in only');
  return innocent(a.ports[0] === b.ports[0] ? 'same link' : 'split by direction');
}

const isOnSeveral = ({ ports, changes }: LiveFlow) => ports.length > 1 || changes > 0;

function movedClass({ verdict, ports }: LiveFlow): PathClass {
  if (verdict === null) return innocent(`${ports.length} links, not judged`);
  return (Object.hasOwn(KINDS, verdict) ? KINDS[verdict] : undefined) ?? innocent(verdict);
}

function pingPong(how: string): PathClass {
  return { text: `PING-PONG ${how}`, isPingPong: true };
}

function innocent(text: string): PathClass {
  return { text, isPingPong: false };
}

export const rateOf = ({ ingress, egress }: LiveConnection, choice: DirectionChoice): number =>
  (choice === 'out' ? 0 : (ingress?.bitsPerSecond ?? 0)) + (choice === 'in' ? 0 : (egress?.bitsPerSecond ?? 0));

export function flowsOf({ ingress, egress }: LiveConnection, choice: DirectionChoice): LiveFlow[] {
  return [choice === 'out' ? null : ingress, choice === 'in' ? null : egress].filter((flow) => flow !== null);
}

export const changesOf = (connection: LiveConnection, choice: DirectionChoice): number =>
  flowsOf(connection, choice).reduce((sum, { changes }) => sum + changes, 0);

/** Those that are seen in the direction, in the order asked for. */
export function sorted(all: readonly LiveConnection[], choice: DirectionChoice, sort: Sort): LiveConnection[] {
  const by: Readonly<Record<Sort, (a: LiveConnection, b: LiveConnection) => number>> = {
    rate: (a, b) => rateOf(b, choice) - rateOf(a, choice),
    changes: (a, b) => changesOf(b, choice) - changesOf(a, choice),
    links: (a, b) => linksOf(b, choice) - linksOf(a, choice),
    address: (a, b) => compareText(addressKey(a), addressKey(b)),
  };
  const seen = all.filter((connection) => flowsOf(connection, choice).length > 0);
  return seen.sort((a, b) => by[sort](a, b) || by.rate(a, b) || by.address(a, b));
}

const linksOf = (connection: LiveConnection, choice: DirectionChoice) =>
  Math.max(0, ...flowsOf(connection, choice).map(({ ports }) => ports.length));

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Numbers in it as wide as each other, so that 192.0.2.9 comes before 192.0.2.10. */
function addressKey({ source, destination, protocol }: LiveConnection): string {
  return [source.ip, source.port ?? '', destination.ip, destination.port ?? '', protocol]
    .join(' ')
    .replaceAll(/\d+/g, (digits) => digits.padStart(5, '0'));
}
