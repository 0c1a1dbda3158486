/**
 * What a change of the mapping did to the flows that were there before and after: inference.md E.5, rule 4. A sender that divides
 * its hash by the number of ports deals nearly all flows anew when that number changes; one with a table of buckets, or resilient
 * hashing, moves only those of the port that left, or some to the port that came.
 */

import type { DirectionIndex, Pass } from '../engine/pass.js';
import { AddressIndex, pairOf } from './address-index.js';
import type { FlowVerdicts } from './judge-flows.js';
import { isUnicast } from './port-counts.js';

export interface Remapping {
  readonly flows: number; // seen before and after
  readonly moved: number; // of those, on another port afterwards
  readonly staying: number; // before on a port that stayed, and not on one that came afterwards
  readonly movedBetweenStaying: number; // of those
  readonly expectedMovedShare: number | null; // of `flows`, if the hash is divided by the number of ports; null without one port more or less
  readonly kind: 'modulo' | 'buckets' | null; // null: can't be told
}

const SECOND = 1e9;
const MARGIN_NS = 0.5 * SECOND; // the instant is not known better
const LEAST_FRAMES = 8;
const LEAST_PAIRS = 8;
const CHANCE = 0.001;
const DEVIATIONS = 3;

export function remappingAt(
  pass: Pick<Pass, 'flows' | 'movers'>,
  direction: DirectionIndex,
  verdicts: FlowVerdicts,
  ns: number,
  before: readonly number[],
  after: readonly number[],
): Remapping {
  const { flows } = pass;
  const stayed = new Set(before.filter((port) => after.includes(port)));
  const addresses = new AddressIndex();
  const hosts = { all: new Set<number>(), staying: new Set<number>() };
  const counts = { flows: 0, moved: 0, staying: 0, movedBetweenStaying: 0 };
  for (let flow = 0; flow < flows.count; flow++) {
    if (flows.direction(flow) !== direction || !isUnicast(flows, flow) || flows.frames(flow) < LEAST_FRAMES) continue;
    if (flows.firstNs(flow) > ns - MARGIN_NS || flows.lastNs(flow) < ns + MARGIN_NS) continue;
    const ports = portsAround(pass, flow, verdicts, ns);
    if (ports === null) continue;
    const pair = pairOf(addresses.idOf(flows.srcIp(flow)), addresses.idOf(flows.dstIp(flow)));
    const hasMoved = ports.before !== ports.after;
    counts.flows++;
    hosts.all.add(pair);
    if (hasMoved) counts.moved++;
    if (!stayed.has(ports.before) || !stayed.has(ports.after)) continue;
    counts.staying++;
    hosts.staying.add(pair);
    if (hasMoved) counts.movedBetweenStaying++;
  }
  const step = Math.abs(before.length - after.length) === 1;
  const stays = step ? stayingShare(before.length, after.length) : null;
  return {
    ...counts,
    expectedMovedShare: stays === null ? null : 1 - stays,
    kind:
      stays === null ? null : kindOf(counts, stays, before.length, after.length, hosts.all.size, hosts.staying.size),
  };
}

/** Share of hashes whose port is the same before and after, for K and K' ports that differ by one: min / lcm. */
function stayingShare(from: number, to: number): number {
  return 1 / Math.max(from, to); // K and K + 1 have no common divisor
}

/** The ports of a flow before and after; null where it alternates, or its frames about that time are not known. */
function portsAround(
  { flows, movers }: Pick<Pass, 'flows' | 'movers'>,
  flow: number,
  verdicts: FlowVerdicts,
  ns: number,
): { before: number; after: number } | null {
  const mover = flows.mover(flow);
  if (mover < 0) return verdicts.of(flow) === 'pinned' ? { before: flows.port(flow), after: flows.port(flow) } : null;
  if (verdicts.ofMover(mover) !== 'moved' || movers.truncatedRuns(mover) === 1) return null;
  const runs = movers.runs(mover);
  const before = runs.filter(({ firstNs }) => firstNs <= ns - MARGIN_NS).at(-1);
  const after = runs.find(({ lastNs }) => lastNs >= ns + MARGIN_NS);
  return before === undefined || after === undefined ? null : { before: before.port, after: after.port };
}

/**
 * Flows of one pair of hosts may share a cell of the hash, so pairs count as evidence, not flows.
 *
 * Buckets: nobody moved between ports that stayed, though a division would move each of them with a chance of more than a half.
 * Modulo: some did, and as many moved in all as a division would move, within three standard deviations.
 */
function kindOf(
  { flows, moved, movedBetweenStaying }: Pick<Remapping, 'flows' | 'moved' | 'movedBetweenStaying'>,
  stays: number,
  from: number,
  to: number,
  pairs: number,
  pairsStaying: number,
): Remapping['kind'] {
  // Hashes that keep their port are among those whose ports stay: all but 1 in K of the larger number of ports.
  const staysOfStaying = stays / (1 - 1 / Math.max(from, to));
  if (movedBetweenStaying === 0) return staysOfStaying ** pairsStaying < CHANCE ? 'buckets' : null;
  if (flows === 0 || pairs < LEAST_PAIRS) return null;
  const spread = Math.sqrt((stays * (1 - stays)) / pairs);
  return Math.abs(moved / flows - (1 - stays)) <= DEVIATIONS * spread ? 'modulo' : null;
}
