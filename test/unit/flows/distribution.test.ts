import { describe, expect, it } from 'vitest';
import { DISTRIBUTION_KINDS } from '../../../src/document/direction.js';
import { type DirectionIndex, EGRESS, INGRESS, type Pass } from '../../../src/engine/pass.js';
import { buildRows } from '../../../src/flows/build-rows.js';
import { directionSplit, joinConnections, severalConnections } from '../../../src/flows/connections.js';
import { findCopies } from '../../../src/flows/copies.js';
import { distributionOf, epochsDocument, type LearntHash } from '../../../src/flows/distribution.js';
import { findEpochs } from '../../../src/flows/epochs.js';
import { judgeFlows } from '../../../src/flows/judge-flows.js';
import { memberPorts } from '../../../src/flows/members.js';
import { readLacp } from '../../../src/lacp/report.js';
import { labCaptures, labPass, sharedFolder } from '../../helpers/lab-captures.js';
import { buildPass, CLIENT, type FlowSpec, SECOND, SERVER } from '../../helpers/pass-builder.js';

function distribution(
  pass: Pass,
  direction: DirectionIndex = INGRESS,
  hash: LearntHash | null | 'unfinished' = null,
  macs: ReadonlySet<number> = new Set([SERVER]),
) {
  const lacp = readLacp(pass, { macs });
  const copies = findCopies(pass);
  const verdicts = judgeFlows(pass, copies);
  const { ports: members } = memberPorts(pass, direction, lacp, copies);
  const epochs = findEpochs(pass, direction, { ports: members, basis: 'given', excluded: [] }, lacp, verdicts);
  const rows = buildRows(pass, direction, epochs, verdicts, copies);
  return distributionOf({ pass, direction, members, epochs, verdicts, rows, hash });
}

const roundRobin = (srcPort: number): FlowSpec => ({
  srcPort,
  mover: {
    runs: Array.from({ length: 40 }, (_, i) => ({ port: i % 4, frames: 1, firstNs: i * 1e6, lastNs: i * 1e6 })),
    pairs: 36,
    holes: 36,
    committedSwitches: 39,
    mixedFrames: 40,
  },
});

describe('distributionOf', () => {
  it('has nothing to say without unicast', () => {
    expect(distribution(buildPass({ flows: [{ dstMac: 0xffffffffffff }] }))).toMatchObject({
      kind: 'no-traffic',
      infersFields: false,
    });
  });

  it('calls it round robin when most flows go back and forth', () => {
    const pass = buildPass({ flows: [roundRobin(1), roundRobin(2), roundRobin(3)] });
    expect(distribution(pass)).toMatchObject({ kind: 'round-robin', infersFields: false, pingPongShare: 1 });
  });

  it('learns from the others when few flows go back and forth', () => {
    const pinned = [4, 5, 6, 7].map((n): FlowSpec => ({ srcPort: n, port: n % 4, frames: 30 }));
    expect(distribution(buildPass({ flows: [roundRobin(1), ...pinned] }))).toMatchObject({
      kind: 'per-flow-hash',
      infersFields: true,
      pingPongShare: 0.2,
      explanation: 'The partner keeps each flow on one port: 4 flows, 4 of 4 ports in use; 1 more goes back and forth.',
    });
  });

  it('does not let a few long flows speak for many short ones', () => {
    const short = Array.from({ length: 9 }, (_, n): FlowSpec => ({ srcPort: n, port: n % 4, frames: 5 }));
    expect(distribution(buildPass({ flows: [roundRobin(99), ...short] })).kind).toBe('per-flow-hash');
  });

  it('says single port of several flows, and nothing of one', () => {
    const flows = [1, 2, 3].map((srcPort): FlowSpec => ({ srcPort, port: 2 }));
    const all = distribution(buildPass({ flows }));
    expect(all).toMatchObject({ kind: 'single-port', infersFields: true });
    expect(all.explanation).toBe('The partner sends all 3 flows on igb2, 1 of 4 ports.');
    expect(distribution(buildPass({ flows: flows.slice(0, 1) })).kind).toBe('undetermined');
    expect(
      distribution(buildPass({ flows: flows.slice(0, 1), ports: ['igb0', 'igb1', 'igb2'] })).explanation,
    ).toContain('One flow only');
  });

  it('names the local station where it is the sender', () => {
    const flows = [1, 2].map((srcPort): FlowSpec => ({ srcPort, port: srcPort, direction: EGRESS }));
    expect(distribution(buildPass({ flows }), EGRESS).explanation).toBe(
      'The local station keeps each flow on one port: 2 flows, 2 of 4 ports in use.',
    );
  });

  it('calls a fixed port single-port, but not a number per connection', () => {
    const flows = Array.from({ length: 40 }, (_, n): FlowSpec => ({ srcPort: n, port: n === 0 ? 1 : 0 }));
    const fixed: LearntHash = { bestFields: [], perConnection: 0, hasFunction: false };
    expect(distribution(buildPass({ flows }), INGRESS, fixed).kind).toBe('single-port');
    expect(distribution(buildPass({ flows }), INGRESS, { ...fixed, perConnection: 0.9 }).kind).toBe('per-flow-hash');
  });

  it('does not say which of the two before its hash is worked out', () => {
    const most = Array.from({ length: 40 }, (_, n): FlowSpec => ({ srcPort: n, port: n === 0 ? 1 : 0 }));
    expect(distribution(buildPass({ flows: most }), INGRESS, 'unfinished')).toMatchObject({
      kind: 'undetermined',
      explanation: expect.stringContaining('nearly all of 40 flows on one port; whether their headers decide'),
    });
    const spread = most.map((flow, n): FlowSpec => ({ ...flow, port: n % 4 }));
    expect(distribution(buildPass({ flows: spread }), INGRESS, 'unfinished').kind).toBe('per-flow-hash');
  });

  it('tells rebalancing from failover', () => {
    const moved = (srcPort: number, ns: number): FlowSpec => ({
      srcPort,
      mover: {
        committedSwitches: 1,
        runs: [
          { port: 0, frames: 50, firstNs: 0, lastNs: ns },
          { port: 1, frames: 50, firstNs: ns + 1e6, lastNs: 9 * SECOND },
        ],
      },
    });
    const stays = [7, 8, 9].map((srcPort): FlowSpec => ({ srcPort, port: 0, frames: 100, gapBins: [0, 0, 0, 0, 99] }));
    const pass = buildPass({ flows: [moved(1, 5 * SECOND), moved(2, 5 * SECOND + 1e5), ...stays] });
    expect(distribution(pass).kind).toBe('rebalancing');
    expect(distribution(buildPass({ flows: [moved(1, 5 * SECOND), ...stays] })).kind).not.toBe('rebalancing');

    // Without LACP: two flows leave the port at its last frame, and the others that arrive meanwhile avoid it.
    const later = Array.from(
      { length: 90 },
      (_, n): FlowSpec => ({ srcPort: 100 + n, port: 1 + (n % 3), firstNs: 6 * SECOND, lastNs: 8 * SECOND }),
    );
    const silence = { port: 0, direction: INGRESS, fromNs: 5 * SECOND, toNs: 10 * SECOND } as const;
    const failed = buildPass({
      flows: [moved(1, 5 * SECOND), moved(2, 5 * SECOND - 1e5), ...later],
      silences: [silence],
    });
    const told = distribution(failed);
    expect(told.kind).toBe('failover');
    expect(told.explanation).toContain(
      'igb0 left (its flows moved to other ports); 2 of 2 flows from before and after moved.',
    );
  });

  it('writes epochs for the document', () => {
    const epoch = {
      startNs: 0,
      endNs: SECOND / 2,
      ports: [0, 2],
      kind: 'start' as const,
      reason: 'Because.',
      movedFlows: [],
      remapping: null,
    };
    const vague = { ...epoch, startsIn: { fromNs: 1e9, toNs: 2.5e9 } };
    expect(epochsDocument([vague], buildPass())[0]!.startsBetween).toEqual([
      '1407782401.000000000',
      '1407782402.500000000',
    ]);
    expect(epochsDocument([epoch], buildPass())).toEqual([
      {
        start: '1407782400.000000000',
        end: '1407782400.500000000',
        startsBetween: null,
        activePorts: ['igb0', 'igb2'],
        reason: 'Because.',
        remapping: null,
      },
    ]);
  });
});

