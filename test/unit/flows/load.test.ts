import { describe, expect, it } from 'vitest';
import { type ControlFrame, EGRESS, INGRESS, type Pass } from '../../../src/engine/pass.js';
import { findCopies } from '../../../src/flows/copies.js';
import { linkRates } from '../../../src/flows/link-rate.js';
import { countCopies, directionLoad } from '../../../src/flows/load.js';
import { peersOf, topFlowsOf } from '../../../src/flows/peers.js';
import { epochText, timeText } from '../../../src/flows/time-text.js';
import { superFrameSegments, utilisation, wireLoads } from '../../../src/flows/wire-load.js';
import { labCaptures, labPass, sharedFolder } from '../../helpers/lab-captures.js';
import { buildPass, CLIENT, type FlowSpec, type PassSpec, SECOND, SERVER } from '../../helpers/pass-builder.js';

const BROADCAST = 0xffffffffffff;

function loadOf(spec: PassSpec, direction: typeof INGRESS | typeof EGRESS = INGRESS, members = [0, 1, 2, 3]) {
  const pass = buildPass(spec);
  return directionLoad(
    pass,
    direction,
    members,
    linkRates(pass),
    countCopies(pass, findCopies(pass)),
    wireLoads(pass, direction),
  );
}

describe('directionLoad', () => {
  it('shares out frames, octets and flows, idle ports too', () => {
    const load = loadOf({
      durationNs: 10 * SECOND,
      flows: [
        { port: 2, frames: 30, octets: 3000, srcPort: 1 },
        { port: 0, frames: 10, octets: 1000, srcPort: 2 },
        { port: 0, frames: 5, octets: 400, srcIp: null },
        { port: 1, frames: 99, octets: 99, direction: EGRESS },
      ],
    });
    expect(load).toMatchObject({ frames: 45, octets: 4400, flows: 2 });
    expect(load.ports[0]).toMatchObject({ port: 'igb0', frames: 15, octets: 1400, flows: 1, flowShare: 0.5 });
    expect(load.ports[1]).toMatchObject({ frames: 0, octetShare: 0, meanBitsPerSecond: 0, tcp: null });
    expect(load.ports[2]).toMatchObject({ frameShare: 30 / 45, meanBitsPerSecond: 2400, peakBitsPerSecond: 24_000 });
    expect(load.series).toMatchObject({ interval: 1, start: '1407782400.000000000' });
    expect(load.series.bitsPerSecond.igb2[0]).toBe(24_000);
  });

  it('balances over the ports that could have been chosen', () => {
    const spec = { flows: [{ port: 0 }, { port: 1 }] };
    expect(loadOf(spec).balance).toEqual({ jain: 0.5, effectiveLinks: 2, maxOverMean: 2 });
    expect(loadOf(spec, INGRESS, [0, 1]).balance.jain).toBe(1);
    expect(loadOf({}).balance).toEqual({ jain: null, effectiveLinks: null, maxOverMean: null });
  });

  it('counts copies in the ports, but echoes of the station in neither direction', () => {
    const copied = (fields: FlowSpec): FlowSpec => ({
      direction: EGRESS,
      srcMac: SERVER,
      frames: 12,
      octets: 1200,
      mover: { runs: [{ port: 0, frames: 10, firstNs: 0, lastNs: 1 }], duplicates: [0, 2, 0, 0] },
      ...fields,
    });
    const echoed = { flows: [copied({ dstMac: BROADCAST, srcIp: null })] };
    expect(loadOf(echoed, EGRESS)).toMatchObject({ frames: 10, octets: 1000 });
    const unicast = { flows: [copied({ dstMac: CLIENT })] };
    expect(loadOf(unicast, EGRESS)).toMatchObject({ frames: 12, octets: 1200 });
    expect(countCopies(buildPass(echoed), [])).toMatchObject({ duplicates: 0, echoes: 2 });
    expect(countCopies(buildPass(unicast), [])).toMatchObject({ duplicates: 2, echoes: 0 });
  });

  it('gives losses with an interval, per port, by what each direction can know', () => {
    const losses = { late: 1, filled: 2, again: 1, missed: 5 };
    const lossy = { port: 1, pairs: 96, repeats: 4, losses };
    const counted = { segments: 100, retransmissions: 4, overtaken: 1, repaired: 2, repeated: 1, missed: 5 };
    const [low, high] = loadOf({ flows: [lossy] }).ports[1].tcp!.lossInterval;
    expect(loadOf({ flows: [lossy] }).ports[1].tcp).toMatchObject({
      ...counted,
      lossShare: 0.02,
      lossyFlows: 1,
      lossyStations: 1,
    });
    expect([low, high]).toEqual([expect.closeTo(0.0055, 4), expect.closeTo(0.07, 3)]);
    const egress = loadOf({ flows: [{ ...lossy, direction: EGRESS }] }, EGRESS).ports[1].tcp;
    expect(egress).toMatchObject({ ...counted, lossShare: 0.01, steadyFlows: 1 });
  });
});

