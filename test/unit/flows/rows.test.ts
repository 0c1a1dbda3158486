import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ipText, macText } from '../../../src/control/addresses.js';
import { type DirectionIndex, EGRESS, INGRESS, type Pass } from '../../../src/engine/pass.js';
import { buildRows } from '../../../src/flows/build-rows.js';
import { findCopies } from '../../../src/flows/copies.js';
import { type Epoch, findEpochs } from '../../../src/flows/epochs.js';
import { judgeFlows } from '../../../src/flows/judge-flows.js';
import { memberPorts } from '../../../src/flows/members.js';
import type { HashRow } from '../../../src/flows/rows.js';
import { readLacp } from '../../../src/lacp/report.js';
import { labCaptures, labPass, sharedFolder } from '../../helpers/lab-captures.js';
import { lacpFrame, party } from '../../helpers/lacp-frames.js';
import { buildPass, CLIENT, type FlowSpec, SECOND, SERVER } from '../../helpers/pass-builder.js';

function understand(pass: Pass, direction: DirectionIndex, macs: ReadonlySet<number> = new Set([SERVER])) {
  const lacp = readLacp(pass, { macs });
  const copies = findCopies(pass);
  const verdicts = judgeFlows(pass, copies);
  const members = memberPorts(pass, direction, lacp, copies);
  const epochs = findEpochs(pass, direction, members, lacp, verdicts);
  return { lacp, members, epochs, rows: buildRows(pass, direction, epochs, verdicts, copies) };
}

const epoch = (startNs: number, endNs: number, ports: number[]): Epoch => ({
  startNs,
  endNs,
  ports,
  kind: 'start',
  reason: '',
  movedFlows: [],
  remapping: null,
});
const ofFlows = (flows: FlowSpec[]) => understand(buildPass({ flows }), INGRESS).rows;

describe('buildRows', () => {
  it('makes one row of a flow, with the headers that a hash could read', () => {
    const inner = { srcIp: '10.0.0.1', dstIp: '10.0.0.2', ipProto: 6, srcPort: 1, dstPort: 2 };
    const { rows, epochs, egress, portsSeen } = ofFlows([{ port: 2, ipProto: 47, vlan: 10, inner, frames: 12 }]);
    expect(epochs).toEqual([{ startNs: 0, endNs: 10 * SECOND, ports: [0, 1, 2, 3] }]);
    expect([egress, portsSeen]).toEqual([false, true]);
    expect(rows).toMatchObject([
      { kind: 0, epoch: 0, port: 2, vlan: 10, protocol: 47, frames: 12, flow: 0, stray: false },
    ]);
    expect(rows[0].inner).toMatchObject({ protocol: 6, srcPort: 1, dstPort: 2, srcIp: Uint8Array.from([10, 0, 0, 1]) });
  });

  it('leaves out groups, ping-pong and flows that were not followed', () => {
    const runs = Array.from({ length: 100 }, (_, i) => ({ port: i % 2, frames: 1, firstNs: i * 1e6, lastNs: i * 1e6 }));
    const mover = { runs, pairs: 98, holes: 98, committedSwitches: 99, mixedFrames: 100 };
    expect(ofFlows([{ mover }, { dstMac: 0x01005e000001 }]).rows).toEqual([]);
    const pass = buildPass({ flows: [{ frames: 100, notFollowed: true }] });
    expect(understand(pass, INGRESS).rows.rows).toEqual([]);
  });

  it('needs one port with more than half of the whole datagrams', () => {
    const runs = [0, 1].map((port) => ({ port, frames: 3, firstNs: port * SECOND, lastNs: port * SECOND }));
    expect(ofFlows([{ mover: { runs } }]).rows).toEqual([]);
    expect(ofFlows([{ frames: 8, wholeFrames: 0, laterFragments: 8 }]).rows).toEqual([]);
  });

  it('merges ICMP and frames without IP, and only between MACs that exchange flows', () => {
    const stray: FlowSpec = { srcMac: CLIENT + 9, ipProto: 1, id: 1 };
    const { rows } = ofFlows([
      { srcPort: 1 },
      { ipProto: 1, id: (8 << 16) | 1, port: 1, frames: 4 },
      { ipProto: 1, id: (8 << 16) | 2, port: 1, frames: 4 },
      { srcIp: null, dstIp: null, port: 3, frames: 2 },
      stray,
    ]);
    expect(rows.map(({ kind, port, frames, flow }) => [kind, port, frames, flow])).toEqual([
      [0, 0, 10, 0],
      [1, 1, 8, null],
      [2, 3, 2, null],
    ]);
  });

  it('leaves out supplementary frames that use several ports', () => {
    const { rows } = ofFlows([
      { srcPort: 1 },
      { ipProto: 1, id: (8 << 16) | 1, port: 1, frames: 8 },
      { ipProto: 1, id: (8 << 16) | 2, port: 2, frames: 2 },
    ]);
    expect(rows.map(({ kind }) => kind)).toEqual([0]);
  });

  it('gives a pinned flow a row only in epochs that it certainly has a frame in', () => {
    const epochs = [
      epoch(0, 3 * SECOND, [0, 1]),
      epoch(3 * SECOND, 7 * SECOND, [0]),
      epoch(7 * SECOND, 10 * SECOND, [0, 1]),
    ];
    const epochsOf = (flow: FlowSpec) => {
      const pass = buildPass({ flows: [flow] });
      return buildRows(pass, INGRESS, epochs, judgeFlows(pass)).rows.map((row) => row.epoch);
    };
    expect(epochsOf({ firstNs: 0, lastNs: 10 * SECOND, gapBins: [0, 0, 0, 0, 0, 9, 0] })).toEqual([0, 1, 2]);
    expect(epochsOf({ firstNs: 0, lastNs: 10 * SECOND, gapBins: [0, 0, 0, 0, 0, 8, 1] })).toEqual([0, 2]);
    expect(epochsOf({ firstNs: 4 * SECOND, lastNs: 5 * SECOND })).toEqual([1]);
    expect(epochsOf({ firstNs: 4 * SECOND, lastNs: 5 * SECOND, port: 1 })).toEqual([]); // a port that was out
  });

  it('gives a moved flow the port of each epoch', () => {
    const runs = [
      { port: 1, frames: 40, firstNs: 0, lastNs: 3 * SECOND },
      { port: 0, frames: 60, firstNs: 3.1 * SECOND, lastNs: 9 * SECOND },
    ];
    const pass = buildPass({ flows: [{ mover: { runs, committedSwitches: 1 } }] });
    const epochs = [epoch(0, 3.05 * SECOND, [0, 1]), epoch(3.05 * SECOND, 10 * SECOND, [0])];
    const { rows } = buildRows(pass, INGRESS, epochs, judgeFlows(pass));
    expect(rows.map((row) => [row.epoch, row.port, row.frames])).toEqual([
      [0, 1, 40],
      [1, 0, 60],
    ]);
  });

  it('says when port numbers were cut off', () => {
    const cut: FlowSpec = { hasPorts: false, truncated: 5 };
    expect(ofFlows([...Array(19).fill({}), cut]).portsSeen).toBe(true);
    expect(ofFlows([...Array(18).fill({}), cut]).portsSeen).toBe(false);
  });
});

