/**
 * Epochs of a direction: times in which the mapping of flows to ports did not change. inference.md E.5. Mappings of
 * different epochs must not be pooled: after a port has left, a hash deals all flows anew.
 */

import type { DirectionIndex, FlowTable, Pass } from '../engine/pass.js';
import type { LacpReport } from '../lacp/report.js';
import type { FlowVerdicts } from './judge-flows.js';
import type { Members } from './members.js';
import { contains, type Instant, type Move, movesOf, pierceAll } from './moves.js';
import { findOutages, type Outage } from './outages.js';
import { type Remapping, remappingAt } from './remapping.js';

export interface Epoch {
  readonly startNs: number;
  readonly endNs: number;
  readonly startsIn?: Omit<Instant, 'ns'>; // where its start is not known better
  readonly ports: readonly number[]; // those the sender could have chosen
  readonly kind: 'start' | 'failover' | 'recovery' | 'rebalance'; // what began it
  readonly reason: string; // a sentence for people
  readonly movedFlows: readonly number[]; // flows that changed their port at its beginning
  readonly remapping: Remapping | null; // what that did to the flows of before; null for the first
}

interface Boundary extends Instant {
  readonly lost: readonly Outage[];
  readonly returned: readonly Outage[];
}

const SECOND = 1e9;
const SAME_NS = 0.3 * SECOND;
const WELL_KNOWN_NS = 0.1 * SECOND;

export function findEpochs(
  pass: Pick<Pass, 'ports' | 'flows' | 'movers' | 'silences' | 'durationNs'>,
  direction: DirectionIndex,
  members: Members,
  lacp: LacpReport,
  verdicts: FlowVerdicts,
): Epoch[] {
  const moves = movesOf(pass, direction, verdicts);
  const outages = findOutages(pass, direction, members.ports, lacp, moves);
  const changes = outages.flatMap((outage): Boundary[] => [
    ...(outage.start.ns > 0 ? [{ ...outage.start, lost: [outage], returned: [] }] : []),
    ...(outage.end.ns < pass.durationNs ? [{ ...outage.end, lost: [], returned: [outage] }] : []),
  ]);
  const boundaries = merged([...changes, ...rebalances(pass, direction, moves, changes)]);

  const starts: Boundary[] = [{ ns: 0, fromNs: 0, toNs: 0, lost: [], returned: [] }, ...boundaries];
  const portsOf = (startNs: number, endNs: number) => {
    const isOut = (port: number) =>
      outages.some((o) => o.port === port && o.start.ns <= startNs + SAME_NS && o.end.ns >= endNs - SAME_NS);
    return members.ports.filter((port) => !isOut(port));
  };
  const ports = starts.map(({ ns }, i) => portsOf(ns, boundaries[i]?.ns ?? pass.durationNs));
  return starts.map((boundary, i): Epoch => {
    const startNs = boundary.ns;
    const endNs = boundaries[i]?.ns ?? pass.durationNs;
    const moved = i === 0 ? [] : moves.filter((move) => isAt(move, startNs)).map(({ flow }) => flow);
    const movedFlows = [...new Set(moved)];
    const { fromNs, toNs } = boundary;
    const startsIn = toNs - fromNs > WELL_KNOWN_NS ? { startsIn: { fromNs, toNs } } : {};
    const shared = { startNs, endNs, ...startsIn, ports: ports[i], movedFlows };
    if (i === 0) return { ...shared, kind: 'start', reason: 'Beginning of the capture.', remapping: null };
    const remapping = remappingAt(pass, direction, verdicts, startNs, ports[i - 1], ports[i]);
    return { ...shared, ...describe(boundary, movedFlows.length, remapping, pass.ports), remapping };
  });
}

/** The mapping changed although all ports stayed: several flows moved at once. One moved flow alone is no boundary. */
function rebalances(
  pass: Pick<Pass, 'flows'>,
  direction: DirectionIndex,
  moves: readonly Move[],
  changes: readonly Boundary[],
): Boundary[] {
  const margin = 0.5 * SECOND;
  const open = moves.filter(
    (move) => move.isMoved && !changes.some(({ ns }) => ns > move.fromNs - margin && ns <= move.toNs + margin),
  );
  return pierceAll(open).flatMap(({ moves: pierced, fromNs, toNs }) => {
    const ns = (fromNs + toNs) / 2;
    const isBoundary = pierced.length >= 2 && pierced.length >= 0.1 * steadyAround(pass.flows, direction, ns);
    return isBoundary ? [{ ns, fromNs, toNs, lost: [], returned: [] }] : [];
  });
}

/** Flows of some length that were there a second before and after. */
function steadyAround(flows: FlowTable, direction: DirectionIndex, ns: number): number {
  let steady = 0;
  for (let flow = 0; flow < flows.count; flow++) {
    if (flows.direction(flow) !== direction || flows.firstNs(flow) > ns - SECOND) continue;
    if (flows.lastNs(flow) >= ns + SECOND && flows.frames(flow) >= 8) steady++;
  }
  return steady;
}

function merged(boundaries: readonly Boundary[]): Boundary[] {
  const result: Boundary[] = [];
  for (const boundary of [...boundaries].sort((a, b) => a.ns - b.ns)) {
    const last = result.at(-1);
    if (last === undefined || boundary.ns - last.ns >= SAME_NS) result.push(boundary);
    else {
      result[result.length - 1] = {
        ns: last.ns,
        fromNs: Math.min(last.fromNs, boundary.fromNs),
        toNs: Math.max(last.toNs, boundary.toNs),
        lost: [...last.lost, ...boundary.lost],
        returned: [...last.returned, ...boundary.returned],
      };
    }
  }
  return result;
}

const isAt = (move: Move, ns: number) => contains({ fromNs: move.fromNs - SAME_NS, toNs: move.toNs + SAME_NS }, ns);

function describe(
  { lost, returned }: Boundary,
  moved: number,
  remapping: Remapping,
  names: readonly string[],
): Pick<Epoch, 'kind' | 'reason'> {
  const left = lost.map(({ port, why }) => `${names[port]} left (${why})`);
  const back = returned.map(({ port, start }) => `${names[port]} ${start.ns > 0 ? 'came back' : 'joined'}`);
  if (left.length + back.length === 0) {
    return { kind: 'rebalance', reason: `${movesText(moved, remapping)}; no port left or came back.` };
  }
  const kind = left.length > 0 ? 'failover' : 'recovery';
  return { kind, reason: `${[...left, ...back].join(', ')}; ${movesText(moved, remapping)}.` };
}

/** @param moved flows that changed their port about that time, short ones too */
function movesText(moved: number, remapping: Remapping): string {
  const counted = (n: number) => `${n} ${n === 1 ? 'flow' : 'flows'}`;
  if (remapping.flows === 0) {
    return moved > 0 ? `${counted(moved)} moved` : 'no flow was there before and after, so what moved can’t be told';
  }
  const seen = `${remapping.moved} of ${counted(remapping.flows)} from before and after moved`;
  const percent = Math.round(100 * (remapping.expectedMovedShare ?? 0));
  if (remapping.kind === 'modulo')
    return `${seen}, as with a hash divided by the number of ports (${percent} % expected)`;
  if (remapping.kind === 'buckets') {
    return `${seen}, none of them between ports that stayed: as with a table of buckets or resilient hashing, for a hash divided by the number of ports moves ${percent} %`;
  }
  const isTelling = remapping.expectedMovedShare !== null && remapping.movedBetweenStaying > 0;
  return isTelling ? `${seen} (${percent} % if the hash is divided by the number of ports)` : seen;
}
