import { describe, expect, it } from 'vitest';
import { EGRESS, INGRESS } from '../../../src/engine/pass.js';
import { buildRows } from '../../../src/flows/build-rows.js';
import { findCopies } from '../../../src/flows/copies.js';
import { findEpochs } from '../../../src/flows/epochs.js';
import { judgeFlows } from '../../../src/flows/judge-flows.js';
import { memberPorts } from '../../../src/flows/members.js';
import { findStation } from '../../../src/flows/station.js';
import { readLacp } from '../../../src/lacp/report.js';
import { lacpFrame, party } from '../../helpers/lacp-frames.js';
import { buildPass, CLIENT, type FlowSpec, type MoverSpec, SERVER } from '../../helpers/pass-builder.js';

function understand(flows: readonly FlowSpec[], ports?: readonly string[]) {
  const pass = buildPass({ flows, ...(ports === undefined ? {} : { ports }) });
  const copies = findCopies(pass);
  const verdicts = judgeFlows(pass, copies);
  const lacp = readLacp(pass, { macs: new Set([SERVER]) });
  const members = memberPorts(pass, INGRESS, lacp, copies);
  const epochs = findEpochs(pass, INGRESS, members, lacp, verdicts);
  const { rows, portsSeen } = buildRows(pass, INGRESS, epochs, verdicts, copies);
  return { copies, verdicts, members, rows, portsSeen };
}

/** Many short runs over four ports: several flows in one row look like this. */
const mixed: MoverSpec = {
  runs: Array.from({ length: 100 }, (_, i) => ({ port: (i * 7) % 4, frames: 1, firstNs: i * 1e7, lastNs: i * 1e7 })),
  committedSwitches: 99,
};

describe('flows whose ports were not captured', () => {
  it('are never called ping-pong', () => {
    const { verdicts } = understand([{ hasPorts: false, truncated: 100, mover: mixed }, { mover: mixed }]);
    expect([verdicts.of(0), verdicts.of(1)]).toEqual(['not-judged', 'round-robin']);
  });

  it('are rows of inference only where all of them stay on one port', () => {
    const cut = { hasPorts: false, truncated: 10 };
    expect(understand([{ ...cut, port: 1 }]).rows).toHaveLength(1);
    const split = understand([
      { ...cut, port: 1, srcIp: '192.0.2.21' },
      { ...cut, truncated: 100, mover: mixed },
    ]);
    expect([split.rows, split.portsSeen]).toEqual([[], true]); // what is left out says nothing of the ports of the rest
  });

  it('are in tunnels of which the inner header was not captured', () => {
    const inner = { srcIp: '10.0.0.1', dstIp: '10.0.0.2', ipProto: 6, srcPort: 0, dstPort: 0 };
    const { verdicts, rows } = understand([
      { ipProto: 4, mover: mixed },
      { ipProto: 47, mover: mixed, inner },
      { ipProto: 4, port: 1 },
      { ipProto: 4, port: 1, inner: { ...inner, srcPort: 5, dstPort: 6 } },
    ]);
    expect([0, 1].map((flow) => verdicts.of(flow))).toEqual(['not-judged', 'not-judged']);
    expect(rows.map(({ flow }) => flow)).toEqual([3]);
  });
});

describe('an aggregate captured beside its members', () => {
  const ports = ['bond0', 'igb0', 'igb1', 'igb2'];
  /** The bond's frame came first, so that of the member counts as the copy. */
  const repeated = (member: number, srcPort: number, frames = 30): FlowSpec => ({
    srcPort,
    frames: 2 * frames,
    mover: {
      runs: [{ port: 0, frames, firstNs: 0, lastNs: 1e9 }],
      duplicates: ports.map((_, port) => (port === member ? frames : 0)),
    },
  });

  it('gives each flow to the member that repeats it', () => {
    const { copies, members, rows } = understand([repeated(1, 1), repeated(2, 2), repeated(3, 3)], ports);
    expect(copies).toMatchObject([{ port: 0, of: [1, 2, 3], share: 1 }]);
    expect(members.ports).toEqual([1, 2, 3]);
    expect(rows.map(({ port }) => members.ports[port])).toEqual([1, 2, 3]);
  });

  it('is recognized where a flow is on two members', () => {
    const fragmented: FlowSpec = {
      srcPort: 9,
      frames: 200,
      mover: { runs: [{ port: 0, frames: 100, firstNs: 0, lastNs: 1e9 }], duplicates: [0, 60, 40, 0] },
    };
    const { copies } = understand([fragmented, repeated(3, 3)], ports);
    expect(copies).toMatchObject([{ port: 0, of: [1, 2, 3], share: 1 }]);
  });

  it('is no aggregate if it carries no more than each of the others', () => {
    const thrice: FlowSpec = {
      frames: 90,
      mover: { runs: [{ port: 0, frames: 30, firstNs: 0, lastNs: 1e9 }], duplicates: [0, 30, 30] },
    };
    const { copies } = understand([thrice], ports.slice(0, 3));
    expect(copies.map(({ port, of }) => [port, of])).toEqual([
      [1, [0]],
      [2, [0]],
    ]);
  });
});

describe('captures of two LAGs together', () => {
  const OTHER = SERVER + 0x100;
  const [switchA, switchB] = [0x001c73000001, 0x001c73000101];
  const lag = (server: number, far: number, ports: readonly number[]) =>
    ports.flatMap((port) => {
      const [ours, theirs] = [party({ system: server, port: port + 1 }), party({ system: far, port: port + 1 })];
      return [
        lacpFrame({ source: server, actor: ours, partner: theirs, port }),
        lacpFrame({ source: far, actor: theirs, partner: ours, port }),
      ];
    });
  const pass = buildPass({
    flows: [
      ...[0, 1].map((port): FlowSpec => ({ port, frames: 3000 })),
      ...[2, 3].map((port): FlowSpec => ({ port, frames: 900, srcMac: CLIENT + 5, dstMac: OTHER })),
      ...[2, 3].map((port): FlowSpec => ({ port, frames: 900, srcMac: OTHER, dstMac: CLIENT + 5 })),
    ],
    control: [...lag(SERVER, switchA, [0, 1]), ...lag(OTHER, switchB, [2, 3])],
  });

  it('have the station of the busier one, and its members in both directions', () => {
    const station = findStation(pass);
    expect([station.basis, station.macs.has(SERVER), station.macs.has(OTHER)]).toEqual(['lacp', true, false]);
    const lacp = readLacp(pass, station);
    for (const direction of [INGRESS, EGRESS] as const) {
      expect(memberPorts(pass, direction, lacp, []).ports).toEqual([0, 1]);
    }
  });
});