describe('memberPorts', () => {
  it('takes all inputs where LACP says nothing, idle ones too', () => {
    expect(understand(buildPass({ flows: [{ port: 2 }] }), INGRESS).members).toMatchObject({
      ports: [0, 1, 2, 3],
      basis: 'given',
    });
  });
});

describe('memberPorts with LACP', () => {
  const pdus = (port: number, system: number, state = 0x3f) =>
    lacpFrame({
      source: system,
      actor: party({ system, port: port + 1, state }),
      partner: party({ system: SERVER, port: port + 1, state }),
      port,
    });
  const [SWITCH, OTHER] = [0x001c73861001, 0x001c73861101];
  const flows = [0, 1, 2, 3].map((port): FlowSpec => ({ port, srcPort: port }));

  it('leaves out a port of another aggregate even if it carries', () => {
    const control = [pdus(0, SWITCH), pdus(1, SWITCH), pdus(2, SWITCH), pdus(3, OTHER)];
    const { members } = understand(buildPass({ flows, control }), INGRESS);
    expect(members).toEqual({ ports: [0, 1, 2], basis: 'announced', excluded: [{ port: 3, why: 'other-aggregate' }] });
  });

  it('counts idle ports that were announced, and carrying ones that were not', () => {
    const control = [pdus(0, SWITCH), pdus(1, SWITCH), pdus(2, SWITCH, 0x0f)];
    const ports = (carrying: number[]) =>
      understand(buildPass({ flows: carrying.map((port) => flows[port]), control }), INGRESS).members.ports;
    expect(ports([0])).toEqual([0, 1]);
    expect(ports([0, 2, 3])).toEqual([0, 1, 2, 3]);
  });

  it('leaves out a port without LACPDUs that has another address at its centre', () => {
    const control = [pdus(0, SWITCH), pdus(1, SWITCH), pdus(2, SWITCH)];
    const excluded = (dstMac: number) => {
      const from = (port: number, to: number) =>
        [1, 2, 3].map(
          (client): FlowSpec => ({ port, srcPort: 10 * port + client, srcMac: client, dstMac: to, frames: 20 }),
        );
      const all = [...[0, 1, 2].flatMap((port) => from(port, SERVER)), ...from(3, dstMac)];
      return understand(buildPass({ flows: all, control }), INGRESS).members.excluded;
    };
    expect(excluded(0x72)).toEqual([{ port: 3, why: 'other-network' }]);
    expect(excluded(SERVER)).toEqual([]); // a filter took its LACPDUs
  });

  it('goes by the aggregate where only the other end was captured', () => {
    const control = [pdus(0, SWITCH), pdus(1, SWITCH)];
    const { members } = understand(
      buildPass({ flows: [{ direction: EGRESS, srcMac: SERVER, port: 0 }], control }),
      EGRESS,
    );
    expect(members).toMatchObject({ ports: [0, 1], basis: 'aggregate' });
  });
});