const connection = (clientPort: number, inPort: number, outPort: number): FlowSpec[] => [
  { srcPort: clientPort, dstPort: 5201, port: inPort },
  {
    direction: EGRESS,
    srcMac: SERVER,
    dstMac: CLIENT,
    srcIp: '192.0.2.10',
    dstIp: '192.0.2.20',
    srcPort: 5201,
    dstPort: clientPort,
    port: outPort,
  },
];

describe('directionSplit and severalConnections', () => {
  it('counts connections that are answered on another port', () => {
    const flows = [
      ...connection(1, 2, 1),
      ...connection(2, 2, 2),
      ...connection(3, 2, 0),
      { srcPort: 4, dstPort: 5201 },
    ];
    const four = [0, 1, 2, 3];
    const splitOf = (pass: Pass, members: Parameters<typeof directionSplit>[2]) =>
      directionSplit(pass, joinConnections(pass), members);
    const split = splitOf(buildPass({ flows }), { ingress: four, egress: four });
    expect(split).toMatchObject({ biflows: 2, of: 3, expectedShare: 0.75 });
    expect(split.examples[0]).toMatchObject({
      in: 'igb2',
      out: 'igb1',
      flow: { srcPort: 1, dstPort: 5201, ethSrc: '3c:7c:3f:00:00:10' },
    });
    expect(splitOf(buildPass(), { ingress: [0, 1], egress: [2] }).expectedShare).toBe(1);
    expect(splitOf(buildPass(), { ingress: [], egress: four }).expectedShare).toBeNull();
  });

  it('counts host pairs with connections on several ports, once', () => {
    const flows = [...connection(1, 2, 1), ...connection(2, 2, 0), ...connection(3, 2, 1)];
    expect(severalConnections(buildPass({ flows }))).toEqual({
      hostPairs: 1,
      examples: [{ a: '192.0.2.10', b: '192.0.2.20', flows: 3, ports: ['igb0', 'igb1'] }],
    });
    expect(severalConnections(buildPass({ flows: connection(1, 2, 1) })).hostPairs).toBe(0);
  });
});

describe.skipIf(!sharedFolder)('kind of distribution of real captures (needs LACPSCOPE_SHARED)', () => {
  it.each(labCaptures())('$name', ({ name, truth }) => {
    const { pass, station } = labPass(name);
    for (const [direction, side] of [
      [INGRESS, 'ingress'],
      [EGRESS, 'egress'],
    ] as const) {
      const { kind } = distribution(pass, direction, null, station.macs);
      expect(DISTRIBUTION_KINDS).toContain(kind);
      expect([side, truth.directions[side].expectedKind]).toEqual([side, expect.arrayContaining([kind])]);
    }
  });
});
