/** A port that shows all frames of others: the aggregate itself beside its members, or a member that is a mirror session's end. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { seeded } from '../../src/stats/random.js';
import { type Captured, frame } from '../helpers/frames.js';
import { lacpFrame, party } from '../helpers/lacp-frames.js';
import { analyzeFrames, at, SERVER } from '../helpers/paced-captures.js';
import { readFrames } from '../helpers/pcap-frames.js';

const SAMPLE = join(import.meta.dirname, '../../samples/sf-l23-four-clients');

interface Scenario {
  readonly ownFlows?: number; // that no other port shows
  readonly ingressLateMs?: number; // when the port shows a frame, after the other
  readonly egressLateMs?: number;
  readonly longer?: number; // seconds of its capture before and after those of the others, with flows in them
  readonly lost?: number; // share of frames that the captures of the others lost
  readonly hole?: boolean; // one of them has none for a fifth of the time
  readonly short?: boolean; // flows of 30 frames in a third of a second
  readonly members?: number; // others
  readonly inTurn?: boolean; // each connection uses all members, frame by frame; the last one was not captured
  /** LACPDUs of each port on it; what the port shows: its own, those of all as they came, or both. */
  readonly lacp?: 'own' | 'all-received' | 'own-and-received' | 'all';
}

const SECONDS = 2;
const [OURS, THEIRS] = [0x02000000000a, 0x001c73000001];

/** Twelve connections a member, 100 frames in each direction; igb3 (of three members) shows all of them. */
async function judged(scenario: Scenario) {
  const { ownFlows = 0, ingressLateMs = 0.02, egressLateMs = 0.02, longer = 0, lost = 0, members = 3 } = scenario;
  const random = seeded(11);
  const frames: Captured[][] = Array.from({ length: members + 1 }, () => []);
  const connection = (n: number, port: number, from: number, seconds: number, count: number) => {
    const client = { ip: `192.0.2.${20 + (n % 200)}`, port: 40_000 + n };
    for (let i = 0; i < count; i++) {
      const when = from + (seconds * (i + random.below(1000) / 1000)) / count;
      for (const out of [false, true]) {
        const bytes = frame({
          ...(out
            ? { src: SERVER, dst: '01', srcIp: '192.0.2.10', dstIp: client.ip, srcPort: 5201, dstPort: client.port }
            : { src: '01', dst: SERVER, srcIp: client.ip, dstIp: '192.0.2.10', srcPort: client.port, dstPort: 5201 }),
          ...{ seq: 1 + i * 1000, payload: 1000, id: 1 + i },
        });
        const seen = when + (out ? 0.0001 : 0);
        const inHole = scenario.hole === true && port === 0 && seen > 0.4 * SECONDS && seen < 0.6 * SECONDS;
        const captured = seen >= 0 && seen <= SECONDS && random.below(1000) >= lost * 1000 && !inHole;
        const home = scenario.inTurn ? i % (members + 1) : port;
        if (home < members && captured) frames[home]!.push({ ns: at(10 + seen), bytes });
        frames[members]!.push({ ns: at(10 + seen + (out ? egressLateMs : ingressLateMs) / 1e3), bytes });
      }
    }
  };
  let n = 0;
  for (; n < 12 * members; n++) {
    if (scenario.short) for (let k = 0; k < 6; k++) connection(n + 1000 * k, n % members, k / 3, 1 / 3, 30);
    else connection(n, n % members, -longer, SECONDS + 2 * longer, Math.round(100 * (1 + longer)));
  }
  for (let own = 0; own < ownFlows; own++) connection(n++, members, 0, SECONDS, 100);
  if (longer > 0) for (let k = 0; k < 12; k++) connection(n++, members, -longer, longer, 50);
  if (longer > 0) for (let k = 0; k < 12; k++) connection(n++, members, SECONDS, longer, 50);
  if (scenario.lacp !== undefined) {
    for (let port = 0; port <= members; port++) {
      for (const out of [false, true]) {
        const [ours, theirs] = [OURS, THEIRS].map((system) => party({ system, port: port + 1 }));
        const [source, actor, partner] = out ? [OURS, ours!, theirs!] : [THEIRS, theirs!, ours!];
        for (const seconds of [0.5, 1, 1.5]) {
          const pdu = { ns: at(10 + seconds + port / 1e6), bytes: lacpFrame({ source, actor, partner }).bytes };
          const isShown = port === members && scenario.lacp !== 'all-received';
          if (port < members || isShown) frames[port]!.push(pdu);
          const isCopied = scenario.lacp === 'all' || (scenario.lacp !== 'own' && !out);
          if (!isShown && isCopied) frames[members]!.push({ ...pdu, ns: pdu.ns + 20_000n });
        }
      }
    }
  }
  const analysis = await analyzeFrames(frames, { rate: 1e9 });
  return {
    ...{ analysis, quality: analysis.quality, ingress: analysis.directions.ingress },
    ids: analysis.findings.map(({ id }) => id),
    said: (id: string) => analysis.findings.find((each) => each.id === id)?.explanation ?? '',
  };
}