describe.skipIf(!sharedFolder)('K of real captures (needs LACPSCOPE_SHARED)', () => {
  it.each(labCaptures())('$name', ({ name, truth }) => {
    const { pass, station } = labPass(name);
    for (const [direction, side] of [
      [INGRESS, 'ingress'],
      [EGRESS, 'egress'],
    ] as const) {
      const { ports } = understand(pass, direction, station.macs).members;
      expect(ports.map((port) => pass.ports[port])).toEqual(truth.directions[side].activePorts);
    }
  });
});

interface RowVector {
  readonly capture: string;
  readonly direction: 'ingress' | 'egress';
  readonly epochs: { readonly start: number; readonly end: number; readonly ports: string[] }[];
  readonly rows: unknown[][];
}

const vectors: RowVector[] = sharedFolder
  ? JSON.parse(readFileSync(join(sharedFolder, 'design/inference-vectors.json'), 'utf8')).realCaptures
  : [];

function asVector(row: HashRow): string {
  const mac = (value: number) => macText(value).replaceAll(':', '');
  const { inner } = row;
  return JSON.stringify([
    mac(row.srcMac),
    mac(row.dstMac),
    row.etherType,
    row.vlan,
    row.kind === 2 ? null : ipText(row.srcIp),
    row.kind === 2 ? null : ipText(row.dstIp),
    row.protocol,
    row.srcPort,
    row.dstPort,
    row.flowLabel,
    inner && [ipText(inner.srcIp), ipText(inner.dstIp), inner.protocol, inner.srcPort, inner.dstPort],
    row.kind,
    row.epoch,
    row.port,
  ]);
}

describe.skipIf(vectors.length === 0)('rows and epochs of the specification (needs LACPSCOPE_SHARED)', () => {
  it.each(vectors)('$capture $direction', ({ capture, direction, epochs: expected, rows: theirs }) => {
    const { pass, station } = labPass(capture);
    const { epochs, rows } = understand(pass, direction === 'ingress' ? INGRESS : EGRESS, station.macs);
    expect(epochs.map(({ ports }) => ports.map((port) => pass.ports[port]))).toEqual(
      expected.map(({ ports }) => ports),
    );
    for (const [i, { startNs, endNs }] of epochs.entries()) {
      expect(Math.abs(startNs / SECOND - expected[i].start)).toBeLessThan(0.1);
      expect(Math.abs(endNs / SECOND - expected[i].end)).toBeLessThan(0.1);
    }
    const ours = rows.rows.map(asVector);
    const wanted = theirs.map((row) => JSON.stringify(row));
    const wrong = ours.filter((row) => !wanted.includes(row));
    const missing = wanted.filter((row) => !ours.includes(row));
    expect(wrong).toEqual([]);
    // A flow on one port through several epochs: only its first and last frame and the largest gap are known.
    if (expected.length === 1) expect(missing).toEqual([]);
    else expect(missing.length).toBeLessThan(0.02 * wanted.length);
  });
});

/** Table F.1 of inference.md: main and supplementary rows over all epochs, and K per epoch where it is not one K. */
const ROWS: Record<string, { readonly ingress: number; readonly egress: number; readonly K: number[] }> = {
  'dup-capture': { ingress: 124, egress: 122, K: [4] },
  'e34-tunnels': { ingress: 398, egress: 393, K: [4] },
  'l2-l34-4p': { ingress: 258, egress: 258, K: [4] },
  'l23-manyips': { ingress: 486, egress: 435, K: [4] },
  'l34-fragments': { ingress: 167, egress: 164, K: [4] },
  'l34-l34-4p-nano': { ingress: 172, egress: 172, K: [4] },
  'l34-offload': { ingress: 166, egress: 167, K: [4] },
  'linkfail-l34': { ingress: 597, egress: 597, K: [4, 3, 4] },
  'miscabled-port': { ingress: 397, egress: 400, K: [3] },
  'ovs-tcp-tcp': { ingress: 247, egress: 233, K: [4] },
  'router-l2-l34': { ingress: 243, egress: 241, K: [4] },
  'rr-pingpong': { ingress: 5, egress: 87, K: [4] },
  'sf-l23-four-clients': { ingress: 28, egress: 28, K: [4] },
  'team-lacp-l3-3p': { ingress: 272, egress: 272, K: [3] },
  'vlan-l34-l23': { ingress: 256, egress: 256, K: [4] },
};

describe.skipIf(!sharedFolder)('rows of all real captures (needs LACPSCOPE_SHARED)', () => {
  it.each(labCaptures())('$name', ({ name }) => {
    const { pass, station } = labPass(name);
    for (const [direction, side] of [
      [INGRESS, 'ingress'],
      [EGRESS, 'egress'],
    ] as const) {
      const { epochs, rows } = understand(pass, direction, station.macs);
      expect([side, epochs.map(({ ports }) => ports.length), rows.rows.length]).toEqual([
        side,
        ROWS[name].K,
        ROWS[name][side],
      ]);
    }
  });
});
