import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FIELD_ORDER,
  fieldBits,
  JOIN_SUM_FRAMES,
  JOIN_SUM_OCTETS,
  JOIN_UNORDERED,
  type Joins,
  MARK_ONE_PORT,
  MARK_TALKS,
  MARK_TCP,
  MARKED,
} from '../../src/engine/joins.js';
import { type DirectionIndex, EGRESS, INGRESS, type Pass } from '../../src/engine/pass.js';
import { buildRows } from '../../src/flows/build-rows.js';
import { joinConnections, severalConnections } from '../../src/flows/connections.js';
import { findEpochs } from '../../src/flows/epochs.js';
import { judgeFlows } from '../../src/flows/judge-flows.js';
import { memberPorts } from '../../src/flows/members.js';
import { peersOf } from '../../src/flows/peers.js';
import { findStation } from '../../src/flows/station.js';
import { SHOWN_FIELDS } from '../../src/inference/fields/components.js';
import { inferHash } from '../../src/inference/infer.js';
import { luckRows } from '../../src/inference/luck.js';
import { readLacp } from '../../src/lacp/report.js';
import { seeded } from '../../src/stats/random.js';
import { passOf } from '../helpers/engine-pass.js';
import { type FrameOptions, frame, pcap, rawFrame } from '../helpers/frames.js';
import { referenceJoins } from '../helpers/reference-joins.js';

const ALL = (1 << FIELD_ORDER.length) - 1;
const SERVER = '0a';

/** Headers from few values each, so that flows agree in some fields and differ in others; tunnels, ESP and ARP among them. */
function someFrame(draw: (below: number) => number, spread: number): Uint8Array {
  const toServer = draw(2) === 0;
  const client = 16 + draw(Math.min(spread, 200));
  const ends = toServer ? { src: hex(client), dst: SERVER } : { src: SERVER, dst: hex(client) };
  const kind = draw(12);
  if (kind === 0) return rawFrame(0x0806, Uint8Array.of(0, draw(2)), ends);
  const six = draw(4) === 0;
  const address = (of: number) => (six ? hex(of) : `10.0.${of >> 8}.${of & 255}`);
  const [here, there] = [address(1), address(2 + draw(spread))];
  const port = 40_000 + draw(spread);
  const options: FrameOptions = {
    ...ends,
    ip: six ? 6 : 4,
    srcIp: toServer ? there : here,
    dstIp: toServer ? here : there,
    srcPort: toServer ? port : 80,
    dstPort: toServer ? 80 : port,
    vlans: [[], [], [0], [7]][draw(4)]!,
    protocol: draw(4) === 0 ? 'udp' : 'tcp',
    payload: draw(3) * 10,
  };
  if (kind === 1)
    return withPayload(
      frame({ ...options, protocol: 50, payload: 8 }),
      Uint8Array.of(0, 0, 0, 1 + draw(3), 0, 0, 0, 1),
    );
  if (kind === 2) {
    const inner = frame({ ...options, ip: 4, srcIp: `10.9.0.${draw(3)}`, dstIp: '10.9.1.1', vlans: [] }).subarray(14);
    return withPayload(frame({ ...options, protocol: 4, payload: inner.length }), inner);
  }
  return frame(options);
}

const hex = (n: number) => n.toString(16).padStart(2, '0');

function withPayload(bytes: Uint8Array, payload: Uint8Array): Uint8Array {
  bytes.set(payload, bytes.length - payload.length);
  return bytes;
}

function passOfFrames(frames: readonly Uint8Array[]): Promise<Pass> {
  const captured = frames.map((bytes, i) => ({ ns: 1_000_000_000n + BigInt(i) * 1000n, bytes }));
  return passOf({ p0: pcap(captured) }, { localMacs: [0x02000000000a], maxFlows: Math.max(4096, frames.length) });
}

function answers(joins: Joins, fields: readonly number[], marks: Uint8Array) {
  const groupsOf = (asked: number) => {
    joins.mark((all) => all.set(marks));
    const groups = joins.groups(asked);
    const found = Array.from({ length: groups.count }, (_, g) => [
      groups.first(g),
      groups.flows(g),
      groups.ports(g),
      groups.sum(g),
    ]);
    if ((asked & JOIN_SUM_OCTETS) === 0) return { found };
    const listed = [...found.keys()].filter((group) => group % 3 === 0).slice(0, 100);
    const loadOf = joins.label(listed);
    const loads = Array.from({ length: listed.length + 1 }, (_, label) => loadOf(label, 0));
    return { found, labels: [...joins.marks], loads };
  };
  const groups = fields.map(groupsOf);
  joins.mark((all) => all.set(marks));
  const connections = joins.connections();
  joins.mark((all) => all.set(marks));
  const pairs = joins.pairs(ALL);
  joins.mark((all) => all.set(marks));
  const sorted = (listed: readonly number[]) => [...listed].sort((a, b) => a - b);
  const first = [1, 7, marks.length].flatMap((most) => [
    sorted(joins.first({ by: 'source' }, most)),
    sorted(joins.first({ by: 'number' }, most)),
    ...([INGRESS, EGRESS] as const).map((direction) => sorted(joins.first({ by: 'octets', direction }, most))),
  ]);
  return { groups, connections, pairs, first, sums: joins.sums() };
}

