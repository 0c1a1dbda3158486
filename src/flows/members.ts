/** K of a direction: the ports its transmitter could have chosen. inference.md 0.2. */

import { fieldBits, JOIN_SUM_FRAMES, MARKED } from '../engine/joins.js';
import type { DirectionIndex, Pass } from '../engine/pass.js';
import { everDistributing, type LacpReport } from '../lacp/report.js';
import { type AddressPair, centre } from './address-graph.js';
import { type CopiedPort, isAggregate } from './copies.js';
import { moversOf } from './mover-sums.js';
import { isUnicast } from './port-counts.js';

export interface Members {
  readonly ports: readonly number[]; // indexes into Pass.ports, idle ones and those whose capture is missing too
  readonly basis: 'announced' | 'aggregate' | 'given'; // by the transmitter's LACPDUs, by the other end's, by the inputs
  readonly excluded: readonly { readonly port: number; readonly why: Exclusion }[];
}

type Exclusion = 'copy' | 'other-aggregate' | 'not-repeated' | 'other-network' | 'not-announced' | 'no-frame';

type Evidence = Pick<Pass, 'ports' | 'inputs' | 'flows' | 'movers' | 'joins'>;

export function memberPorts(
  pass: Evidence,
  direction: DirectionIndex,
  lacp: LacpReport,
  copies: readonly CopiedPort[],
): Members {
  const carries = carryingPorts(pass, direction);
  const elsewhere = new Set(otherAggregates(lacp, carries).flat());
  const { speaks } = lacp.transmitters[direction];
  const basis = speaks ? 'announced' : lacp.present ? 'aggregate' : 'given';
  const aggregated = new Set(lacp.aggregates.flat());
  const stranger = strangers(pass, copies);
  const foreign = otherNetworks(pass, lacp);

  const ports: number[] = [];
  const excluded: { port: number; why: Exclusion }[] = [];
  const silent = new Set(
    pass.ports.filter((port) => pass.inputs.every((input) => input.port !== port || input.frames === 0)),
  );
  for (const port of pass.ports.keys()) {
    // An aggregate interface beside its members is no port, nor is a mirror of some of their frames; a port captured in another's place is one, though unseen.
    const isNoPort = copies.some((copy) => copy.port === port && (isAggregate(copy) || copy.isMirror));
    const named =
      basis === 'given' || (basis === 'announced' ? everDistributing(lacp, direction, port) : aggregated.has(port));
    if (isNoPort) excluded.push({ port, why: 'copy' });
    else if (elsewhere.has(port)) excluded.push({ port, why: 'other-aggregate' });
    else if (stranger.has(port) && (basis === 'given' || !named)) excluded.push({ port, why: 'not-repeated' });
    else if (foreign.has(port)) excluded.push({ port, why: 'other-network' });
    // Nothing in either direction: its link is down, or its capture did not work.
    else if (basis === 'given' && silent.size < pass.ports.length && silent.has(pass.ports[port]))
      excluded.push({ port, why: 'no-frame' });
    else if (named || carries.has(port)) ports.push(port);
    else excluded.push({ port, why: 'not-announced' });
  }
  return { ports, basis, excluded };
}

/** Copies do not count: frames flooded to a port outside of the aggregate must not bring it in. */
function carryingPorts(pass: Evidence, direction: DirectionIndex): Set<number> {
  const carries = new Set<number>();
  pass.joins.sums()[direction].carries.forEach((carried, port) => {
    if (carried) carries.add(port);
  });
  moversOf(pass, direction).carries.forEach((carried, port) => {
    if (carried) carries.add(port);
  });
  return carries;
}

const ENOUGH_TO_BE_REPEATED = 20; // frames

/** Ports that LACP does not name, and whose frames the aggregate beside its members does not show; the busiest, of several. */
function strangers({ ports, inputs }: Evidence, copies: readonly CopiedPort[]): Set<number> {
  const framesOf = (port: number) =>
    inputs.reduce((sum, input) => sum + (input.port === ports[port] ? input.frames : 0), 0);
  const [own] = copies.filter(isAggregate).sort((a, b) => framesOf(b.port) - framesOf(a.port));
  if (own === undefined) return new Set();
  const others = [...ports.keys()].filter((port) => port !== own.port && !own.of.includes(port));
  return new Set(others.filter((port) => framesOf(port) >= ENOUGH_TO_BE_REPEATED));
}

/**
 * Ports that are silent while LACP runs on others, and have another address at their centre than those: the management port beside
 * the LAG. One whose LACPDUs a filter took has the address of the LAG.
 */
function otherNetworks({ flows, joins }: Evidence, { aggregates, ports }: LacpReport): Set<number> {
  const bundled = new Set(aggregates.flat());
  const silent = ports.flatMap(({ sent, received }, port) => (sent.length + received.length === 0 ? [port] : []));
  if (bundled.size === 0 || silent.length === 0) return new Set();
  joins.mark((marks) => {
    for (let flow = 0; flow < flows.count; flow++) marks[flow] = isUnicast(flows, flow) ? MARKED | flows.port(flow) : 0;
  });
  const groups = joins.groups(fieldBits('eth.src', 'eth.dst') | JOIN_SUM_FRAMES);
  const pairsOn = (some: (ports: number) => boolean): AddressPair<number>[] =>
    Array.from({ length: groups.count }, (_, group) => group).flatMap((group) => {
      const first = groups.first(group);
      const [a, b] = [flows.srcMac(first), flows.dstMac(first)].sort((x, y) => x - y) as [number, number];
      return some(groups.ports(group)) ? [{ a, b, frames: groups.sum(group) }] : [];
    });
  const ofLag = [...bundled].reduce((bits, port) => bits | (1 << port), 0);
  const inLag = pairsOn((bits) => (bits & ofLag) !== 0);
  const isForeign = (port: number) => {
    const here = pairsOn((bits) => (bits & (1 << port)) !== 0);
    const [own, other] = [centre(inLag), centre(here)];
    if (!('address' in own) || !('address' in other)) return false;
    const isAmong = (address: number, pairs: typeof here) => pairs.some(({ a, b }) => a === address || b === address);
    return !isAmong(own.address, here) && !isAmong(other.address, inLag);
  };
  return new Set(silent.filter(isForeign));
}

/** One document describes one LAG: the aggregate that carries most of its ports' traffic, then the largest. */
function otherAggregates(lacp: LacpReport, carries: ReadonlySet<number>): (readonly number[])[] {
  const busy = (ports: readonly number[]) => ports.filter((port) => carries.has(port)).length;
  // Of the local station, if it speaks: the same one in both directions.
  const own = (ports: readonly number[]) => Number(ports.some((port) => lacp.ports[port].sent.length > 0));
  const [, ...others] = [...lacp.aggregates].sort(
    (a, b) => own(b) - own(a) || busy(b) - busy(a) || b.length - a.length,
  );
  return others;
}
