import { describe, expect, it } from 'vitest';
import { EGRESS, INGRESS } from '../../../src/engine/pass.js';
import { distributingIntervals, everDistributing, lacpDocument, readLacp } from '../../../src/lacp/report.js';
import { labCaptures, labPass } from '../../helpers/lab-captures.js';
import { type LacpFrameSpec, lacpFrame, NOBODY, party } from '../../helpers/lacp-frames.js';
import { buildPass, SECOND, SERVER } from '../../helpers/pass-builder.js';

const SWITCH = 0x001c73861001;
const OTHER_SWITCH = 0x001c73861101;
const station = { macs: new Set([SERVER]) };

const own = (fields: Parameters<typeof party>[0] = {}) => party({ system: SERVER, key: 15, ...fields });
const peer = (fields: Parameters<typeof party>[0] = {}) => party({ system: SWITCH, key: 33, ...fields });

/** Both ends say what they are, every second from `from` to `to`. */
function chatter(port: number, from: number, to: number, local = own(), remote = peer()): LacpFrameSpec[] {
  const frames: LacpFrameSpec[] = [];
  for (let second = from; second <= to; second++) {
    const at = { port, timeNs: second * SECOND, frame: second + 1 };
    frames.push({ ...at, source: SERVER, actor: { ...local, port: port + 1 }, partner: { ...remote, port: port + 1 } });
    frames.push({ ...at, source: SWITCH, actor: { ...remote, port: port + 1 }, partner: { ...local, port: port + 1 } });
  }
  return frames;
}

function read(frames: readonly LacpFrameSpec[], seconds = 10) {
  const pass = buildPass({ durationNs: seconds * SECOND, control: frames.map(lacpFrame) });
  const report = readLacp(pass, station);
  const document = lacpDocument(report, pass.ports, (ns) => `${ns / SECOND}`);
  return { report, document, kinds: report.faults.map(({ kind }) => kind) };
}

const fast = 0x3f;
const allPorts = (from = 0, to = 10) =>
  [0, 1, 2, 3].flatMap((port) => chatter(port, from, to, own({ state: fast }), peer({ state: fast })));