function compare(pass: Pass, draw: (below: number) => number, questions: number) {
  const marks = Uint8Array.from({ length: pass.flows.count }, () =>
    draw(5) === 0
      ? 0
      : MARKED | draw(4) | (draw(4) === 0 ? 0 : MARK_ONE_PORT) | (draw(2) ? MARK_TALKS : 0) | (draw(3) ? MARK_TCP : 0),
  );
  const fields = Array.from({ length: questions }, () => draw(ALL + 1) | (draw(3) ? JOIN_SUM_OCTETS : JOIN_SUM_FRAMES));
  const ends = fieldBits('ip.src', 'ip.dst', 'ip.proto', 'l4.srcport', 'l4.dstport') | JOIN_UNORDERED;
  const asked = [...fields, ends | JOIN_SUM_OCTETS, fieldBits('eth.src') | JOIN_SUM_OCTETS, JOIN_SUM_OCTETS];
  expect(answers(pass.joins, asked, marks)).toEqual(
    answers(referenceJoins(pass.flows, pass.flows, pass.ports.length), asked, marks),
  );
}

/** All that asks such questions. */
function conclusions(pass: Pass) {
  const station = findStation(pass);
  const lacp = readLacp(pass, station);
  const verdicts = judgeFlows(pass);
  const ofDirection = (direction: DirectionIndex) => {
    const members = memberPorts(pass, direction, lacp, []);
    const rows = buildRows(pass, direction, findEpochs(pass, direction, members, lacp, verdicts), verdicts);
    const { fields, cells, rows: flows } = inferHash(rows)!;
    return {
      counts: rows.whole.portCounts,
      fields,
      cells,
      flows,
      luck: luckRows(rows, ['ip.src', 'l4.srcport']),
      peers: peersOf(pass, direction),
    };
  };
  return {
    station,
    connections: joinConnections(pass),
    several: severalConnections(pass),
    ingress: ofDirection(INGRESS),
    egress: ofDirection(EGRESS),
  };
}

describe('questions about all flows', () => {
  it('are answered as from the definitions', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.integer({ min: 1, max: 300 }),
        fc.constantFrom(1, 3, 12),
        async (seed, frames, spread) => {
          const { below } = seeded(seed);
          compare(await passOfFrames(Array.from({ length: frames }, () => someFrame(below, spread))), below, 4);
        },
      ),
      { numRuns: Number(process.env.LACPSCOPE_PROPERTY_RUNS ?? 60) },
    );
  });

  it('are answered for many flows', async () => {
    const { below } = seeded(99);
    const pass = await passOfFrames(Array.from({ length: 20_000 }, () => someFrame(below, 400)));
    expect(pass.flows.count).toBeGreaterThan(15_000);
    compare(pass, below, 1);
  });

  it('lead to the same conclusions on many flows', async () => {
    const { below } = seeded(7);
    const frames = Array.from({ length: 12_000 }, () => someFrame(below, 300));
    const half = (of: number) =>
      pcap(frames.flatMap((bytes, i) => (i % 2 === of ? [{ ns: BigInt(i) * 1000n, bytes }] : [])));
    const pass = await passOf({ p0: half(0), p1: half(1) }, { localMacs: [0x02000000000a], maxFlows: 20_000 });
    expect(pass.flows.count).toBeGreaterThan(9_000);
    expect(conclusions(pass)).toEqual(
      conclusions({ ...pass, joins: referenceJoins(pass.flows, pass.flows, pass.ports.length) }),
    );
  });

  it('need as much room as there are rows, whatever varies alone', async () => {
    const { below } = seeded(5);
    const grid = Array.from({ length: 4096 }, (_, i) =>
      frame({ srcIp: `10.0.0.${i & 15}`, dstIp: `10.0.1.${(i >> 4) & 15}`, srcPort: 1 + ((i >> 8) & 15) }),
    );
    const pass = await passOfFrames(grid);
    expect(pass.flows.count).toBe(4096);
    compare(pass, below, 1);
  });

  it('know the fields in the order of the analysis', () => {
    expect(FIELD_ORDER).toEqual(SHOWN_FIELDS);
  });
});
