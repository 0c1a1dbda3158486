import type { Direction, PingPong } from '../../document/schema.js';
import { DIRECTIONS, type Draft, finding, type Rule } from '../rule.js';
import { count, list, percent, type Side, sideOf } from '../words.js';

const KINDS = {
  'round-robin': ['pingpong-round-robin', 'frame by frame, port after port'],
  'per-packet': ['pingpong-per-packet', 'frame by frame, in no order of ports'],
  flowlet: ['pingpong-flowlet', 'after pauses'],
  oscillating: ['pingpong-oscillating', 'back and forth, cause not visible'],
  'header-dependent': ['pingpong-header', 'with a header field that changes within the flow'],
} as const;

export const pingPong: Rule = {
  asks: 'Does a sender spread the frames of one flow over its ports?',
  judge: ({ draft }) =>
    DIRECTIONS.flatMap((name) => {
      const direction = draft.directions[name];
      return Object.keys(KINDS).flatMap((kind) =>
        judgeKind(kind as keyof typeof KINDS, direction, sideOf(name, draft), draft),
      );
    }),
};

function judgeKind(kind: keyof typeof KINDS, direction: Direction, side: Side, draft: Draft) {
  const flows = direction.pingPong.filter((entry) => entry.kind === kind);
  if (flows.length === 0) return [];
  const [id, how] = KINDS[kind];
  const [worst] = flows as [PingPong, ...PingPong[]];
  const ports = draft.lag.ports.filter((port) => flows.some((entry) => entry.ports.some((each) => each.port === port)));
  const harmless = kind === 'flowlet';
  return [
    finding({
      id,
      severity: harmless ? 'notice' : 'fault',
      title: `${side.Decider} moves ${count(flows.length, 'flow')} between links ${how}`,
      explanation:
        `${side.arrow}: ${nameOf(worst)} changed its link ${count(worst.switches, 'time')} in ${count(worst.frames, 'frame')}, in one direction. ` +
        `${count(flows.length, 'flow')} of ${direction.flows.toLocaleString('en-US')} do it, over ${list(ports)}.${late(worst)}`,
      evidence: worst.evidence,
      advice: harmless
        ? 'Pauses of that length leave the frames in order. Nothing to change unless they arrive late.'
        : `Choose a per-flow policy at ${side.decider}: a link for each flow keeps TCP in order.`,
      ports,
      flows: flows.slice(0, 20).map(({ flow }) => flow),
      displayFilter: worst.displayFilter,
    }),
  ];
}

function late({ reordered, reorderedRatio }: PingPong): string {
  if (reordered === null) return ' Whether frames arrive late can not be told: the clocks of the ports may differ.';
  if (reordered === 0) return ' No segment arrived late.';
  return ` ${count(reordered, 'segment')} arrived late${reorderedRatio === null ? '' : ` (${percent(reorderedRatio)})`}.`;
}

export function nameOf({ flow }: Pick<PingPong, 'flow'>): string {
  const end = (ip: string | null, port: number | null) =>
    port === null ? `${ip}` : `${ip?.includes(':') ? `[${ip}]` : ip}:${port}`;
  return `${end(flow.ipSrc, flow.srcPort)} → ${end(flow.ipDst, flow.dstPort)}`;
}