describe('readLacp', () => {
  it('reports a healthy aggregate as it is', () => {
    const { document, kinds } = read(allPorts());
    expect(kinds).toEqual([]);
    expect(document.aggregates).toEqual([['igb0', 'igb1', 'igb2', 'igb3']]);
    expect(document.ports[2]).toMatchObject({
      port: 'igb2',
      state: 'aggregated',
      flaps: 0,
      transitions: [],
      interval: 1,
      timeout: 'short',
      pdus: { sent: 11, received: 11 },
      actor: { system: '32768,90:e2:ba:7b:0b:38', key: 15, port: '255,3', distributing: true, activity: 'active' },
      partner: { system: '32768,00:1c:73:86:10:01', key: 33, port: '255,3' },
    });
  });

  it('does not call a short capture without LACPDUs a capture without LACP', () => {
    expect(read([], 30).report).toMatchObject({ present: false, absence: 'normal-at-slow-rate' });
    expect(read([], 70).report).toMatchObject({ present: false, absence: 'no-lacp' });
    expect(read([], 30).document).toEqual({ present: false, ports: [], aggregates: [] });
  });

  it('tells a port that never heard anybody from one that lost its partner', () => {
    const alone = own({ state: 0x4f });
    const never = chatter(3, 0, 10, alone, NOBODY).filter(({ source }) => source === SERVER);
    const { report, document } = read([...allPorts().filter(({ port }) => port !== 3), ...never]);
    expect(report.faults).toMatchObject([{ kind: 'no-partner', port: 3, distributing: false }]);
    expect(document.ports[3]).toMatchObject({ state: 'defaulted', partner: null });
    expect(document.aggregates).toEqual([['igb0', 'igb1', 'igb2']]);

    const lost = [...allPorts(0, 5).filter(({ port }) => port === 3), ...never.filter(({ frame }) => frame! > 6)];
    expect(read([...allPorts().filter(({ port }) => port !== 3), ...lost]).kinds).toEqual(['partner-lost']);
  });

  it('notices that a port went silent and came back, which nothing announces', () => {
    const others = allPorts(0, 30).filter(({ port }) => port !== 2);
    const two = chatter(2, 0, 30, own({ state: fast }), peer({ state: fast }));
    const gone = two.filter(({ timeNs }) => timeNs! <= 5 * SECOND);
    const back = two.filter(({ timeNs }) => timeNs! >= 16 * SECOND);
    const { document, kinds } = read([...others, ...gone, ...back], 30);
    expect(document.ports[2]).toMatchObject({
      flaps: 1,
      state: 'aggregated',
      transitions: [
        { time: '8.3', from: 'aggregated', to: 'silent' },
        { time: '16', from: 'silent', to: 'aggregated' },
      ],
    });
    expect(kinds).toEqual([]);
    const stayedAway = read([...others, ...gone], 30);
    expect(stayedAway.report.faults).toMatchObject([{ kind: 'went-silent', port: 2, lastNs: 5 * SECOND }]);
  });

  it('does not miss a slow sender before its time', () => {
    const slow = [0, 1].flatMap((port) => chatter(port, 0, 1)); // the exchange at start, then 30 s of rest
    expect(read(slow, 60).document.ports[0]).toMatchObject({ state: 'aggregated', flaps: 0 });
  });

  it('calls an unsynchronized port a standby only when it lasts', () => {
    const waiting = own({ state: 0x07 });
    const two = chatter(2, 0, 10, waiting, peer({ state: 0x0f }));
    const others = allPorts().filter(({ port }) => port !== 2);
    expect(read([...others, ...two]).report.faults).toMatchObject([{ kind: 'standby', port: 2, side: 'local' }]);
    const starting = [
      ...two.filter(({ timeNs }) => timeNs! < 2 * SECOND),
      ...chatter(2, 2, 10, own({ state: fast }), peer({ state: fast })),
    ];
    const started = read([...others, ...starting]);
    expect(started.kinds).toEqual([]);
    expect(started.document.ports[2].transitions).toEqual([{ time: '2', from: 'negotiating', to: 'aggregated' }]);
  });

  it('names individual, half-open and looped ports', () => {
    const with2 = (local: ReturnType<typeof own>, remote: ReturnType<typeof peer>) =>
      read([...allPorts().filter(({ port }) => port !== 2), ...chatter(2, 0, 10, local, remote)]).report.faults;
    expect(with2(own({ state: fast }), peer({ state: 0x3b }))).toMatchObject([{ kind: 'individual', side: 'partner' }]);
    expect(with2(own({ state: fast }), peer({ state: 0x1f }))).toMatchObject([{ kind: 'half-open', side: 'partner' }]);
    expect(with2(own({ state: fast }), own({ state: fast }))).toContainEqual(
      expect.objectContaining({ kind: 'partner-is-actor', port: 2 }),
    );
  });

  it('says which side has several keys or partners', () => {
    const with3 = (local: ReturnType<typeof own>, remote: ReturnType<typeof peer>) =>
      read([...allPorts().filter(({ port }) => port !== 3), ...chatter(3, 0, 10, local, remote)]);
    const local = with3(own({ key: 16, state: fast }), peer({ state: fast }));
    expect(local.report.faults).toMatchObject([
      {
        kind: 'key-mismatch',
        side: 'local',
        groups: [
          { value: 15, ports: [0, 1, 2] },
          { value: 16, ports: [3] },
        ],
      },
    ]);
    expect(local.document.aggregates).toEqual([['igb0', 'igb1', 'igb2'], ['igb3']]);
    expect(with3(own({ state: fast }), peer({ key: 34, state: fast })).report.faults).toMatchObject([
      { kind: 'key-mismatch', side: 'partner', groups: [{ value: 33 }, { value: 34 }] },
    ]);
    expect(with3(own({ state: fast }), peer({ system: OTHER_SWITCH, state: fast })).report.faults).toMatchObject([
      {
        kind: 'two-partners',
        groups: [
          { value: SWITCH, ports: [0, 1, 2] },
          { value: OTHER_SWITCH, ports: [3] },
        ],
      },
    ]);
  });

  it('calls no port a spare that waits with another key or for another partner', () => {
    const waiting = own({ state: 0x07 });
    for (const remote of [peer({ key: 34, state: 0x07 }), peer({ system: OTHER_SWITCH, state: 0x0f })]) {
      const others = allPorts().filter(({ port }) => port !== 3);
      const { kinds } = read([...others, ...chatter(3, 0, 10, waiting, remote)]);
      expect(kinds).not.toContain('standby');
      expect(kinds.some((kind) => kind === 'key-mismatch' || kind === 'two-partners')).toBe(true);
    }
  });

  it('sees that the partner is another one since some time', () => {
    const other = peer({ system: OTHER_SWITCH, state: fast });
    const both = [0, 1, 2, 3].flatMap((port) => chatter(port, 13, 20, own({ state: fast }), other));
    const change = { kind: 'partner-changed', from: SWITCH, to: OTHER_SWITCH };
    expect(read([...allPorts(), ...both], 20).report.faults).toMatchObject(
      [0, 1, 2, 3].map((port) => ({ ...change, port })),
    );
  });

  it('tells flapping from churn', () => {
    const up = (from: number, to: number) => chatter(2, from, to, own({ state: fast }), peer({ state: fast }));
    const down = (from: number, to: number) => chatter(2, from, to, own({ state: 0x07 }), peer({ state: 0x07 }));
    const flapping = read([...up(0, 3), ...down(4, 5), ...up(6, 8), ...down(9, 10), ...up(11, 12)], 12);
    expect(flapping.report.faults).toMatchObject(
      [{ kind: 'flapping', port: 2, flaps: 2 }, ...noPdus([0, 1, 3])].sort(byPort),
    );
    expect(read(down(0, 61), 61).kinds.filter((kind) => kind === 'churn')).toHaveLength(2);
    expect(read(down(0, 59), 59).kinds).not.toContain('churn');
  });

  it('says that an end was not captured instead of missing it', () => {
    const oneSided = allPorts().filter(({ source }) => source === SERVER);
    const { report, document } = read(oneSided);
    expect(report.faults).toMatchObject([{ kind: 'partner-not-captured', ports: [0, 1, 2, 3] }]);
    expect(document.ports[0]).toMatchObject({ state: 'aggregated', partner: { key: 33 }, interval: null });
    expect(report.transmitters[INGRESS].speaks).toBe(false);
  });

  it('notices one port in two inputs', () => {
    const twin = allPorts().filter(({ port }) => port !== 1);
    const copy = twin.filter(({ port }) => port === 0).map((frame) => ({ ...frame, port: 1 }));
    expect(read([...twin, ...copy]).report.faults).toMatchObject([{ kind: 'same-port-twice', ports: [0, 1] }]);
  });

  it('notices that an end keeps an outdated picture of the other', () => {
    const two = chatter(2, 0, 10, own({ state: fast }), peer({ state: fast })).map((frame) =>
      frame.source === SERVER ? { ...frame, partner: { ...frame.partner, port: 99 } } : frame,
    );
    const faults = read([...allPorts().filter(({ port }) => port !== 2), ...two]).report.faults;
    expect(faults).toMatchObject([{ kind: 'views-differ', port: 2, side: 'local' }]);
  });

  it('follows what the transmitter of each direction announces', () => {
    const frames = [
      ...chatter(0, 0, 3, own({ state: fast }), peer({ state: 0x0f })),
      ...chatter(0, 4, 6, own({ state: 0x0f }), peer({ state: fast })),
      ...chatter(0, 7, 9, own({ state: fast }), peer({ state: fast })),
    ];
    const { report } = read(frames);
    const seconds = (direction: typeof INGRESS | typeof EGRESS) =>
      distributingIntervals(report, direction, 0, 10 * SECOND).map(({ fromNs, toNs }) => [
        fromNs / SECOND,
        toNs / SECOND,
      ]);
    expect(seconds(EGRESS)).toEqual([
      [0, 4],
      [7, 10],
    ]);
    expect(seconds(INGRESS)).toEqual([[4, 10]]);
    expect(everDistributing(report, EGRESS, 1)).toBe(false);
  });

  it('reads LACPDUs inside a VLAN tag and counts damaged ones', () => {
    const tagged = lacpFrame({ source: SERVER, actor: own(), partner: peer(), tag: true });
    const cut = { ...tagged, bytes: tagged.bytes.subarray(0, 40), frame: 2 };
    const report = readLacp(buildPass({ control: [tagged, cut] }), station);
    expect(report.ports[0].sent).toHaveLength(1);
    expect(report.malformed).toMatchObject([{ port: 0, frame: 2 }]);
    expect(report.lacpdus).toBe(2);
  });

  it('says of a port whose LACPDUs are cut that they could not be read, not that there are none', () => {
    const cut = allPorts().map((spec) => {
      const whole = lacpFrame(spec);
      return spec.port === 2 ? { ...whole, bytes: whole.bytes.subarray(0, 34) } : whole;
    });
    const { faults } = readLacp(buildPass({ durationNs: 10 * SECOND, control: cut }), station);
    expect(faults).toMatchObject([
      { kind: 'unread', ports: [2], count: 22, reason: expect.stringContaining('needed') },
    ]);
    expect(faults[0]!.pdus).toHaveLength(1);
  });
});

