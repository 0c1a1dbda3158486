/** Who talks over which port: the matrix of clients and links, and the largest flows. */

import { ipText, macText } from '../control/addresses.js';
import type { Direction } from '../document/schema.js';
import { fieldBits, JOIN_SUM_OCTETS, type LabelLoad, MARKED } from '../engine/joins.js';
import { type DirectionIndex, EGRESS, NOT_FOLLOWED, type Pass } from '../engine/pass.js';
import { firstInOrder } from '../stats/first-in-order.js';
import { flowDocument } from './flow-name.js';
import { homePort, isCounted, isUnicast, portCounts } from './port-counts.js';

type Evidence = Pick<Pass, 'ports' | 'flows' | 'movers' | 'joins'>;
type Peer = Direction['peers'][number];
type TopFlow = Direction['topFlows'][number];

const PEERS_LISTED = 64;

/** The far ends of unicast flows by MAC and IP address, most octets first; those beyond 64 are one row without address. */
export function peersOf(pass: Evidence, direction: DirectionIndex): Peer[] {
  const { flows, joins } = pass;
  const isEgress = direction === EGRESS;
  joins.markFlows({ of: 'unicast', direction }, (flow) =>
    flows.direction(flow) === direction && isUnicast(flows, flow) ? MARKED : 0,
  );
  const ends = isEgress ? fieldBits('eth.dst', 'ip.dst') : fieldBits('eth.src', 'ip.src');
  const groups = joins.groups(ends | JOIN_SUM_OCTETS);
  const nameOf = (peer: number) => {
    const flow = groups.first(peer);
    const mac = isEgress ? flows.dstMac(flow) : flows.srcMac(flow);
    return { mac: mac === 0 ? null : macText(mac), ip: ipText(isEgress ? flows.dstIp(flow) : flows.srcIp(flow)) };
  };
  const text = ({ mac, ip }: ReturnType<typeof nameOf>) => `${mac} ${ip}`;
  const listed = firstInOrder(
    numbersBelow(groups.count),
    PEERS_LISTED,
    (a, b) => groups.sum(b) - groups.sum(a) || compare(text(nameOf(a)), text(nameOf(b))),
  );
  const names = listed.map(nameOf);
  const others = groups.count > listed.length;
  const loads = loadsByLabel(pass, joins.label(listed), listed.length + 1);
  const rows = names.map((name, i): Peer => ({ ...name, ...loads.of(i + 1) }));
  if (others) rows.push({ mac: null, ip: null, ...loads.of(0) });
  return rows;
}

/** What the flows of each label have on each port. Label 0 is all that have none of their own. */
function loadsByLabel(pass: Evidence, onOnePort: (label: number, port: number) => LabelLoad, labels: number) {
  const { flows, movers } = pass;
  const { marks } = pass.joins;
  const ports = pass.ports.length;
  const isUsed = new Uint8Array(labels * ports);
  const counted = new Uint32Array(labels * ports);
  const frames = new Float64Array(labels * ports);
  const octets = new Float64Array(labels * ports);
  for (let at = 0; at < labels * ports; at++) {
    const load = onOnePort(Math.floor(at / ports), at % ports);
    isUsed[at] = load.isUsed ? 1 : 0;
    counted[at] = load.flows;
    frames[at] = load.frames;
    octets[at] = load.octets;
  }
  for (let mover = 0; mover < movers.count; mover++) {
    const flow = movers.flow(mover);
    if (marks[flow] === 0) continue;
    const first = (marks[flow] - MARKED) * ports;
    if (isCounted(flows, flow)) counted[first + homePort(pass, flow)]++;
    for (let port = 0; port < ports; port++) {
      const n =
        movers.wholeFrames(mover, port) +
        movers.firstFragments(mover, port) +
        movers.laterFragments(mover, port) +
        movers.duplicates(mover, port);
      if (n === 0) continue;
      isUsed[first + port] = 1;
      frames[first + port] += n;
      octets[first + port] += movers.octets(mover, port) + movers.duplicateOctets(mover, port);
    }
  }
  return {
    of(label: number): Pick<Peer, 'flows' | 'ports'> {
      const own = pass.ports.flatMap((port, i) => {
        const at = label * ports + i;
        return isUsed[at] === 1 ? [{ port, flows: counted[at], frames: frames[at], octets: octets[at] }] : [];
      });
      return { flows: own.reduce((sum, port) => sum + port.flows, 0), ports: own };
    },
  };
}

function* numbersBelow(end: number): Iterable<number> {
  for (let n = 0; n < end; n++) yield n;
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** The `listed` flows with most octets, ties in order of first frame. */
export function topFlowsOf(
  pass: Evidence,
  direction: DirectionIndex,
  directionOctets: number,
  listed: number,
): TopFlow[] {
  const { flows } = pass;
  const most = pass.joins.first({ by: 'octets', direction }, listed);
  return most
    .sort((a, b) => flows.octets(b) - flows.octets(a) || a - b)
    .map((flow) => ({
      flow: flowDocument(flows, flow),
      port: pass.ports[homePort(pass, flow)],
      onPorts:
        flows.mover(flow) === NOT_FOLLOWED ? 2 : portCounts(pass, flow).filter(({ frames }) => frames > 0).length,
      frames: flows.frames(flow),
      octets: flows.octets(flow),
      share: directionOctets > 0 ? Math.min(1, flows.octets(flow) / directionOctets) : 0,
    }));
}
