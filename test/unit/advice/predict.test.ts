import { describe, expect, it } from 'vitest';
import { type AskedFlow, ipBytes, withDefaults } from '../../../src/advice/asked-flow.js';
import { bucketOf, directionOf, predict } from '../../../src/advice/predict.js';
import type { Analysis, Direction, DirectionName, Flow, Hash } from '../../../src/document/schema.js';
import { policyNamed } from '../../../src/policies/catalogue.js';
import { fixtureAnalysis } from '../../helpers/fixture-analysis.js';

const asked = (changes: Partial<AskedFlow> = {}): AskedFlow => ({
  ...{ ethSrc: null, ethDst: null, etherType: null, vlan: null, ipProto: null, flowLabel: null },
  ...{ ipSrc: '10.20.30.20', ipDst: '10.20.30.10', srcPort: 40000, dstPort: 5201 },
  ...changes,
});

const verdict = (field: string, is: string) => ({
  field: field as never,
  verdict: is as never,
  probability: null,
  probabilityRange: [null, null] as [null, null],
  confoundedWith: [],
  evidence: { distinctValues: 2, pairsDiffering: 0, pairsMoved: 0, exercisedBits: 0, chance: null, examples: [] },
});

const ORDER = ['igb3', 'igb1', 'igb0', 'igb2'];
const rule = (changes: Partial<NonNullable<Hash['function']>> = {}): NonNullable<Hash['function']> => ({
  id: 'linux-layer3+4',
  description: '',
  parameters: {},
  portOrder: ORDER,
  flowsExplained: 40,
  flowsTested: 40,
  heldOutAccuracy: 1,
  alternatives: [],
  members: [{ policy: 'linux-layer3+4', share: 1, portOrder: ORDER }],
  reads: 'outer',
  ...changes,
});

function analysisWith(
  hash: Partial<Hash>,
  name: DirectionName = 'ingress',
  changes: Partial<Direction> = {},
): Analysis {
  const analysis = fixtureAnalysis({ ports: 4, clients: 2, connections: 2, spread: { ingress: 'all', egress: 'all' } });
  const empty = {
    fields: [],
    hypotheses: [],
    indistinguishable: [],
    function: null,
    cells: [],
    constants: {},
    families: null,
  };
  const direction = { ...analysis.directions[name], topFlows: [], hash: { ...empty, ...hash }, ...changes };
  return { ...analysis, directions: { ...analysis.directions, [name]: direction } };
}

