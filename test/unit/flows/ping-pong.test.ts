import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analysisSchema } from '../../../src/document/schema.js';
import { EGRESS, INGRESS, type Pass } from '../../../src/engine/pass.js';
import { displayFilter, flowDocument } from '../../../src/flows/flow-name.js';
import { judgeFlows } from '../../../src/flows/judge-flows.js';
import { pingPongOf } from '../../../src/flows/ping-pong.js';
import { labCaptures, labPass, sharedFolder } from '../../helpers/lab-captures.js';
import { buildPass, type FlowSpec, type MoverSpec, SECOND } from '../../helpers/pass-builder.js';
import { noTshark, tshark } from '../../helpers/tshark.js';

const listOf = (pass: Pass, direction: typeof INGRESS | typeof EGRESS = INGRESS, movedFlows: number[] = []) =>
  pingPongOf(pass, direction, judgeFlows(pass), [
    { startNs: 0, endNs: 5 * SECOND, ports: [0, 1], kind: 'start', reason: '', movedFlows: [], remapping: null },
    { startNs: 5 * SECOND, endNs: 10 * SECOND, ports: [0], kind: 'failover', reason: '', movedFlows, remapping: null },
  ]);

const alternating = (frames: number, spec: Partial<MoverSpec> = {}, flow: FlowSpec = {}): FlowSpec => ({
  srcPort: 40112,
  dstPort: 5201,
  ...flow,
  mover: {
    runs: Array.from({ length: frames }, (_, i) => ({ port: i % 2, frames: 1, firstNs: i * 1e6, lastNs: i * 1e6 })),
    pairs: frames - 2,
    holes: frames - 2,
    freshOctets: 1000,
    sequenceSpan: 1000,
    committedSwitches: frames - 1,
    mixedFrames: frames,
    gapFrames: [0, 0, 0, frames - 1, 0, 0, 0],
    firstFrame: [1042, 977, 0, 0],
    reordered: 3,
    extentMax: 4,
    nReordered3: 1,
    ...spec,
  },
});

describe('pingPongOf', () => {
  it('lists what a ticket needs', () => {
    const [entry] = listOf(buildPass({ flows: [alternating(400)], skewBound: 0.00005 }));
    const filter = 'ip.src==192.0.2.20 && ip.dst==192.0.2.10 && tcp.srcport==40112 && tcp.dstport==5201';
    expect(entry).toMatchObject({
      class: 'P6',
      kind: 'round-robin',
      ports: [
        { port: 'igb0', frames: 200 },
        { port: 'igb1', frames: 200 },
      ],
      frames: 400,
      switches: 399,
      switchRate: 1,
      meanRunLength: 1,
      dwell: expect.closeTo(0.399 / 400, 12),
      reordered: 3,
      reorderedRatio: 3 / 400,
      firstSwitch: '1407782400.001000000',
      displayFilter: filter,
      evidence: [
        { source: 'igb0.pcap', frame: 1042, filter },
        { source: 'igb1.pcap', frame: 977, filter },
      ],
      cost: { extentMax: 4, nReordered3: 1, dupAckRuns: null, spuriousFastRetransmissions: 0 },
    });
    expect(entry.runs).toHaveLength(200);
    expect(analysisSchema.shape.directions.shape.ingress.shape.pingPong.parse([entry])).toEqual([entry]);
  });

  it('leaves reordering out where the clocks are coarser than the frames', () => {
    const [entry] = listOf(buildPass({ flows: [alternating(400)], skewBound: 0.01 }));
    expect(entry).toMatchObject({ reordered: null, reorderedRatio: null, cost: { extentMax: null } });
  });

  it('puts most switches first, and only its own direction', () => {
    const flows = [alternating(50), alternating(400), alternating(90, {}, { direction: EGRESS })];
    const pass = buildPass({ flows, skewBound: 0.00005 });
    expect(listOf(pass).map(({ switches }) => switches)).toEqual([399, 49]);
    expect(listOf(pass, EGRESS).map(({ switches }) => switches)).toEqual([89]);
  });

  it('calls a move failover only when members changed', () => {
    const moved: FlowSpec = {
      mover: {
        committedSwitches: 1,
        runs: [
          { port: 1, frames: 50, firstNs: 0, lastNs: 5 * SECOND },
          { port: 0, frames: 50, firstNs: 5.1 * SECOND, lastNs: 9 * SECOND },
        ],
      },
    };
    const pass = buildPass({ flows: [moved] });
    expect(listOf(pass, INGRESS, [0])).toMatchObject([{ class: 'P4', kind: 'failover', switches: 1, dwell: 4.5 }]);
    expect(listOf(pass)).toMatchObject([{ class: 'P4', kind: 'rebalance' }]);
  });

  it('finds fragments by address, for only the first of a datagram has ports', () => {
    const flow: FlowSpec = {
      ipProto: 17,
      mover: {
        runs: [{ port: 0, frames: 10, firstNs: 0, lastNs: SECOND }],
        laterFragments: [0, 10, 0, 0],
        firstFragments: [0, 10, 0, 0],
      },
    };
    expect(listOf(buildPass({ flows: [flow] }))).toMatchObject([
      {
        class: 'P3',
        kind: 'fragment-split',
        frames: 30,
        displayFilter: 'ip.src==192.0.2.20 && ip.dst==192.0.2.10 && ip.proto==17',
      },
    ]);
  });

  it('does not list copies, strays and what is unclear', () => {
    const copied: FlowSpec = {
      mover: { runs: [{ port: 0, frames: 20, firstNs: 0, lastNs: SECOND }], duplicates: [0, 20, 0, 0] },
    };
    expect(listOf(buildPass({ flows: [copied] }))).toEqual([]);
  });
});

