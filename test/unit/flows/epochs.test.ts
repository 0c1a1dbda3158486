import { describe, expect, it } from 'vitest';
import { EGRESS, INGRESS, type Pass, type Silence } from '../../../src/engine/pass.js';
import { findEpochs } from '../../../src/flows/epochs.js';
import { judgeFlows } from '../../../src/flows/judge-flows.js';
import { memberPorts } from '../../../src/flows/members.js';
import { type Move, mostPierced, pierceAll } from '../../../src/flows/moves.js';
import { readLacp } from '../../../src/lacp/report.js';
import { lacpFrame, party } from '../../helpers/lacp-frames.js';
import { buildPass, type FlowSpec, SECOND, SERVER } from '../../helpers/pass-builder.js';

const SWITCH = 0x001c73861001;

/** The partner announces Distributing each second, where `says` allows it (null: nothing at all). */
function partnerPdus(seconds: number, says: (port: number, second: number) => boolean | null) {
  return [0, 1, 2, 3].flatMap((port) =>
    Array.from({ length: seconds + 1 }, (_, second) => {
      const distributing = says(port, second);
      if (distributing === null) return [];
      const actor = party({ system: SWITCH, port: port + 1, state: distributing ? 0x3f : 0x0f });
      const partner = party({ system: SERVER, port: port + 1, state: 0x3f });
      return [lacpFrame({ source: SWITCH, actor, partner, port, timeNs: second * SECOND })];
    }).flat(),
  );
}

function allOf(pass: Pass) {
  const lacp = readLacp(pass, { macs: new Set([SERVER]) });
  const members = memberPorts(pass, INGRESS, lacp, []);
  return findEpochs(pass, INGRESS, members, lacp, judgeFlows(pass));
}

const epochsOf = (pass: Pass) => allOf(pass).map(({ startNs, kind, ports }) => [startNs / SECOND, kind, ports.length]);

/** Thirty flows a port: that none of them shows on a port for seconds is no chance. */
const busy = [0, 1, 2, 3].flatMap((port) =>
  Array.from({ length: 30 }, (_, n): FlowSpec => {
    const firstNs = (n % 10) * 2 * SECOND + SECOND / 4;
    return { srcPort: port * 100 + n, port, firstNs, lastNs: firstNs + SECOND / 2 };
  }),
);
const silence = (fromSecond: number, toSecond: number, port = 2): Silence => ({
  port,
  direction: INGRESS,
  fromNs: fromSecond * SECOND,
  toNs: toSecond * SECOND,
});
/** A link that is down is silent in both directions. */
const silentBothWays = (fromSecond: number, toSecond: number): Silence[] => [
  silence(fromSecond, toSecond),
  { ...silence(fromSecond, toSecond), direction: EGRESS },
];
const avoiding2 = busy.map((flow) =>
  flow.port === 2 && flow.firstNs! > 5 * SECOND && flow.firstNs! < 14 * SECOND ? { ...flow, port: 3 } : flow,
);
const pass = (spec: Parameters<typeof buildPass>[0]) =>
  buildPass({ durationNs: 20 * SECOND, flows: avoiding2, ...spec });