const used = (pass: Pass, rate: number) => utilisation(wireLoads(pass, INGRESS)[0]!, rate);

describe('linkRates', () => {
  const busy = (bitsPerSecond: number): PassSpec => ({
    seriesOctets: [
      [[bitsPerSecond / 8], [0], [0], [0]],
      [[0], [0], [0], [0]],
    ],
    seriesFrames: [
      [[bitsPerSecond / 8 / 1514], [0], [0], [0]],
      [[0], [0], [0], [0]],
    ],
    interfaceSpeed: [null, 1e10, null, null],
  });

  it('takes what is given, else the interface speed, else the lowest rate that fits', () => {
    const pass = buildPass(busy(0.984e9));
    expect(linkRates(pass)).toEqual([
      { bitsPerSecond: 1e9, basis: 'assumed' },
      { bitsPerSecond: 1e10, basis: 'interface' },
      { bitsPerSecond: 1e9, basis: 'assumed' },
      { bitsPerSecond: 1e9, basis: 'assumed' },
    ]);
    expect(linkRates(pass, new Map([['igb1', 1e9]]))[1]).toEqual({ bitsPerSecond: 1e9, basis: 'given' });
    expect(linkRates(pass, 5e9)[0]).toEqual({ bitsPerSecond: 5e9, basis: 'given' });
    expect(linkRates(buildPass(busy(2e9)))[0].bitsPerSecond).toBe(2.5e9);
    expect(linkRates(buildPass())[0]).toEqual({ bitsPerSecond: null, basis: null });
  });

  const lldp = (port: number, mau: number): ControlFrame => {
    const bytes = Uint8Array.from([
      0x01,
      0x80,
      0xc2,
      0,
      0,
      0x0e,
      ...Array(6).fill(2),
      0x88,
      0xcc,
      254,
      9,
      0,
      0x12,
      0x0f,
      1,
      3,
      0,
      0,
      0,
      mau,
    ]);
    return { kind: 'lldp', port, input: port, frame: 1, timeNs: 0, payloadAt: 14, bytes };
  };

  it('takes what LLDP says before what the capturing host wrote down, and what is given before that', () => {
    const pass = buildPass({ ...busy(0.5e9), control: [lldp(0, 30), lldp(1, 30), lldp(2, 0)] });
    expect(linkRates(pass).map(({ basis }) => basis)).toEqual(['lldp', 'lldp', 'assumed', 'assumed']);
    expect(linkRates(pass)[1]!.bitsPerSecond).toBe(1e9);
    expect(linkRates(pass, 5e9)[0]).toEqual({ bitsPerSecond: 5e9, basis: 'given' });
  });

  it('believes no rate that the traffic exceeds, nor two of them', () => {
    const slow = buildPass({ ...busy(2e9), control: [lldp(0, 30)], interfaceSpeed: [1e9, null, null, null] });
    expect(linkRates(slow)[0]).toEqual({ bitsPerSecond: 2.5e9, basis: 'assumed' });
    const two = buildPass({ ...busy(0.05e9), control: [lldp(0, 30), lldp(0, 16)] });
    expect(linkRates(two)[0]!.basis).toBe('assumed');
  });

  it('counts what a wire adds: a full gigabit of 1514-octet frames is full', () => {
    const framesASecond = 1e9 / 8 / 1538;
    expect(used(buildPass(busy(framesASecond * 1514 * 8)), 1e9)).toBeCloseTo(1, 6);
  });

  it('pads short frames', () => {
    const spec: PassSpec = { seriesOctets: [[[42_000]], [[0]]], seriesFrames: [[[1000]], [[0]]], ports: ['igb0'] };
    expect(used(buildPass(spec), 1e6)).toBeCloseTo((1000 * 84 * 8) / 1e6, 9);
  });

  it('counts a frame of offload as its segments', () => {
    const spec = { ports: ['igb0'], durationNs: SECOND };
    const flow = { frames: 10, octets: 10 * 30_280 };
    const plain = used(buildPass({ ...spec, flows: [flow] }), 1e9);
    const offload = used(buildPass({ ...spec, flows: [{ ...flow, superFrames: 10 }] }), 1e9);
    expect((offload - plain) * 1e9).toBeCloseTo(190 * 90 * 8, 6); // 20 segments a frame
    const jumbo = { frames: 10, octets: 90_140, superFrames: 10 };
    expect(used(buildPass({ ...spec, flows: [jumbo] }), 1e9) * 1e9).toBeCloseTo((90_140 + 240) * 8, 6);
  });
});