describe('a member port that shows all frames of the others', () => {
  it.each([12, 3])('keeps its own %d flows', async (ownFlows) => {
    const { analysis, quality, ingress, ids, said } = await judged({ ownFlows });
    expect(ids).not.toContain('capture-aggregate');
    const mirrored = analysis.findings.find(({ id }) => id === 'capture-mirrored');
    expect(mirrored!.advice).toContain('capture every member port');
    expect(quality.copies).toEqual([]);
    expect(quality.mirrors).toMatchObject([
      { port: 'igb3', of: ['igb0', 'igb1', 'igb2'], hasOwn: true, mayBeAggregate: true },
    ]);
    expect(said('capture-mirrored')).toContain('aggregate');
    expect(ingress.ports.map(({ flows }) => flows)).toEqual([12, 12, 12, ownFlows]);
    const own = ingress.ports[3]!.frames;
    expect(own).toBeGreaterThanOrEqual(100 * ownFlows);
    expect(own).toBeLessThan(100 * ownFlows + 3 * 36);
    expect(ingress.saturation.verdict).toBe('unknown');
    expect(ingress.ports[3]!.utilisation).toBeNull();
    expect(ingress.hash?.function ?? null).toBeNull();
    expect(ingress.pingPong).toEqual([]);
    expect(quality.verdict).toBe('limited');
  });

  it.each(['own', 'own-and-received'] as const)(
    'is a member for certain where LACPDUs sent or received by one port are on it alone: %s',
    async (lacp) => {
      const { quality, analysis, ids, said } = await judged({ ownFlows: 12, lacp });
      expect(quality.mirrors).toMatchObject([{ port: 'igb3', hasOwn: true, mayBeAggregate: false }]);
      expect(said('capture-mirrored')).not.toContain('aggregate');
      expect(quality.limits.join()).not.toContain('no function is named');
      expect(analysis.lag.ports).toEqual(['igb0', 'igb1', 'igb2', 'igb3']);
      expect(ids).not.toContain('capture-copies');
    },
  );

  it('has the LACP of its own link where those of all are mirrored', async () => {
    const { quality, analysis, ingress, ids } = await judged({ ownFlows: 12, lacp: 'all' });
    expect(quality.copies).toEqual([]);
    expect(quality.mirrors).toMatchObject([{ port: 'igb3', hasOwn: true, mayBeAggregate: true }]);
    for (const wrong of ['capture-copies', 'lacp-same-port']) expect(ids).not.toContain(wrong);
    expect(analysis.lacp.ports.map(({ state, flaps }) => [state, flaps])).toEqual(Array(4).fill(['aggregated', 0]));
    expect(analysis.lacp.ports[3]!.pdus).toEqual({ sent: 3, received: 3 });
    expect(ingress.ports.map(({ flows }) => flows)).toEqual([12, 12, 12, 12]);
  });

  it('may be the aggregate where those of several are, and none that was sent', async () => {
    const { quality, ingress, ids } = await judged({ ownFlows: 12, lacp: 'all-received' });
    expect(quality.copies).toEqual([]);
    expect(quality.mirrors).toMatchObject([{ port: 'igb3', hasOwn: true, mayBeAggregate: true }]);
    expect(ids).not.toContain('capture-copies');
    expect(ingress.ports.map(({ flows }) => flows)).toEqual([12, 12, 12, 12]);
  });

  it('is not taken for a port captured twice beside one other', async () => {
    const { quality, ingress, ids } = await judged({ ownFlows: 12, members: 1 });
    expect(ids).not.toContain('capture-copies');
    expect(quality.mirrors).toMatchObject([{ port: 'igb1', of: ['igb0'], hasOwn: true }]);
    expect(ingress.ports.map(({ flows }) => flows)).toEqual([12, 12]);
  });
});