describe('findEpochs', () => {
  it('has one epoch where nothing changes', () => {
    expect(epochsOf(pass({ control: partnerPdus(20, () => true) }))).toEqual([[0, 'start', 4]]);
  });

  it('finds a port whose LACPDUs stop while it is silent, and its return', () => {
    const control = partnerPdus(20, (port, second) => (port === 2 && second > 5 && second < 14 ? null : true));
    expect(epochsOf(pass({ control, silences: silentBothWays(5.5, 14.5) }))).toEqual([
      [0, 'start', 4],
      [5.5, 'failover', 3],
      [14, 'recovery', 4], // when it was announced again, before the first frame
    ]);
  });

  it('takes missed LACPDUs for lost frames where the other direction goes on', () => {
    const control = partnerPdus(20, (port, second) => (port === 2 && second > 5 && second < 14 ? null : true));
    expect(epochsOf(pass({ control, silences: [silence(5.5, 14.5)] }))).toEqual([[0, 'start', 4]]);
  });

  it('finds a port whose sender cleared Distributing, at the last announcement', () => {
    const control = partnerPdus(20, (port, second) => port !== 2 || second <= 7);
    expect(epochsOf(pass({ control, silences: [silence(5.5, 20)] }))).toEqual([
      [0, 'start', 4],
      [7, 'failover', 3],
    ]);
  });

  it('lets the moves of flows correct the instant', () => {
    const moved = [1, 2, 3].map(
      (n): FlowSpec => ({
        srcPort: 900 + n,
        mover: {
          committedSwitches: 1,
          runs: [
            { port: 0, frames: 50, firstNs: SECOND, lastNs: 6 * SECOND },
            { port: 1, frames: 50, firstNs: 6.2 * SECOND, lastNs: 12 * SECOND },
          ],
        },
      }),
    );
    const control = partnerPdus(20, (port, second) => (port === 2 && second > 5 ? null : true));
    const [, failover] = epochsOf(
      pass({ flows: [...avoiding2, ...moved], control, silences: silentBothWays(5.5, 20) }),
    );
    expect(failover).toEqual([6.1, 'failover', 3]);
  });

  it('does not call a distributing port out because it is idle', () => {
    expect(epochsOf(pass({ control: partnerPdus(20, () => true), silences: [silence(5.5, 14.5)] }))).toEqual([
      [0, 'start', 4],
    ]);
  });

  it('does not call a silence an outage that may be chance', () => {
    const control = partnerPdus(20, (port, second) => (port === 2 && second > 5 ? null : true));
    const few = avoiding2.filter((_, n) => n % 10 === 4); // 12 flows, all of them meanwhile
    expect(epochsOf(pass({ flows: few, control, silences: [silence(5.5, 20)] }))).toEqual([[0, 'start', 4]]);
  });

  it('needs few flows where both ends of the link stop speaking', () => {
    const stops = (port: number, second: number) => (port === 2 && second > 5 && second < 14 ? null : true);
    const partners = partnerPdus(20, stops);
    const own = partnerPdus(20, stops).map(({ port, timeNs }) => {
      const actor = party({ system: SERVER, port: port + 1, state: 0x3f });
      const partner = party({ system: SWITCH, port: port + 1, state: 0x3f });
      return lacpFrame({ source: SERVER, actor, partner, port, timeNs: timeNs + SECOND / 2 });
    });
    const few = avoiding2.filter((_, n) => n % 10 === 4); // 12 flows
    const run = (port: number, from: number, to: number) => ({
      ...{ port, frames: 40, firstNs: from * SECOND, lastNs: to * SECOND },
    });
    const moved = [1, 2].map((n): FlowSpec => {
      return { srcPort: 700 + n, mover: { runs: [run(2, 0.5, 5.5), run(n, 5.7, 19)], committedSwitches: 1 } };
    });
    const both = [...partners, ...own].sort((a, b) => a.timeNs - b.timeNs);
    const kinds = (flows: readonly FlowSpec[], control: typeof own) =>
      epochsOf(pass({ flows, control, silences: silentBothWays(5.6, 13.9) })).map(([, kind]) => kind);
    expect(kinds([...few, ...moved], both)).toEqual(['start', 'failover', 'recovery']);
    expect(kinds(few, both)).toEqual(['start']); // its capture may have stalled
  });

  it('needs few flows where the sender says that it does not use the port', () => {
    const control = partnerPdus(20, (port, second) => port !== 2 || second <= 5 || second >= 14);
    const few = avoiding2.filter((_, n) => n % 10 === 4); // 12 flows
    expect(epochsOf(pass({ flows: few, control, silences: silentBothWays(5.5, 14.5) }))).toEqual([
      [0, 'start', 4],
      [5.5, 'failover', 3],
      [14, 'recovery', 4],
    ]);
  });

  it('takes the first word after the silence for the return, however long no frame takes the port', () => {
    const control = partnerPdus(20, (port, second) => (port === 2 && second > 2 && second < 7 ? null : true));
    const rare = busy.map((flow) => (flow.port === 2 && flow.firstNs! > 2 * SECOND ? { ...flow, port: 3 } : flow));
    expect(epochsOf(pass({ flows: rare, control, silences: silentBothWays(2.5, 19) }))).toEqual([
      [0, 'start', 4],
      [2.5, 'failover', 3],
      [7, 'recovery', 4],
    ]);
  });

  it('knows of flows that pauses everywhere leave in doubt, where they moved to other ports meanwhile', () => {
    const control = partnerPdus(20, (port, second) => port !== 2 || second <= 5 || second >= 14);
    const run = (port: number, from: number, to: number) => ({
      port,
      frames: 40,
      firstNs: from * SECOND,
      lastNs: to * SECOND,
    });
    const pausing = Array.from({ length: 40 }, (_, n): FlowSpec => {
      const gapBins = [0, 0, 0, 100, 0, 0, 2]; // two of more than a second, of no known length
      const moved = [run(2, 0.5, 5.2), run(n % 2, 5.9, 13.8), run(2, 14.6, 19)];
      const stayed = [run(3, 0.5, 19)];
      return { srcPort: 700 + n, gapBins, mover: { runs: n % 4 === 0 ? stayed : moved, committedSwitches: 2 } };
    });
    expect(epochsOf(pass({ flows: pausing, control, silences: silentBothWays(5.2, 14.6) }))).toMatchObject([
      [0, 'start', 4],
      [5.55, 'failover', 3],
      [14, 'recovery', 4],
    ]);
  });

  it('takes a port for none that came back where LACP begins on all ports at once', () => {
    // Nothing but an odd frame, then everything starts: the connections of the busy port a moment after the others.
    const control = partnerPdus(20, (_, second) => (second < 8 ? null : true)).map((pdu) => ({
      ...pdu,
      timeNs: pdu.timeNs + pdu.port, // one after the other
    }));
    const all = Array.from(
      { length: 40 },
      (_, n): FlowSpec => ({ srcPort: n, port: 2, firstNs: 8.1 * SECOND, lastNs: 19 * SECOND }),
    );
    const odd = { srcPort: 99, port: 0, firstNs: 8.05 * SECOND, lastNs: 8.06 * SECOND };
    expect(epochsOf(pass({ flows: [...all, odd], control, silences: silentBothWays(0, 8.1) }))).toEqual([
      [0, 'start', 4],
    ]);
  });

  it('counts a port that comes late out from the beginning', () => {
    const control = partnerPdus(20, (port, second) => (port === 2 && second < 14 ? null : true));
    const late = avoiding2.map((flow) =>
      flow.port === 2 && flow.firstNs! < 14 * SECOND ? { ...flow, port: 3 } : flow,
    );
    expect(epochsOf(pass({ flows: late, control, silences: silentBothWays(0, 14.25) }))).toEqual([
      [0, 'start', 3],
      [14, 'recovery', 4],
    ]);
    const [, joined] = allOf(pass({ flows: late, control, silences: silentBothWays(0, 14.25) }));
    expect(joined!.reason).toMatch(/^igb2 joined;/); // where nothing of it was seen before
  });

  it('says between which LACPDUs a port left and came back', () => {
    const startsOf = (control: ReturnType<typeof partnerPdus>) =>
      allOf(pass({ control, silences: silentBothWays(5, 14) })).map(({ startsIn }) =>
        startsIn === undefined ? null : [startsIn.fromNs / SECOND, startsIn.toNs / SECOND],
      );
    // The one that is due does not come; or says that the port is out.
    const stopped = partnerPdus(20, (port, second) => (port === 2 && second > 5 && second < 14 ? null : true));
    expect(startsOf(stopped)).toEqual([null, [5, 6.5], [5, 14]]);
    const cleared = partnerPdus(20, (port, second) => port !== 2 || second <= 5 || second >= 14);
    expect(startsOf(cleared)).toEqual([null, [5, 6], [13, 14]]);
  });

  it('ignores silences of the other direction', () => {
    const control = partnerPdus(20, (port, second) => (port === 2 && second > 5 ? null : true));
    const other: Silence = { ...silence(5.5, 20), direction: EGRESS };
    expect(epochsOf(pass({ control, silences: [other] }))).toEqual([[0, 'start', 4]]);
  });
});

describe('moves', () => {
  const move = (fromNs: number, toNs: number): Move => ({ flow: 0, from: 0, to: 1, fromNs, toNs, isMoved: true });

  it('keeps the default instant unless another lies in more moves', () => {
    const within = (ns: number) => ({ ns, fromNs: ns - 9, toNs: ns + 9 });
    expect(mostPierced([move(10, 20)], 0, 100, within(15))).toEqual({ ns: 15, fromNs: 10, toNs: 20 });
    expect(mostPierced([move(10, 20), move(16, 30)], 0, 100, within(12))).toEqual({ ns: 18, fromNs: 16, toNs: 20 });
    expect(mostPierced([move(110, 120)], 0, 100, within(50))).toEqual(within(50)); // outside of the window
  });

  it('pierces all moves with as few instants as can be', () => {
    const groups = pierceAll([move(0, 10), move(5, 15), move(8, 9), move(20, 30), move(40, 40)]);
    expect(groups.map(({ fromNs, toNs, moves }) => [fromNs, toNs, moves.length])).toEqual([
      [8, 9, 3],
      [20, 30, 1],
      [40, 40, 1],
    ]);
  });
});
