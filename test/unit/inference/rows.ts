/** Rows for tests: by hand, and from the reference's vectors. */

import { MARK_TELLING, MARKED } from '../../../src/engine/joins.js';
import { type FlowId, TUNNEL } from '../../../src/engine/pass.js';
import { type HashRow, type HashRows, MAIN, type WholeRows } from '../../../src/flows/rows.js';
import { referenceJoins } from '../../helpers/reference-joins.js';

/** The vectors' names of the fields. */
export const FIELD_OF_VECTOR: Record<string, string> = {
  smac: 'eth.src',
  dmac: 'eth.dst',
  etype: 'eth.type',
  vlan: 'vlan.id',
  sip: 'ip.src',
  dip: 'ip.dst',
  proto: 'ip.proto',
  sport: 'l4.srcport',
  dport: 'l4.dstport',
  flabel: 'ipv6.flow',
};

export function ip(text: string): Uint8Array {
  if (!text.includes(':')) return Uint8Array.from(text.split('.'), Number);
  const [head, tail = ''] = text.split('::');
  const words = (part: string) => (part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16)));
  const front = words(head);
  const back = words(tail);
  const middle = text.includes('::') ? new Array(8 - front.length - back.length).fill(0) : [];
  return Uint8Array.from([...front, ...middle, ...back].flatMap((word) => [word >> 8, word & 255]));
}

export function ipv4(value: number): Uint8Array {
  return Uint8Array.from([value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]);
}

/** One TCP flow of 10.0.0.1 to 10.0.0.2 on port 0, with what differs. */
export function row(changes: Partial<HashRow> = {}): HashRow {
  return {
    kind: MAIN,
    epoch: 0,
    port: 0,
    srcMac: 0x020000000001,
    dstMac: 0x020000000002,
    etherType: 0x0800,
    vlan: 0,
    srcIp: ip('10.0.0.1'),
    dstIp: ip('10.0.0.2'),
    protocol: 6,
    srcPort: 50000,
    dstPort: 5201,
    flowLabel: 0,
    inner: null,
    flow: null,
    frames: 10,
    stray: false,
    ...changes,
  };
}

/** Rows of one epoch on `ports` ports, numbered as flows. */
export function rowsOf(rows: readonly HashRow[], ports: number, changes: Partial<HashRows> = {}): HashRows {
  const indexes = Array.from({ length: ports }, (_, port) => port);
  const numbered = rows.map((r, flow) => ({ ...r, flow: r.flow ?? (flow as FlowId) }));
  const epochs = changes.epochs ?? [{ startNs: 0, endNs: 1e9, ports: indexes }];
  return {
    portNames: indexes.map((port) => `igb${port}`),
    egress: false,
    epochs,
    rows: numbered,
    whole: wholeOf(numbered, epochs),
    portsSeen: true,
    ...changes,
  };
}

export interface VectorFlow {
  readonly smac: string;
  readonly dmac: string;
  readonly etype: number;
  readonly vlan: number;
  readonly sip: number;
  readonly dip: number;
  readonly proto: number;
  readonly sport: number;
  readonly dport: number;
  readonly flabel: number;
  readonly port: number;
}

export function fromVector(flow: VectorFlow): HashRow {
  return row({
    srcMac: Number.parseInt(flow.smac, 16),
    dstMac: Number.parseInt(flow.dmac, 16),
    etherType: flow.etype,
    vlan: flow.vlan,
    srcIp: ipv4(flow.sip),
    dstIp: ipv4(flow.dip),
    protocol: flow.proto,
    srcPort: flow.sport,
    dstPort: flow.dport,
    flowLabel: flow.flabel,
    port: flow.port,
  });
}

export interface RealCapture {
  readonly capture: string;
  readonly direction: 'ingress' | 'egress';
  readonly epochs: { start: number; end: number; ports: string[] }[];
  readonly rows: [
    ...[string, string, number, number, string, string, number, number, number, number],
    [string, string, number, number, number] | null,
    ...[number, number, number],
  ][];
}