describe('wireLoads', () => {
  it('says how far off it may be where offload hides how frames were cut', () => {
    const flow = { frames: 10, octets: 10 * 30_280, superFrames: 10 };
    const { atLeast, likely, atMost } = wireLoads(buildPass({ durationNs: SECOND, flows: [flow] }), INGRESS)[0]!;
    const least = 302_800 + 240;
    expect([atLeast[0], likely[0], atMost[0]]).toEqual(
      [least, least + 190 * 90, least + 190 * 90 + 180].map((octets) => octets * 8),
    );
  });

  it('takes frames that may be jumbos for segments in the upper figure only', () => {
    const flow = { frames: 10, octets: 10 * 4542, superFrames: 10 };
    const { atLeast, likely, atMost } = wireLoads(buildPass({ durationNs: SECOND, flows: [flow] }), INGRESS)[0]!;
    expect(likely[0]).toBe(atLeast[0]);
    expect(atMost[0]).toBe((45_420 + 20 * 90 + 420) * 8);
  });
});

describe('superFrameSegments', () => {
  it('says what frames of offload were on the wire, and nothing without one', () => {
    const offload = { frames: 12, octets: 10 * 30_280 + 2 * 66, superFrames: 10, direction: EGRESS } as const;
    expect(superFrameSegments(buildPass({ flows: [offload, { frames: 5 }] }))).toBe(200);
    expect(superFrameSegments(buildPass({ flows: [{ frames: 5 }] }))).toBeNull();
    expect(superFrameSegments(buildPass({ flows: [{ frames: 3, octets: 27_042, superFrames: 3 }] }))).toBe(3); // jumbos
  });
});

describe('peersOf', () => {
  it('lists clients by port, and all beyond 64 in one row', () => {
    const flows = Array.from({ length: 70 }, (_, n) => ({
      srcMac: CLIENT + n,
      srcIp: `10.0.0.${n}`,
      port: n % 2,
      octets: 1000 - n,
    }));
    const peers = peersOf(buildPass({ flows: [...flows, { dstMac: BROADCAST }] }), INGRESS);
    expect(peers).toHaveLength(65);
    expect(peers[0]).toEqual({
      mac: '3c:7c:3f:00:00:10',
      ip: '10.0.0.0',
      flows: 1,
      ports: [{ port: 'igb0', flows: 1, frames: 10, octets: 1000 }],
    });
    expect(peers[64]).toMatchObject({ mac: null, ip: null, flows: 6, ports: [{ flows: 3 }, { flows: 3 }] });
  });

  it('is the far end in both directions', () => {
    const back: FlowSpec = { direction: EGRESS, srcMac: SERVER, dstMac: CLIENT, srcIp: '10.0.0.10', dstIp: '10.0.0.1' };
    expect(peersOf(buildPass({ flows: [back] }), EGRESS)[0]).toMatchObject({
      mac: '3c:7c:3f:00:00:10',
      ip: '10.0.0.1',
    });
  });
});

describe('topFlowsOf', () => {
  it('keeps the largest, in order', () => {
    const flows = Array.from({ length: 5000 }, (_, n) => ({ srcPort: n, octets: (n * 7919) % 5000 }));
    const top = topFlowsOf(buildPass({ flows }), INGRESS, 1e6, 3);
    expect(top.map(({ octets }) => octets)).toEqual([4999, 4998, 4997]);
    expect(top[0].share).toBeCloseTo(0.004999, 9);
  });

  it('says of each on how many ports it was', () => {
    const runs = [0, 1, 0].map((port, i) => ({ port, frames: 4, firstNs: i * 1e9, lastNs: i * 1e9 }));
    const flows = [{ octets: 3 }, { octets: 2, mover: { runs } }, { octets: 1, notFollowed: true }];
    expect(topFlowsOf(buildPass({ flows }), INGRESS, 6, 9).map(({ onPorts }) => onPorts)).toEqual([1, 2, 2]);
  });
});

describe('timeText', () => {
  it('writes seconds with nine decimals', () => {
    expect(timeText(1_407_782_400_000_000_000n, 123_456_789)).toBe('1407782400.123456789');
    expect(epochText(5n)).toBe('0.000000005');
    expect(epochText(-1_500_000_000n)).toBe('-1.500000000');
  });
});

describe.skipIf(!sharedFolder)('load of real captures (needs LACPSCOPE_SHARED)', () => {
  it.each(labCaptures())('$name', ({ name, truth }) => {
    const { pass } = labPass(name);
    const copies = findCopies(pass);
    for (const [direction, side] of [
      [INGRESS, 'ingress'],
      [EGRESS, 'egress'],
    ] as const) {
      const load = directionLoad(
        pass,
        direction,
        [0, 1],
        linkRates(pass),
        countCopies(pass, copies),
        wireLoads(pass, direction),
      );
      const { framesPerPort, octetsPerPort, flows } = truth.directions[side];
      expect(Object.fromEntries(load.ports.map(({ port, frames }) => [port, frames]))).toEqual(framesPerPort);
      expect(Object.fromEntries(load.ports.map(({ port, octets }) => [port, octets]))).toEqual(octetsPerPort);
      // The truth counts a tunnel with ICMPv6 inside as a flow; the document counts TCP, UDP and SCTP outside or inside.
      const otherTunnels = name !== 'e34-tunnels' ? 0 : direction === INGRESS ? 7 : 2;
      expect([side, load.flows]).toEqual([side, flows - otherTunnels]);
    }
  });
});
