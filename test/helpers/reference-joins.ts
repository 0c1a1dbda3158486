/** The questions about all flows, answered from their definitions: with text for keys, and slowly. Shares no code with the engine. */

import {
  type Connections,
  FIELD_ORDER,
  type Groups,
  JOIN_SUM_FRAMES,
  JOIN_SUM_OCTETS,
  JOIN_UNORDERED,
  type Joins,
  type LabelLoad,
  MARK_ONE_PORT,
  MARK_PORT,
  MARK_TALKS,
  MARK_TCP,
  MARK_TELLING,
  MARKED,
  type PairsOfFlows,
} from '../../src/engine/joins.js';
import { EGRESS, type FlowTable } from '../../src/engine/pass.js';
import { isCounted } from '../../src/flows/port-counts.js';
import { rankOfFlow, rankOfSource } from '../../src/flows/sample.js';
import { sumUp } from './reference-sums.js';

interface Group {
  readonly key: string;
  readonly flows: number[];
}

type Headers = Pick<
  FlowTable,
  | 'count'
  | 'srcMac'
  | 'dstMac'
  | 'etherType'
  | 'vlan'
  | 'srcIp'
  | 'dstIp'
  | 'ipProto'
  | 'srcPort'
  | 'dstPort'
  | 'flowLabel'
  | 'hasInner'
  | 'innerSrcIp'
  | 'innerDstIp'
  | 'innerIpProto'
  | 'innerSrcPort'
  | 'innerDstPort'
  | 'direction'
  | 'frames'
  | 'octets'
>;