describe('predict', () => {
  it('says by the rule what the formula says, through the order of its buckets', () => {
    const analysis = analysisWith({ function: rule() });
    for (let port = 40000; port < 40064; port++) {
      const said = predict(analysis, 'ingress', asked({ srcPort: port }));
      // (dport, sport) and both addresses as little-endian words, XORed, folded to the low byte, lowest bit dropped
      const bytes = [port >>> 8, port & 255, 5201 >>> 8, 5201 & 255, 10, 20, 30, 20, 10, 20, 30, 10];
      const fold = bytes.reduce((sum, byte) => sum ^ byte, 0);
      expect(said).toMatchObject({ certainty: 'rule', port: ORDER[(fold >>> 1) & 3], score: 1 });
    }
  });

  it('takes the rule of the IP version where the two have functions of their own', () => {
    const families = [
      { family: 'ipv4' as const, fields: [], function: rule() },
      { family: 'ipv6' as const, fields: [], function: null },
    ];
    const analysis = analysisWith({ families });
    expect(predict(analysis, 'ingress', asked())).toMatchObject({ certainty: 'rule' });
    const ipv6 = asked({ ipSrc: '2001:db8::1', ipDst: '2001:db8::2' });
    expect(predict(analysis, 'ingress', ipv6)).toMatchObject({ certainty: 'unknown' });
  });

  it('is unknown where rules that fit equally well disagree, and says what would tell', () => {
    const members = ['linux-layer3+4', 'linux-layer3+4@3.17'].map((policy) => ({
      policy,
      share: 0.5,
      portOrder: ORDER,
    }));
    const said = Array.from({ length: 32 }, (_, i) =>
      predict(analysisWith({ function: rule({ members }) }), 'ingress', asked({ srcPort: 40000 + i })),
    );
    const open = said.filter(({ certainty }) => certainty === 'unknown');
    expect(open.length).toBeGreaterThan(8);
    expect(open[0].because).toContain('disagree: linux-layer3+4 says');
    expect(open[0].wouldTell).toContain('this very flow');
    expect(said.length - open.length).toBeGreaterThan(0);
  });

  it('refuses a rule that was wrong about flows it was not fitted on, or not tested at all', () => {
    for (const heldOutAccuracy of [0.6, null]) {
      const said = predict(analysisWith({ function: rule({ heldOutAccuracy }) }), 'ingress', asked());
      expect(said).toMatchObject({ certainty: 'unknown', port: null });
      expect(said.because).toContain('did not pass its test');
    }
  });

  it('does not know the link behind a bucket that no flow fell into', () => {
    const members = [{ policy: 'linux-layer3+4', share: 1, portOrder: [null, null, null, null] }];
    expect(predict(analysisWith({ function: rule({ members }) }), 'ingress', asked()).because).toContain('not learnt');
  });

  it('asks for what the rule reads and nobody gave', () => {
    const members = [{ policy: 'linux-layer2', share: 1, portOrder: ORDER }];
    const analysis = analysisWith({ function: rule({ members }) });
    expect(predict(analysis, 'ingress', asked({ ipSrc: '10.99.0.1' })).because).toContain('--smac');
    const ipv6 = asked({ ipSrc: '2001:db8::1', ipDst: '2001:db8::2' });
    const lagg = rule({ members: [{ policy: 'freebsd-lagg:l3,l4;key=00000001', share: 1, portOrder: ORDER }] });
    expect(predict(analysisWith({ function: lagg }), 'ingress', ipv6).because).toContain('--flow-label');
    expect(predict(analysisWith({ function: lagg }), 'ingress', { ...ipv6, flowLabel: 7 }).certainty).toBe('rule');
  });

  const cells = [
    { key: { 'ip.src': '10.20.30.20' }, port: 'igb2', flows: 9 },
    { key: { 'ip.src': '10.20.30.21' }, port: null, flows: 3 },
    { key: { 'ip.src': '10.20.30.22' }, port: 'igb1', flows: 1 },
  ];
  const fields = [verdict('ip.src', 'used'), verdict('l4.srcport', 'unused'), verdict('ip.dst', 'untested')];
  const constants = { 'ip.dst': '10.20.30.10' };

  it('is certain of a key that was seen, if no other field can matter', () => {
    const analysis = analysisWith({ cells, fields, constants });
    expect(predict(analysis, 'ingress', asked())).toMatchObject({ certainty: 'certain', port: 'igb2' });
    expect(predict(analysis, 'ingress', asked({ srcPort: 9 }))).toMatchObject({ certainty: 'certain', port: 'igb2' });
    // another server than ever seen, a key on two links, a key never seen
    for (const changes of [{ ipDst: '10.20.30.11' }, { ipSrc: '10.20.30.21' }, { ipSrc: '10.20.30.99' }]) {
      expect(predict(analysis, 'ingress', asked(changes)).certainty).toBe('unknown');
    }
    const open = [...fields, verdict('eth.src', 'confounded')];
    const said = predict(analysisWith({ cells, fields: open, constants }), 'ingress', asked());
    expect(said).toMatchObject({ certainty: 'unknown' });
    expect(said.because).toContain('eth.src can’t be told');
  });

  it('does not take one flow for a key where the sender may draw a number for each connection', () => {
    const analysis = analysisWith({ cells, fields, constants }, 'egress');
    expect(predict(analysis, 'egress', asked({ ipSrc: '10.20.30.22' })).certainty).toBe('unknown');
    expect(predict(analysis, 'egress', asked()).certainty).toBe('certain');
  });

  const flow: Flow = {
    ...{ ethSrc: null, ethDst: null, vlan: null, ipProto: 6, id: null, inner: null },
    ...{ ipSrc: '10.20.30.20', ipDst: '10.20.30.10', srcPort: 40000, dstPort: 5201 },
  };
  const topFlows = [{ flow, port: 'igb3', onPorts: 1, frames: 9, octets: 900, share: 0.1 }];

  it('is certain of a flow that was seen, unless the links changed meanwhile', () => {
    expect(predict(analysisWith({}, 'ingress', { topFlows }), 'ingress', asked())).toMatchObject({
      certainty: 'certain',
      port: 'igb3',
    });
    const epoch = {
      start: '1.000000000',
      end: '2.000000000',
      activePorts: [],
      reason: '',
      startsBetween: null,
      remapping: null,
    };
    const distribution = { kind: 'failover' as const, confidence: null, explanation: '', epochs: [epoch, epoch] };
    expect(predict(analysisWith({}, 'ingress', { topFlows, distribution }), 'ingress', asked()).certainty).toBe(
      'unknown',
    );
  });

  it('cannot tell of a sender that draws a number for each connection, though it saw the flow', () => {
    const known = rule({ id: 'linux-socket-hash', members: [] });
    const analysis = analysisWith({ function: known }, 'egress', { topFlows });
    const said = predict(analysis, 'egress', asked());
    expect(said.certainty).toBe('unknown');
    expect(said.because).toContain('draws a random number');
  });

  it.each(['round-robin', 'per-packet', 'rebalancing'] as const)('has no link for a flow under %s', (kind) => {
    const distribution = { kind, confidence: null, explanation: '', epochs: [] };
    const analysis = analysisWith({ function: rule() }, 'ingress', { topFlows, distribution });
    expect(predict(analysis, 'ingress', asked())).toMatchObject({ certainty: 'unknown', port: null });
  });

  it('knows the direction by the addresses', () => {
    const analysis = analysisWith({});
    expect(directionOf(analysis, asked({ ipSrc: '1.1.1.1' }))).toBe('ingress');
    expect(directionOf(analysis, asked({ ipSrc: '10.20.30.10', ipDst: '1.1.1.1' }))).toBe('egress');
    expect(directionOf(analysis, asked({ ipSrc: '1.1.1.1', ipDst: '2.2.2.2' }))).toBeNull();
  });

  it('deals the buckets of a fixed table to the links in turn', () => {
    const key = withDefaults(asked());
    const { bucket } = bucketOf(policyNamed('cisco-xor8:l3'), key, [null, null, null]);
    expect(bucket).toBe(((20 ^ 10) & 7) % 3);
    expect(ipBytes('2001:db8::1')).toEqual(Uint8Array.from([0x20, 1, 13, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]));
  });
});