/** igb3 of a capture of a lab's LAG with the frames of the others, LACPDUs too, 20 microseconds later. */
it('a mirror session towards a port changes nothing of what that capture says', async () => {
  const files = [0, 1, 2, 3].map((port) => join(SAMPLE, `igb${port}.pcap`));
  const frames = files.map((file) =>
    readFrames(file).map(({ timeNs, bytes, wireLength }) => ({ ns: timeNs, bytes, wire: wireLength })),
  );
  const copies = frames.slice(0, 3).flatMap((port) => port.map((each) => ({ ...each, ns: each.ns + 20_000n })));
  const mirrored = [...frames.slice(0, 3), [...frames[3]!, ...copies]];
  const apart = await analyze({ inputs: files.map((path) => ({ name: null, path })) });
  const beside = await analyzeFrames(mirrored, { local: apart.lag.localStation.macs });
  expect(beside.quality.mirrors).toMatchObject([{ port: 'igb3', of: ['igb0', 'igb1', 'igb2'], hasOwn: true }]);
  for (const name of ['ingress', 'egress'] as const) {
    const [before, now] = [apart.directions[name], beside.directions[name]];
    expect(now.ports.map(({ flows }) => flows)).toEqual(before.ports.map(({ flows }) => flows));
    // A frame or two of each flow, from before it was seen on two ports, is not known for a copy.
    for (const [port, { frames: n }] of now.ports.entries())
      expect(Math.abs(n - before.ports[port]!.frames)).toBeLessThanOrEqual(port < 3 ? 0 : 48);
    expect(now.distribution.kind).toBe(before.distribution.kind);
    expect(now.pingPong).toEqual(before.pingPong);
  }
  expect(beside.lacp).toEqual(apart.lacp);
});

describe('the aggregate itself', () => {
  const ABOVE = { ingressLateMs: 0.02, egressLateMs: -0.02 };

  it.each<[string, Scenario]>([
    ['beside all members', {}],
    ['beside all members, of one clock', ABOVE],
    ['captured for longer', { longer: 1 }],
    ['beside captures that lost frames', { lost: 0.08 }],
    ['beside a capture with a hole', { hole: true }],
    ['beside captures that lost frames, of short flows', { lost: 0.08, short: true }],
  ])('is left out %s', async (_, scenario) => {
    const { quality, ingress, ids } = await judged(scenario);
    expect(quality.copies).toMatchObject([{ aggregate: 'igb3' }]);
    expect(quality.mirrors).toEqual([]);
    expect(ids).toContain('capture-aggregate');
    expect(ingress.ports[3]!.frames).toBe(0);
    expect(ingress.saturation.ports.map(({ port }) => port)).toEqual(['igb0', 'igb1', 'igb2']);
  });

  it('is told by showing what is sent before its members do, and what it shows alone is said to be a missing one’s', async () => {
    const { quality, ingress, ids, said } = await judged({ ...ABOVE, ownFlows: 12 });
    expect(quality.copies).toMatchObject([{ aggregate: 'igb3', alone: { flows: 24 } }]);
    expect(ids).not.toContain('capture-mirrored');
    expect(said('capture-aggregate')).toContain('24 flows');
    expect(quality.limits.join()).toContain('no function is named');
    expect(quality.verdict).toBe('limited');
    expect(ingress.hash?.function ?? null).toBeNull();
    expect(ingress.ports.map(({ flows }) => flows)).toEqual([12, 12, 12, 0]);
  });

  it('says of what came before and after its members’ captures that it can’t be told', async () => {
    const { said, quality } = await judged({ longer: 1 });
    expect(quality.copies[0]!.alone).toMatchObject({ flows: 0, frames: 0, more: 0, areOwn: false });
    expect(said('capture-aggregate')).toContain('before or after their captures');
    expect(quality.limits.join()).toContain('captured for longer');
    expect((await judged({})).said('capture-aggregate')).not.toMatch(/alone|before or after/);
  });

  it('says what it alone shows of flows that use a member which was not captured in turn', async () => {
    const { quality, said, ingress } = await judged({ inTurn: true });
    expect(quality.copies).toMatchObject([{ aggregate: 'igb3', alone: { flows: 0 } }]);
    const { more } = quality.copies[0]!.alone!;
    expect(more).toBeGreaterThan(0.9 * 36 * 50);
    expect(more).toBeLessThan(1.1 * 36 * 50);
    expect(said('capture-aggregate')).toContain('fewer ports');
    expect(ingress.distribution.kind).not.toBe('per-flow-hash');
  });

  it('is told beside one of its members too: it is not that port once more', async () => {
    const { quality, ingress, ids } = await judged({ ...ABOVE, ownFlows: 12, members: 1 });
    expect(quality.copies).toMatchObject([{ ports: ['igb0', 'igb1'], aggregate: 'igb1', alone: { flows: 24 } }]);
    expect(ids).not.toContain('capture-copies');
    expect(ingress.ports.map(({ flows }) => flows)).toEqual([12, 0]);
    expect(quality.verdict).toBe('unusable'); // of one link alone
  });

  it('says what it alone shows where captures of its members lost frames', async () => {
    const { said, quality, ingress } = await judged({ lost: 0.08 });
    expect(said('capture-aggregate')).toMatch(/frames more than theirs are on it alone/);
    expect(quality.limits.join()).toContain('on no member');
    expect(ingress.saturation.verdict).toBe('unknown');
  });
});