describe('flow names', () => {
  const named = (flow: FlowSpec) => {
    const { flows } = buildPass({ flows: [flow] });
    return { document: flowDocument(flows, 0), filter: displayFilter(flows, 0) };
  };

  it('has null where there is nothing', () => {
    expect(named({ srcIp: null }).document).toEqual({
      ethSrc: '3c:7c:3f:00:00:10',
      ethDst: '90:e2:ba:7b:0b:38',
      vlan: null,
      ipSrc: null,
      ipDst: null,
      ipProto: null,
      srcPort: null,
      dstPort: null,
      id: null,
      inner: null,
    });
    expect(named({ srcMac: 0, dstMac: 0 }).document.ethSrc).toBeNull();
  });

  it('filters by what the flow has', () => {
    expect(named({ srcIp: null }).filter).toBe(
      'eth.src==3c:7c:3f:00:00:10 && eth.dst==90:e2:ba:7b:0b:38 && eth.type==0x0806',
    );
    expect(named({ srcIp: '2001:db8::1', dstIp: '2001:db8::2', ipProto: 17, vlan: 10 }).filter).toBe(
      'vlan.id==10 && ipv6.src==2001:db8::1 && ipv6.dst==2001:db8::2 && udp.srcport==0 && udp.dstport==0',
    );
    const ping = named({ ipProto: 1, id: (8 << 16) | 77 });
    expect(ping.filter).toBe('ip.src==192.0.2.20 && ip.dst==192.0.2.10 && icmp.type==8 && icmp.ident==77');
    expect(ping.document).toMatchObject({ id: 77, ipProto: 1, srcPort: null });
    const error = named({ ipProto: 1, id: 3 << 16 });
    expect(error.filter).toBe('ip.src==192.0.2.20 && ip.dst==192.0.2.10 && icmp.type==3');
    expect(error.document.id).toBeNull();
    expect(named({ ipProto: 50, id: 0xdeadbeef })).toMatchObject({
      filter: 'ip.src==192.0.2.20 && ip.dst==192.0.2.10 && esp.spi==0xdeadbeef',
      document: { id: 0xdeadbeef },
    });
    const inner = { srcIp: '10.0.0.1', dstIp: '10.0.0.2', ipProto: 6, srcPort: 1, dstPort: 2 };
    expect(named({ ipProto: 4, inner }).document.inner).toEqual({
      ipSrc: '10.0.0.1',
      ipDst: '10.0.0.2',
      ipProto: 6,
      srcPort: 1,
      dstPort: 2,
      id: null,
    });
  });
});

describe.skipIf(!sharedFolder)('entries of real captures (needs LACPSCOPE_SHARED)', () => {
  it.each(labCaptures())('$name fits the schema', ({ name }) => {
    const { pass } = labPass(name);
    const entries = [...listOf(pass), ...listOf(pass, EGRESS)];
    expect(analysisSchema.shape.directions.shape.ingress.shape.pingPong.safeParse(entries).success).toBe(true);
  });
});

describe.skipIf(!sharedFolder || noTshark)('display filters (needs tshark and LACPSCOPE_SHARED)', () => {
  it.each(['rr-pingpong', 'l34-fragments'])('find the frames of the first entries of %s', (name) => {
    const { pass } = labPass(name);
    const entries = [...listOf(pass), ...listOf(pass, EGRESS)].filter(({ flow }) => flow.ipProto === 17).slice(0, 3);
    expect(entries.length).toBeGreaterThan(0);
    for (const { ports, displayFilter: filter, kind, evidence } of entries) {
      for (const { port, frames } of ports) {
        const found = tshark(join(sharedFolder, 'captures', name, `${port}.pcap`), filter, ['frame.number']);
        // Fragments are found by address, with whatever else those two hosts exchange.
        if (kind === 'fragment-split') expect(found.length).toBeGreaterThanOrEqual(frames);
        else expect(found).toHaveLength(frames);
      }
      for (const { source, frame } of evidence) {
        const found = tshark(join(sharedFolder, 'captures', name, source), evidence[0].filter, ['frame.number']);
        expect(found.map(([number]) => Number(number))).toContain(frame);
      }
    }
  });
});
