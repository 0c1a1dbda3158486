import { describe, expect, it } from 'vitest';
import type { Analysis, Direction, FieldVerdict, PingPong } from '../../src/document/schema.js';
import { judge } from './judge.js';
import type { DirectionTruth, Truth } from './truth.js';

const flow = { ethSrc: 'a', ethDst: 'b', vlan: null, ipSrc: '1', ipDst: '2', ipProto: 6, srcPort: 1, dstPort: 2 };

const directionTruth: DirectionTruth = {
  implementation: 'Linux bonding driver',
  policy: 'layer3+4',
  fieldsUsed: ['ip.src'],
  portOrder: ['igb1', 'igb0'],
  framesPerPort: { igb0: 3 },
  octetsPerPort: { igb0: 180 },
  expectedKind: ['per-flow-hash'],
  flowsOnSeveralPorts: { count: 0, list: [] },
  fragmentSplitFlows: { count: 1, list: [{ flow }] },
};

const truth: Truth = {
  name: 'made up',
  capture: { files: { igb0: { file: 'igb0.pcap', packets: 6 } } },
  directions: { ingress: directionTruth, egress: directionTruth },
  mustNotConclude: [],
  lacpFaults: [],
};

interface Said {
  kind?: Direction['distribution']['kind'];
  field?: FieldVerdict['verdict'];
  functionId?: string;
  portOrder?: (string | null)[];
  pingPong?: Pick<PingPong, 'class' | 'kind'>;
  frames?: number;
  finding?: { id: string; severity: string };
}

// Only what the judge reads.
function analysis(said: Said): Analysis {
  const direction = {
    ports: [{ port: 'igb0', frames: said.frames ?? 3, octets: 180 }],
    distribution: { kind: said.kind ?? 'per-flow-hash' },
    hash: {
      fields: [{ field: 'ip.src', verdict: said.field ?? 'used' }],
      function:
        said.functionId === undefined
          ? null
          : { id: said.functionId, alternatives: [], portOrder: said.portOrder ?? [] },
    },
    pingPong: said.pingPong === undefined ? [] : [{ ...said.pingPong, flow }],
  };
  return {
    inputs: [{ port: 'igb0', frames: 6 }],
    capture: { echoes: 0 },
    directions: { ingress: direction, egress: direction },
    findings: said.finding === undefined ? [] : [said.finding],
  } as unknown as Analysis;
}

const wrong = (said: Said) =>
  judge(analysis(said), truth)
    .filter(({ verdict }) => verdict === 'wrong')
    .map(({ about }) => about);

describe('the judge of claims', () => {
  it('passes what is true', () => {
    expect(wrong({ functionId: 'linux-layer3+4' })).toEqual([]);
    expect(wrong({ pingPong: { class: 'P3', kind: 'fragment-split' } })).toEqual([]);
  });

  it('lets silence pass', () => {
    expect(wrong({ kind: 'undetermined', field: 'confounded' })).toEqual([]);
    expect(wrong({ functionId: 'affine' })).toEqual([]);
    expect(wrong({ functionId: 'linux-layer3+4', portOrder: [null, 'igb0'] })).toEqual([]);
  });

  it('catches what is false', () => {
    expect(wrong({ kind: 'round-robin' })).toEqual(['ingress kind', 'egress kind']);
    expect(wrong({ field: 'unused' })).toEqual(['ingress field ip.src', 'egress field ip.src']);
    expect(wrong({ functionId: 'linux-layer2' })).toEqual(['ingress function', 'egress function']);
    expect(wrong({ functionId: 'linux-layer3+4', portOrder: ['igb0', null] })).toEqual([
      'ingress port order',
      'egress port order',
    ]);
    expect(wrong({ frames: 4 })).toEqual(['ingress frames on igb0', 'egress frames on igb0']);
    expect(wrong({ pingPong: { class: 'P6', kind: 'round-robin' } })).toHaveLength(4);
    expect(wrong({ finding: { id: 'lacp-no-partner', severity: 'fault' } })).toEqual(['LACP']);
    expect(wrong({ finding: { id: 'pingpong-per-packet', severity: 'fault' } })).toEqual(['findings']);
  });
});