const noPdus = (ports: number[]) => ports.map((port) => ({ kind: 'no-lacpdu', port }));
const byPort = (a: { port: number }, b: { port: number }) => a.port - b.port;

describe.skipIf(!process.env.LACPSCOPE_SHARED)('LACP of real captures (needs LACPSCOPE_SHARED)', () => {
  it.each(labCaptures())('$name', ({ name, truth }) => {
    const { pass, station: local } = labPass(name);
    const report = readLacp(pass, local);
    for (const [port, portName] of pass.ports.entries()) {
      const { fromServer, fromSwitch } = truth.lacp.pdusPerFile?.[portName] ?? { fromServer: 0, fromSwitch: 0 };
      expect([report.ports[port].sent.length, report.ports[port].received.length]).toEqual([fromServer, fromSwitch]);
      const seen = truth.lacp.lastSeen?.[portName];
      const document = lacpDocument(report, pass.ports, String).ports[port];
      const brief = (end: typeof document.actor) => end && { system: end.system, key: end.key, port: end.port };
      if (seen?.server) expect(brief(document.actor)).toEqual(withoutState(seen.server.actor));
      if (seen?.switch) expect(brief(document.partner)).toEqual(withoutState(seen.switch.actor));
    }
    const expected: Record<string, string[]> = { 'miscabled-port': ['no-partner'], 'dup-capture': ['same-port-twice'] };
    expect(report.faults.map(({ kind }) => kind)).toEqual(expected[name] ?? []);
  });
});

const withoutState = ({ system, key, port }: { system: string; key: number; port: string }) => ({ system, key, port });