/** @param all the same flows with all there is to know of them: for the questions that need more than headers */
export function referenceJoins(flows: Headers, all: FlowTable | null = null, ports = 16): Joins {
  const whole = (): FlowTable => {
    if (all === null) throw new Error('asked for more than headers');
    return all;
  };
  const marks = new Uint8Array(flows.count);
  let listed: Group[] = [];

  const marked = (mark: number) => [...marks.keys()].filter((flow) => (marks[flow] & mark) === mark);

  function groupsOf(members: readonly number[], keyOf: (flow: number) => string): Group[] {
    const found = new Map<string, Group>();
    for (const flow of members) {
      const key = keyOf(flow);
      const group = found.get(key) ?? { key, flows: [] };
      found.set(key, group);
      group.flows.push(flow);
    }
    return [...found.values()];
  }

  const valuesOf = (flow: number, fields: number) =>
    FIELD_ORDER.flatMap((name, field) => ((fields >> field) & 1 ? [`${name}=${fieldText(flows, flow, name)}`] : []));

  function unordered(flow: number): string {
    const ends = [`${flows.srcIp(flow)} ${flows.srcPort(flow)}`, `${flows.dstIp(flow)} ${flows.dstPort(flow)}`].sort();
    return `${ends} ${flows.ipProto(flow)}`;
  }

  return {
    marks,
    mark(write) {
      write(marks);
    },

    markFlows(_, markOf) {
      for (let flow = 0; flow < flows.count; flow++) marks[flow] = markOf(flow);
    },

    tally() {
      const byMark = new Uint32Array(256);
      for (const mark of marks) byMark[mark]++;
      return byMark;
    },

    groups(fields): Groups {
      const members = marked(MARKED);
      listed = groupsOf(members, fields & JOIN_UNORDERED ? unordered : (flow) => valuesOf(flow, fields).join());
      const weight = (flow: number) =>
        fields & JOIN_SUM_FRAMES ? flows.frames(flow) : fields & JOIN_SUM_OCTETS ? flows.octets(flow) : 0;
      const all = listed;
      return {
        count: all.length,
        first: (group) => all[group].flows[0],
        flows: (group) => all[group].flows.length,
        ports: (group) => all[group].flows.reduce((ports, flow) => ports | (1 << (marks[flow] & MARK_PORT)), 0),
        sum: (group) => all[group].flows.reduce((sum, flow) => sum + weight(flow), 0),
      };
    },

    label(groups) {
      for (const [group, { flows: members }] of listed.entries()) {
        for (const flow of members) marks[flow] = MARKED + groups.indexOf(group) + 1;
      }
      return (label, port): LabelLoad => {
        const own = marked(MARKED).filter(
          (flow) => marks[flow] === MARKED + label && whole().mover(flow) < 0 && whole().port(flow) === port,
        );
        const sum = (of: (flow: number) => number) => own.reduce((total, flow) => total + of(flow), 0);
        return {
          isUsed: own.length > 0,
          flows: own.filter((flow) => isCounted(whole(), flow)).length,
          frames: sum((flow) => flows.frames(flow)),
          octets: sum((flow) => flows.octets(flow)),
        };
      };
    },

    pairs(fields): PairsOfFlows[] {
      const telling = marked(MARKED | MARK_TELLING);
      return FIELD_ORDER.map((name, field) => {
        const examples: { a: number; b: number }[] = [];
        let [differing, moved] = [0, 0];
        for (const group of groupsOf(telling, (flow) => valuesOf(flow, fields & ~(1 << field)).join())) {
          const [first] = group.flows;
          const seen = new Set([fieldText(flows, first, name)]);
          for (const flow of group.flows) {
            const value = fieldText(flows, flow, name);
            if (seen.has(value)) continue;
            seen.add(value);
            differing++;
            if ((marks[flow] & MARK_PORT) === (marks[first] & MARK_PORT)) continue;
            moved++;
            examples.push({ a: first, b: flow });
          }
        }
        return { differing, moved, examples: examples.sort((x, y) => x.b - y.b).slice(0, 3) };
      });
    },

    connections(): Connections {
      const towards = (flow: number) => {
        const src = `${flows.srcIp(flow)} ${flows.srcPort(flow)}`;
        const dst = `${flows.dstIp(flow)} ${flows.dstPort(flow)}`;
        const ends = flows.direction(flow) === EGRESS ? [dst, src] : [src, dst];
        return `${ends} ${flows.ipProto(flow)} ${flows.vlan(flow)}`;
      };
      const splits: { flow: number; out: number }[] = [];
      let [biflows, answered, oneSided] = [0, 0, 0];
      for (const group of groupsOf(marked(MARKED), towards)) {
        const tcp = group.flows.filter((flow) => marks[flow] & MARK_TCP);
        answered += Math.max(0, tcp.length - 1);
        if (tcp.length === 1 && marks[tcp[0]] & MARK_TALKS) oneSided++;
        const onePort = group.flows.filter((flow) => marks[flow] & MARK_ONE_PORT);
        const answer = onePort.filter((flow) => flows.direction(flow) === EGRESS).at(-1);
        if (answer === undefined) continue;
        const out = marks[answer] & MARK_PORT;
        for (const flow of onePort.filter((one) => flows.direction(one) !== EGRESS)) {
          biflows++;
          if ((marks[flow] & MARK_PORT) !== out) splits.push({ flow, out });
        }
      }
      const examples = splits.sort((a, b) => a.flow - b.flow).slice(0, 10);
      const conversations = (protocol: number) =>
        groupsOf(
          [...marks.keys()].filter((flow) => whole().hasPorts(flow) === 1 && flows.ipProto(flow) === protocol),
          unordered,
        ).length;
      return {
        biflows,
        split: splits.length,
        examples,
        answered,
        oneSided,
        conversations: { tcp: conversations(6), udp: conversations(17) },
      };
    },

    first(order, most) {
      const rankOf = (flow: number) => {
        if (order.by === 'octets') return -flows.octets(flow);
        return order.by === 'number' ? rankOfFlow(flow) : rankOfSource(whole().srcIp32(flow));
      };
      const takesPart = (flow: number) =>
        order.by === 'octets' ? flows.direction(flow) === order.direction : (marks[flow] & MARKED) !== 0;
      return [...marks.keys()]
        .filter(takesPart)
        .sort((a, b) => rankOf(a) - rankOf(b) || a - b)
        .slice(0, most);
    },

    sums: () => sumUp(whole(), ports),
  };
}

/** Equal for equal values. */
function fieldText(flows: Headers, flow: number, name: (typeof FIELD_ORDER)[number]): string {
  const inner = (value: () => unknown) => (flows.hasInner(flow) === 1 ? `${value()}` : 'none');
  switch (name) {
    case 'eth.src':
      return `${flows.srcMac(flow)}`;
    case 'eth.dst':
      return `${flows.dstMac(flow)}`;
    case 'eth.type':
      return `${flows.etherType(flow)}`;
    case 'vlan.id':
      return `${Math.max(0, flows.vlan(flow))}`;
    case 'ip.src':
      return `${flows.srcIp(flow)}`;
    case 'ip.dst':
      return `${flows.dstIp(flow)}`;
    case 'ip.proto':
      return `${flows.ipProto(flow)}`;
    case 'l4.srcport':
      return `${flows.srcPort(flow)}`;
    case 'l4.dstport':
      return `${flows.dstPort(flow)}`;
    case 'ipv6.flow':
      return `${flows.flowLabel(flow)}`;
    case 'inner.ip.src':
      return inner(() => flows.innerSrcIp(flow));
    case 'inner.ip.dst':
      return inner(() => flows.innerDstIp(flow));
    case 'inner.ip.proto':
      return inner(() => flows.innerIpProto(flow));
    case 'inner.l4.srcport':
      return inner(() => flows.innerSrcPort(flow));
    default:
      return inner(() => flows.innerDstPort(flow));
  }
}
