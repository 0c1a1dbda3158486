import type { Analysis, PingPong } from '../../document/schema.js';
import { DIRECTIONS, type Draft, finding, type Rule } from '../rule.js';
import { at, begins, capital, count, list, sideOf } from '../words.js';
import { nameOf } from './ping-pong.js';

type Epoch = Analysis['directions']['ingress']['distribution']['epochs'][number];

/** A change of members that began and ended with frames on them, or that moved flows, is one; else a capture may have ended. */
const CLOSE_NS = 3_000_000_000n;

const nanoseconds = (time: string) => BigInt(time.replace('.', ''));

/** Ports of which nothing was captured any more after the epoch began, or nothing before it. */
function uncovered(ports: readonly string[], { start }: Epoch, after: boolean, { inputs }: Draft): string[] {
  const from = nanoseconds(start);
  return ports.filter((port) =>
    inputs.every(({ port: of, firstTime, lastTime }) => {
      if (of !== port || firstTime === null || lastTime === null) return true;
      return after ? nanoseconds(lastTime) < from + CLOSE_NS : nanoseconds(firstTime) > from - CLOSE_NS;
    }),
  );
}

/** Moves from or to the port around that time. */
function hasMoved(port: string, { start }: Epoch, flows: readonly PingPong[]): boolean {
  const from = nanoseconds(start);
  return flows.some(({ ports, firstSwitch }) => {
    const apart = firstSwitch === null ? null : nanoseconds(firstSwitch) - from;
    return ports.some((each) => each.port === port) && apart !== null && apart < CLOSE_NS && apart > -CLOSE_NS;
  });
}

/** Members that left or came back, and the flows that moved with them. */
export const moved: Rule = {
  asks: 'Did the mapping of flows to links change in mid-capture?',
  judge: ({ draft }) =>
    DIRECTIONS.flatMap((name) => {
      const { distribution, pingPong } = draft.directions[name];
      if (draft.quality.verdict === 'unusable') return [];
      const side = sideOf(name, draft);
      const flows = pingPong.filter((entry) => entry.class === 'P4');
      if (distribution.epochs.length < 2) {
        if (flows.length === 0) return [];
        return [
          finding({
            id: 'flows-moved',
            severity: 'notice',
            title: `${count(flows.length, 'flow')} moved to another link once (${side.arrow})`,
            explanation: `A single change, and no way back: ${nameOf(flows[0]!)} at ${at(flows[0]!.firstSwitch ?? '', draft)}. Not ping-pong.`,
            evidence: flows[0]!.evidence,
            ports: [...new Set(flows.flatMap(({ ports }) => ports.map(({ port }) => port)))],
            flows: flows.slice(0, 20).map(({ flow }) => flow),
            displayFilter: flows[0]!.displayFilter,
          }),
        ];
      }
      const steps = distribution.epochs.slice(1).map((epoch, i) => {
        const before = new Set(distribution.epochs[i]!.activePorts);
        const gone = [...before].filter((port) => !epoch.activePorts.includes(port));
        const come = epoch.activePorts.filter((port) => !before.has(port));
        const isNew = come.every((port) => distribution.epochs.slice(0, i).every((e) => !e.activePorts.includes(port)));
        const unsure = [...uncovered(gone, epoch, true, draft), ...uncovered(come, epoch, false, draft)].filter(
          (port) => !hasMoved(port, epoch, flows),
        );
        if (unsure.length > 0) {
          const what = `nothing of ${list(unsure)} is captured ${gone.length > 0 ? 'any more' : 'before'}`;
          return { when: begins(epoch, draft), what, reason: `${what}.`, ports: unsure, isUnsure: true };
        }
        const what =
          gone.length > 0
            ? `${list(gone)} left`
            : come.length > 0
              ? `${list(come)} ${isNew ? 'joined' : 'came back'}`
              : 'flows were put on other links';
        const { reason } = epoch;
        return { when: begins(epoch, draft), what, reason, ports: [...gone, ...come], isUnsure: false };
      });
      if (steps.every(({ isUnsure }) => isUnsure)) {
        const ports = [...new Set(steps.flatMap((step) => step.ports))];
        return [
          finding({
            id: 'capture-ends-apart',
            severity: 'warning',
            title: `${capital(side.arrow)}: ${list(steps.map(({ when, what }) => `${when} ${what}`))}`,
            explanation: `There is no frame of ${list(ports)} beyond: its capture ended earlier or began later, or its link was down. No flow was seen to move, so this can’t be told. Each part of the capture is judged by itself.`,
            advice: 'Start the captures of all member ports together, and stop them together.',
            ports,
          }),
        ];
      }
      const members = steps.some(({ ports }) => ports.length > 0);
      return [
        finding({
          id: members ? 'flows-failover' : 'flows-rebalanced',
          severity: members ? 'warning' : 'notice',
          title: `${capital(side.arrow)}: ${list(steps.map(({ when, what }) => `${when} ${what}`))}`,
          explanation: `${steps.map(({ when, reason }) => `${capital(when)} ${reason}`).join(' ')} In all ${count(flows.length, 'flow')} moved to another link, each at one of these moments and not back and forth. That is a move, not ping-pong. Every part of the capture between them is judged by itself.`,
          evidence: flows[0]?.evidence ?? [],
          advice: members ? 'Find out why the link went down: cable, transceiver, switch log.' : null,
          ports: [...new Set(steps.flatMap(({ ports }) => ports))],
          flows: flows.slice(0, 20).map(({ flow }) => flow),
          displayFilter: flows[0]?.displayFilter ?? null,
        }),
      ];
    }),
};
