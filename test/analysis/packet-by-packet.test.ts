import { describe, expect, it } from 'vitest';
import { policyNamed } from '../../src/policies/catalogue.js';
import { seeded } from '../../src/stats/random.js';
import { type Captured, type FrameOptions, frame } from '../helpers/frames.js';
import { analyzeFrames, at, SERVER } from '../helpers/paced-captures.js';
import { ip, row } from '../unit/inference/rows.js';

interface Flow extends FrameOptions {
  readonly srcIp: string;
  readonly srcPort: number;
}
type PortOf = (flow: Flow, frame: number) => number;

const random = seeded(5);
const someFlows = (many: number, client = () => random.below(30)): Flow[] =>
  Array.from({ length: many }, () => ({ srcIp: `192.0.2.${20 + client()}`, srcPort: 1024 + random.below(60_000) }));

/** Frames a millisecond apart. */
async function sent(ports: number, frames: readonly Flow[], portOf: PortOf) {
  const captured: Captured[][] = Array.from({ length: ports }, () => []);
  frames.forEach((flow, i) => {
    const bytes = frame({
      src: '02:00:00:00:01:14',
      dst: SERVER,
      dstIp: '192.0.2.10',
      dstPort: 53,
      protocol: 'udp',
      id: i & 0xffff,
      ...flow,
      payload: 20,
    });
    new DataView(bytes.buffer).setUint32(bytes.length - 4, i); // no two frames alike
    captured[portOf(flow, i)].push({ ns: at(i / 1000), bytes });
  });
  const { distribution, hash } = (await analyzeFrames(captured)).directions.ingress;
  const said = hash!.fields.filter(({ verdict }) => verdict === 'used' || verdict === 'unused');
  return {
    kind: distribution.kind,
    explanation: distribution.explanation,
    function: hash!.function?.id ?? null,
    said: Object.fromEntries(said.map(({ field, verdict }) => [field, verdict])),
    probability: hash!.fields.find(({ field }) => field === 'l4.srcport')!.probability,
  };
}

const inTurn = (flows: readonly Flow[], times: number) => Array.from({ length: times }, () => flows).flat();
const shuffled = (flows: readonly Flow[]) =>
  flows
    .map((flow) => ({ flow, turn: random.next() }))
    .sort((a, b) => a.turn - b.turn)
    .map(({ flow }) => flow);
const fewFrames = (flows: readonly Flow[], most: number) =>
  shuffled(flows.flatMap((flow) => Array.from({ length: 1 + random.below(most) }, () => flow)));

const oneClient = Array.from({ length: 8 }, (_, i) => ({ srcIp: '192.0.2.20', srcPort: 5000 + i }));
const vlans = someFlows(16).map((flow, i) => ({ ...flow, vlans: [10 + 10 * (i % 2)] }));
const protocols = someFlows(16).map((flow, i): Flow => ({ ...flow, protocol: i % 2 === 0 ? 'udp' : 'tcp' }));
const nothing = { kind: 'undetermined', said: {}, function: null };

describe('a sender that deals out frames', () => {
  it.each([
    ['parallel connections', 4, oneClient],
    ['clients in a row', 4, Array.from({ length: 64 }, (_, i) => ({ srcIp: `192.0.2.${20 + i}`, srcPort: 5000 }))],
    ['VLANs in turn', 2, vlans],
    ['protocols in turn', 2, protocols],
  ])('in turn is no hash because flows in turn meet one port each: %s', async (_, ports, flows) => {
    const judged = await sent(ports, inTurn(flows, 100), (_flow, i) => i % ports);
    expect(judged).toMatchObject(nothing);
    expect(judged.explanation).toContain('equally many frames');
  });

  it.each([1, 4, 7])('is no hash because flows have few frames: up to %d', async (most) => {
    const frames = fewFrames(someFlows(300), most);
    const turns = await sent(4, frames, (_flow, i) => i % 4);
    expect(turns).toMatchObject(nothing);
    expect(turns.probability).toBeLessThan(0.05);
    expect(await sent(4, frames, () => random.below(4))).toMatchObject(nothing);
  });
});

describe('a sender that hashes', () => {
  const drawn = (ports: number, key: (flow: Flow) => string): PortOf => {
    const table = new Map<string, number>();
    return (flow) => {
      if (!table.has(key(flow))) table.set(key(flow), random.below(ports));
      return table.get(key(flow))!;
    };
  };

  it('is told from one that deals out frames by the second frame of a few flows', async () => {
    const once = someFlows(100);
    const twice = shuffled([...once, ...once.slice(0, 12)]);
    const portOf = drawn(3, ({ srcIp, srcPort }) => `${srcIp} ${srcPort}`);
    expect(await sent(3, once, portOf)).toMatchObject(nothing);
    expect(await sent(3, twice, portOf)).toMatchObject({ kind: 'per-flow-hash', said: { 'l4.srcport': 'used' } });
  });

  it('is so by flows of one frame each that share what is hashed, or are where a known function puts them', async () => {
    const flows = someFlows(200);
    const byClient = await sent(
      3,
      flows,
      drawn(3, ({ srcIp }) => srcIp),
    );
    expect(byClient).toMatchObject({ kind: 'per-flow-hash', said: { 'ip.src': 'used', 'l4.srcport': 'unused' } });
    const layer34 = policyNamed('linux-layer3+4');
    const known = await sent(4, flows, ({ srcIp, srcPort }) =>
      layer34.bucket(row({ srcIp: ip(srcIp), dstIp: ip('192.0.2.10'), srcPort, dstPort: 53, protocol: 17 }), 4),
    );
    expect(known).toMatchObject({ kind: 'per-flow-hash', function: 'linux-layer3+4' });
  });

  it('is so where flows come in turn, if one of them does not and keeps its port', async () => {
    const control: Flow = { srcIp: '192.0.2.20', srcPort: 40_000, protocol: 'tcp' };
    const frames = inTurn(oneClient, 100).flatMap((flow, i) => (i % 50 === 7 ? [flow, control, control] : [flow]));
    const { kind, said } = await sent(4, frames, ({ srcPort }) => srcPort % 4);
    expect({ kind, said }).toMatchObject({ kind: 'per-flow-hash', said: { 'l4.srcport': 'used' } });
  });
});