export function fromRealCapture({ direction, epochs, rows }: RealCapture): HashRows {
  const portNames = [...new Set(epochs.flatMap((epoch) => epoch.ports))].sort();
  const address = (text: string | null) => (text ? ip(text) : new Uint8Array(0));
  const rowEpochs = epochs.map(({ start, end, ports }) => ({
    startNs: start * 1e9,
    endNs: end * 1e9,
    ports: ports.map((name) => portNames.indexOf(name)),
  }));
  const made = rows.map(
    (r, flow): HashRow => ({
      srcMac: Number.parseInt(r[0], 16),
      dstMac: Number.parseInt(r[1], 16),
      etherType: r[2],
      vlan: r[3],
      srcIp: address(r[4]),
      dstIp: address(r[5]),
      protocol: r[6],
      srcPort: r[7],
      dstPort: r[8],
      flowLabel: r[9],
      inner: r[10] && {
        unnamed: '',
        tunnel: r[6] === 47 ? TUNNEL.gre : TUNNEL.ipInIp, // all that Linux looks into
        srcIp: address(r[10][0]),
        dstIp: address(r[10][1]),
        protocol: r[10][2],
        srcPort: r[10][3],
        dstPort: r[10][4],
      },
      kind: r[11] as HashRow['kind'],
      epoch: r[12],
      port: r[13],
      flow: flow as FlowId,
      frames: 10,
      stray: false,
    }),
  );
  return {
    portNames,
    egress: direction === 'egress',
    epochs: rowEpochs,
    portsSeen: true,
    rows: made,
    whole: wholeOf(made, rowEpochs),
  };
}

/** What the rows say as a whole, from the definitions. The number of a flow is that of its row. */
function wholeOf(rows: readonly HashRow[], epochs: HashRows['epochs']): WholeRows {
  const of = (pick: (row: HashRow) => number) => (flow: number) => pick(rows[flow]);
  const none = new Uint8Array(0);
  const joins = referenceJoins({
    count: rows.length,
    srcMac: of((r) => r.srcMac),
    dstMac: of((r) => r.dstMac),
    etherType: of((r) => r.etherType),
    vlan: of((r) => r.vlan),
    srcIp: (flow) => rows[flow].srcIp,
    dstIp: (flow) => rows[flow].dstIp,
    ipProto: of((r) => r.protocol),
    srcPort: of((r) => r.srcPort),
    dstPort: of((r) => r.dstPort),
    flowLabel: of((r) => r.flowLabel),
    hasInner: of((r) => (r.inner ? 1 : 0)),
    innerSrcIp: (flow) => rows[flow].inner?.srcIp ?? none,
    innerDstIp: (flow) => rows[flow].inner?.dstIp ?? none,
    innerIpProto: of((r) => r.inner?.protocol ?? 0),
    innerSrcPort: of((r) => r.inner?.srcPort ?? 0),
    innerDstPort: of((r) => r.inner?.dstPort ?? 0),
    direction: () => 0,
    frames: of((r) => r.frames),
    octets: () => 0,
  });
  const mark = (epoch: number) =>
    joins.mark((marks) => {
      for (const [i, { kind, epoch: own, port, frames, stray }] of rows.entries()) {
        const telling = frames >= 3 && !stray ? MARK_TELLING : 0;
        marks[i] = kind === MAIN && own === epoch ? MARKED | port | telling : 0;
      }
    });
  return {
    portCounts: epochs.map(({ ports }, epoch) =>
      ports.map((_, port) => rows.filter((r) => r.kind === MAIN && r.epoch === epoch && r.port === port).length),
    ),
    groups(epoch, fields) {
      mark(epoch);
      return joins.groups(fields);
    },
    groupCount(epoch, fields) {
      mark(epoch);
      return joins.groups(fields).count;
    },
    pairs(epoch, fields) {
      mark(epoch);
      return joins.pairs(fields);
    },
    row: (flow) => rows[flow],
  };
}
