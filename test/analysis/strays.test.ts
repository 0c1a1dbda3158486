import { describe, expect, it } from 'vitest';
import type { Analysis } from '../../src/document/schema.js';
import { type Captured, frame } from '../helpers/frames.js';
import { analyzeFrames, at, pacedFrames, SERVER } from '../helpers/paced-captures.js';

const TRAFFIC = pacedFrames(2, [
  { port: 0, client: 20, wireBitsPerSecond: 2e6, to: 3 },
  { port: 1, client: 21, wireBitsPerSecond: 2e6, to: 3 },
  { port: 0, client: 20, wireBitsPerSecond: 1e6, to: 3, out: true },
]);
const BROADCAST = 'ff:ff:ff:ff:ff:ff';
const CLIENT = '02:00:00:00:01:14';

/** Frames of 0.01 s distance, one by one. */
const every = (many: number, bytes: (n: number) => Uint8Array, after = 0): Captured[] =>
  Array.from({ length: many }, (_, n) => ({ ns: at(n / 100 + after), bytes: bytes(n) }));
const withFrames = (...extra: readonly Captured[][]) =>
  analyzeFrames(TRAFFIC.map((frames, port) => [...frames, ...(extra[port] ?? [])]));
const idsOf = ({ findings }: Analysis) => findings.map(({ id }) => id).filter((id) => id.startsWith('capture-'));

describe('frames that should not be there', () => {
  it('are none in plain traffic', async () => {
    const analysis = await withFrames();
    expect(idsOf(analysis)).toEqual([]);
    expect(analysis.quality).toMatchObject({
      echoes: [],
      flooded: { frames: 0, stations: 0 },
      superFrameSegments: null,
    });
  });

  it('are own broadcasts that come back, by the port they come back on', async () => {
    const broadcast = (n: number) => frame({ src: SERVER, dst: BROADCAST, protocol: 'udp', id: n, payload: 20 });
    const analysis = await withFrames(every(30, broadcast), every(30, broadcast, 0.0002));
    expect(analysis.quality.echoes).toEqual([{ port: 'igb1', frames: 30 }]);
    expect(idsOf(analysis)).toEqual(['capture-echoes']);
    const said = analysis.findings.find(({ id }) => id === 'capture-echoes')!;
    expect(said.title).toBe('30 broadcast or multicast frames of the server were on another link too: igb1');
  });

  it('are not a few of them, as when a link comes up', async () => {
    const broadcast = (n: number) => frame({ src: SERVER, dst: BROADCAST, protocol: 'udp', id: n, payload: 20 });
    const analysis = await withFrames(every(3, broadcast), every(3, broadcast, 0.0002));
    expect(analysis.quality.echoes).toEqual([{ port: 'igb1', frames: 3 }]);
    expect(idsOf(analysis)).toEqual([]);
  });

  it('are not broadcasts of a client that the switch sends on one port', async () => {
    const broadcast = (n: number) => frame({ src: CLIENT, dst: BROADCAST, protocol: 'udp', id: n, payload: 20 });
    expect(idsOf(await withFrames(every(30, broadcast)))).toEqual([]);
  });

  const to = (dst: string) => (n: number) => frame({ src: CLIENT, dst, dstIp: '192.0.2.99', id: n, payload: 20 });

  it('are frames for stations that never send here', async () => {
    const analysis = await withFrames(every(150, to('02:00:00:00:09:09')));
    expect(analysis.quality.flooded).toMatchObject({
      frames: 150,
      stations: 1,
      examples: [{ mac: '02:00:00:00:09:09', frames: 150, evidence: { source: 'igb0.pcap' } }],
    });
    expect(idsOf(analysis)).toEqual(['capture-flooded']);
  });

  it('are not the few that a switch floods until it has learnt, nor those of a machine behind the server', async () => {
    const few = await withFrames(every(9, to('02:00:00:00:09:09')));
    expect(few.quality.flooded!.frames).toBe(9);
    expect(idsOf(few)).toEqual([]);
    const machine = '02:00:00:00:09:09';
    const answers = every(150, (n) => frame({ src: machine, dst: CLIENT, srcIp: '192.0.2.99', id: n }), 0.001);
    const both = await withFrames([...every(150, to(machine)), ...answers]);
    expect(both.quality.flooded).toMatchObject({ frames: 0, stations: 0 });
  });
});

describe('a snap length that cuts headers', () => {
  it('is said with its share', async () => {
    const cut = every(200, (n) => frame({ src: CLIENT, dst: SERVER, id: n, payload: 500 }).subarray(0, 30));
    const analysis = await withFrames(cut.map((each) => ({ ...each, wire: 554 })));
    const said = analysis.findings.find(({ id }) => id === 'capture-cut-headers')!;
    expect(said).toMatchObject({ severity: 'warning', title: '200 frames were cut inside of their headers' });
    expect(idsOf(await withFrames(every(3, (n) => cut[n]!.bytes)))).toEqual([]);
  });
});
