import { DIRECTIONS, finding, type Rule } from '../rule.js';
import { at, count, list, sideOf } from '../words.js';
import { nameOf } from './ping-pong.js';

/** Members that left or came back, and the flows that moved with them. */
export const moved: Rule = {
  asks: 'Did the mapping of flows to links change in mid-capture?',
  judge: ({ draft }) =>
    DIRECTIONS.flatMap((name) => {
      const { distribution, pingPong } = draft.directions[name];
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
        const what =
          gone.length > 0
            ? `${list(gone)} left`
            : come.length > 0
              ? `${list(come)} came back`
              : 'flows were put on other links';
        return { when: at(epoch.start, draft), what, ports: [...gone, ...come] };
      });
      const members = steps.some(({ ports }) => ports.length > 0);
      return [
        finding({
          id: members ? 'flows-failover' : 'flows-rebalanced',
          severity: members ? 'warning' : 'notice',
          title: `${side.arrow}: ${list(steps.map(({ when, what }) => `at ${when} ${what}`))}`,
          explanation: `${count(flows.length, 'flow')} moved to another link, each at one of these moments and not back and forth. That is a move, not ping-pong. Every part of the capture between them is judged by itself.`,
          evidence: flows[0]?.evidence ?? [],
          advice: members ? 'Find out why the link went down: cable, transceiver, switch log.' : null,
          ports: [...new Set(steps.flatMap(({ ports }) => ports))],
          flows: flows.slice(0, 20).map(({ flow }) => flow),
          displayFilter: flows[0]?.displayFilter ?? null,
        }),
      ];
    }),
};
